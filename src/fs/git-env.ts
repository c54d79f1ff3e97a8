/**
 * Variables that make git use another repository than the one of its working folder. Git sets them for hooks and for
 * `rebase --exec`, and a command that runs there would change the caller's repository. The names are those of `git
 * rev-parse --local-env-vars` and the quarantine of a receiving hook. Configuration in variables stays: CI systems set
 * `safe.directory` there.
 */
const NAMES = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
] as const;

/** The environment of each git process: these variables are removed, and git never prompts. */
export const GIT_ENV: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(NAMES.map((name) => [name, undefined])),
  GIT_TERMINAL_PROMPT: '0',
};

/** The environment of a query: its output is parsed, so it is not translated, and it writes nothing. */
export const GIT_QUERY_ENV: typeof GIT_ENV = { ...GIT_ENV, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };

/** The same for queries whose paths are names and not patterns. */
export const GIT_PATH_ENV: typeof GIT_ENV = { ...GIT_QUERY_ENV, GIT_LITERAL_PATHSPECS: '1' };

/** The output of a query; undefined if git fails or is not installed. */
export async function askGit(cwd: string, ...args: readonly string[]): Promise<Buffer | undefined> {
  // Loaded only if git is needed: an update without changes never needs it.
  const { execa } = await import('execa');
  const { stdout, failed } = await execa('git', [...args], {
    cwd,
    reject: false,
    stdin: 'ignore',
    env: GIT_PATH_ENV,
    encoding: 'buffer',
    stripFinalNewline: false,
  });
  return failed ? undefined : Buffer.from(stdout);
}
