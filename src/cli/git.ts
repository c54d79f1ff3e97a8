import { execa } from 'execa';
import { GIT_ENV } from '../fs/git-env.ts';

/**
 * Creates a repository with one commit of all files. Returns a sentence that says why if it could not, and otherwise
 * undefined. Without an identity the repository exists, and only the commit is missing.
 */
export async function commitAll(dir: string, message: string, trunk: string): Promise<string | undefined> {
  const git = (...args: string[]) => execa('git', args, { cwd: dir, reject: false, stdin: 'ignore', env: GIT_ENV });
  const version = await git('--version');
  if (version.failed) return version.stderr ? `git failed: ${version.stderr.split('\n')[0]}` : 'git is not installed.';
  const identity = await git('var', 'GIT_COMMITTER_IDENT');
  const commands = [
    ['init', '--quiet'],
    // The workflows name this branch, whatever init.defaultBranch is. Older versions of git have no --initial-branch.
    ['symbolic-ref', 'HEAD', `refs/heads/${trunk}`],
    ['add', '--all'],
    ...(identity.failed ? [] : [['commit', '--quiet', '--message', message]]),
  ];
  for (const args of commands) {
    const { failed, stderr } = await git(...args);
    if (failed) return `git ${args[0]} failed: ${stderr.split('\n')[0]}`;
  }
  return identity.failed
    ? 'git has no name and email for commits. The repository exists and all files are staged: ' +
        'set user.name and user.email with git config --global, then run git commit.'
    : undefined;
}
