import { execa } from 'execa';

/**
 * Creates a repository with one commit of all files. Returns a sentence that says why if it could not, and otherwise
 * undefined.
 */
export async function commitAll(dir: string, message: string): Promise<string | undefined> {
  const git = (...args: string[]) =>
    execa('git', args, { cwd: dir, reject: false, stdin: 'ignore', env: { GIT_TERMINAL_PROMPT: '0' } });
  const version = await git('--version');
  if (version.failed) return 'git is not installed.';
  const identity = await git('var', 'GIT_COMMITTER_IDENT');
  if (identity.failed) return 'git has no name and email for commits; set user.name and user.email, then commit.';
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', message],
  ]) {
    const { failed, stderr } = await git(...args);
    if (failed) return `git ${args[0]} failed: ${stderr.split('\n')[0]}`;
  }
  return undefined;
}
