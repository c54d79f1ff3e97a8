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
