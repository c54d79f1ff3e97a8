/** Exit codes of the command line. */
export const EXIT = { done: 0, bug: 1, usage: 2, disk: 3, conflicts: 4, differs: 5, interrupted: 130 } as const;

/** One problem: where it is, what is wrong, and the nearest valid value. */
export type Problem = {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly key?: string;
  readonly value?: unknown;
  readonly message: string;
  readonly nearest?: string;
};

export type ErrorEntry = {
  readonly title: string;
  readonly exit: number;
  readonly hint: string;
  /** The text of docs/errors/<id>.md in Markdown: when the error occurs and how to fix it. */
  readonly page: string;
};

/** Every error that a user can see. Ids are permanent. `npm run docs` writes docs/errors/<id>.md from this table. */
export const ERRORS = {
  'E-ARGS': {
    title: 'Invalid command line',
    exit: EXIT.usage,
    hint: 'Run create-mlops-stack --help to see the commands and flags.',
    page:
      'A flag does not exist, has no value, or has a value that cannot be read. The message lists every problem ' +
      'of the command line and suggests the nearest valid flag.',
  },
  'E-CONFIG-KEY': {
    title: 'Unknown key in the config',
    exit: EXIT.usage,
    hint:
      'Run create-mlops-stack list to see every choice, or create-mlops-stack schema to see the format of the ' +
      'config file.',
    page:
      'A key in the config file, in `--set` or in a flag is not a choice and not an option with settings. ' +
      'The message suggests the nearest valid name.',
  },
  'E-CONFIG-VALUE': {
    title: 'Invalid value in the config',
    exit: EXIT.usage,
    hint: 'Run create-mlops-stack list <choice> to see the options of a choice.',
    page:
      'The value of a choice is not one of its options, or a setting is outside its range. ' +
      'The message suggests the nearest valid value.',
  },
  'E-CONFIG-TYPE': {
    title: 'Wrong type of a value in the config',
    exit: EXIT.usage,
    hint: 'Run create-mlops-stack explain <choice> to see what a choice accepts.',
    page:
      'A choice that accepts one option has a list, a choice that accepts a list has a single word, ' +
      'or a setting has a type that its declaration does not allow.',
  },
  'E-CONFIG-FILE': {
    title: 'The config file cannot be read',
    exit: EXIT.usage,
    hint: 'Pass the path of a YAML or JSON file of at most 1 MB.',
    page:
      '`--config` names a file that cannot be used, for one of these reasons:\n\n' +
      '- The file is missing or is a folder.\n- The file is larger than 1 MB.\n' +
      '- The file is not UTF-8 or not YAML.\n- A key occurs twice.\n' +
      '- Expanding the YAML aliases would exhaust the memory.',
  },
  'E-NAME': {
    title: 'Invalid name of a project, a model or an environment',
    exit: EXIT.usage,
    hint: 'Use lowercase letters, digits and words joined by "-", for example churn-scoring.',
    page:
      'A name becomes a folder, a Python package, an image name and a cloud resource name. ' +
      'It must meet these rules:\n\n- It matches `^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`.\n' +
      '- It is not a device name of Windows, such as `con`, and not a Python keyword.\n' +
      '- The name of a project is not a module of the Python standard library, and not a folder of the repository ' +
      'with Python code. It is not a Python package that tools of the stack install, or a module of one. Otherwise, ' +
      'Python would import the wrong package.\n' +
      '- The name of a project is not `scratch`, which container engines reserve, and does not contain `--`, which ' +
      'Python packaging reads as `-`.\n' +
      '- The name of an environment is not the name of a model, and not a folder that `local` uses below `.mlops/`.\n' +
      '- No other file of the repository has the path of a file of this model or environment.\n\n' +
      'The message gives the reason and a name that is valid. A model can have the name of a folder, such as `data` or ' +
      '`build`.',
  },
  'E-NEED-UNMET': {
    title: 'The choices are incompatible',
    exit: EXIT.usage,
    hint: 'The message ends with the smallest change that makes them compatible.',
    page:
      'An option needs a capability that no other chosen option provides, or that only an incompatible option ' +
      'provides. The message names both options, the reason, and the smallest change that resolves the problem. ' +
      'The generator tests that change before it suggests it.',
  },
  'E-ANSWER-MISSING': {
    title: 'An answer is missing and there is no terminal to ask on',
    exit: EXIT.usage,
    hint: 'Pass --yes to use the defaults, --config FILE, or the flags of the choices.',
    page:
      'The command asks questions only if standard input and standard output are terminals and none of `CI`, ' +
      '`--yes` and `--json` is set. Otherwise, each answer must come from a flag or a file. ' +
      'With `--yes` or `--config`, missing answers have their default.',
  },
  'E-COMMAND': {
    title: 'Invalid arguments of a command',
    exit: EXIT.usage,
    hint: 'Run create-mlops-stack --help to see the commands and flags.',
    page:
      'The command exists, but an argument is missing, there is an argument too many, ' +
      'or an argument names nothing that exists.',
  },
  'E-MODULES': {
    title: 'A folder of modules cannot be used',
    exit: EXIT.usage,
    hint: 'Pass a folder with the layout <choice>/<option>/module.js and <choice>/<option>/files/.',
    page:
      'The folder that you passed with `--modules` is missing or has no module, or a module in it cannot be ' +
      'imported or violates the contract. The message names the module and the problem.',
  },
  'E-PLAN': {
    title: 'Two parts conflict',
    exit: EXIT.usage,
    hint: 'The message names the folders of both modules. Choose another option for one of them.',
    page:
      'Two parts generate the same path, or contribute different values to the same key of a slot, ' +
      'such as a pin, a port or a variable. The message names both. If one of the modules is your own, ' +
      'change it. If both are built in, this is an error in create-mlops-stack.',
  },
  'E-TARGET': {
    title: 'The target folder cannot be used',
    exit: EXIT.disk,
    hint: 'Choose another folder.',
    page:
      'The folder is not empty, is a file or a symbolic link, or is not writable. A folder with only `.git`, ' +
      '`.gitignore`, `README*` or `LICENSE*` counts as empty, and the command never overwrites those files. ' +
      'No flag deletes existing files.',
  },
  'E-REPOSITORY': {
    title: 'The current folder is not a generated repository',
    exit: EXIT.usage,
    hint: 'Change to the folder that contains mlops-stack.yaml, or generate a repository: create-mlops-stack DIR',
    page:
      '`update`, `diff`, `check` and `doctor` work on the repository in the current folder. ' +
      'It contains `mlops-stack.yaml` and `.mlops-stack/lock.json`. The commands do not search parent folders, ' +
      'so that a command in the wrong folder changes nothing.',
  },
  'E-LOCK': {
    title: 'The lock is invalid',
    exit: EXIT.disk,
    hint: 'Restore the last committed lock: git restore .mlops-stack',
    page:
      'The lock records what was generated. `update` refuses a lock that it cannot verify:\n\n' +
      '- It is not JSON, for example because it is truncated or contains conflict markers.\n' +
      '- An entry has an unexpected shape.\n' +
      '- A path is absolute, contains `..`, a backslash or NUL, or is reserved on Windows.\n' +
      '- Two paths differ only in case.\n\n' +
      'During a merge of two branches, `create-mlops-stack update --resolve` builds the lock of both. ' +
      'Without a lock, files that equal the generated ones are adopted. For other files, ' +
      '`update` writes the generated version next to yours.',
  },
  'E-LOCK-NEWER': {
    title: 'A newer version generated this repository',
    exit: EXIT.disk,
    hint: 'Use the version that the lock names: npx create-mlops-stack@<version>',
    page:
      'A later version of create-mlops-stack wrote the lock, or the lock has a later format. ' +
      'An older version does not know the changes of the newer one, so it does not update the repository.',
  },
  'E-BUSY': {
    title: 'Another run is updating this repository',
    exit: EXIT.disk,
    hint: 'Wait until it has ended, then run the command again.',
    page:
      'A file in `.mlops-stack/` contains the id of the process that is updating this repository, ' +
      'and that process is running. If the process no longer exists, the command ignores and removes the file.',
  },
  'E-UNFINISHED': {
    title: 'An earlier update was interrupted',
    exit: EXIT.disk,
    hint: 'Finish it: create-mlops-stack update. Or undo it: create-mlops-stack update --abort',
    page:
      'An update writes a journal before it changes files. The journal still exists, so a run was interrupted. ' +
      '`update` finishes the interrupted run, then continues with its own changes. `update --abort` restores ' +
      'every file. Commands that only read do not report on a repository in this state.',
  },
  'E-DIRTY': {
    title: 'The update would write files with uncommitted changes',
    exit: EXIT.disk,
    hint: 'Commit or stash the changes, then run the update again. Or pass --allow-dirty.',
    page:
      'An update merges into files that you edited. If your edit is not committed, its difference from the ' +
      'update cannot be seen afterwards. Only tracked files that the update would write count. ' +
      '`mlops-stack.yaml` does not count. With `--allow-dirty`, the update continues: it keeps your edits, ' +
      'and git shows both changes in one diff.',
  },
  'E-CONFLICT': {
    title: 'A file still has a conflict from an earlier update',
    exit: EXIT.disk,
    hint: 'Resolve the conflict in an editor or with git mergetool, then run the update again.',
    page:
      'The file contains the markers `<<<<<<< yours`, `||||||| base`, `=======`, `>>>>>>> generated` of an ' +
      'earlier update, and this update would change the file again. Nested conflict markers cannot be resolved ' +
      'by hand, so the update stops. An update that does not change the file continues, ' +
      'and exits with code 4 until the markers are removed.',
  },
  'E-MERGE': {
    title: 'The merge cannot be resolved',
    exit: EXIT.disk,
    hint: 'Run it after git merge, git rebase or git cherry-pick reported a conflict, before you commit.',
    page:
      '`update --resolve` finishes a merge of two branches that updated the repository differently. ' +
      'It stops for one of these reasons:\n\n' +
      '- There is no unmerged file.\n' +
      '- Both branches changed the same choice: choose a value with `--set`.\n' +
      '- `mlops-stack.yaml` cannot be merged: resolve its markers and run `git add mlops-stack.yaml`.\n\n' +
      'Nothing is changed in these cases.',
  },
  'E-OBSTACLE': {
    title: 'A path is not a regular file',
    exit: EXIT.disk,
    hint: 'Move it, or list it under unmanaged in mlops-stack.yaml, then run the update again.',
    page:
      'The update would write, read or move a file at a path that is a symbolic link, a folder, ' +
      'a device or a pipe, or that is below a symbolic link. The update never follows symbolic links.',
  },
  'E-RENAME': {
    title: 'A change of the name would leave cloud resources behind',
    exit: EXIT.usage,
    hint:
      'Keep the name: titles in README.md and docs are yours to edit. ' +
      'To rename the project with its cloud resources, repeat the command with --rename.',
    page:
      'The name of the project is part of the names of its cloud resources: the bucket of the Terraform state, the ' +
      'artifacts, the audit records, the image repository and the roles. After a change of the name, Terraform creates ' +
      'new resources, and the old ones stay with their data and their cost.\n\n' +
      'To move to a new name:\n\n' +
      '1. Export each champion: `make export-champion`.\n' +
      '2. Change the name: `create-mlops-stack update --set name=NEW --rename`.\n' +
      '3. Create the new resources, as on the first-run page of the cloud, and import the champions: ' +
      '`make import-champion`.\n' +
      '4. Remove the old resources from a checkout of the commit before the change: `make infra-destroy ENV=<env>`.',
  },
  'E-RESTORE': {
    title: 'A file cannot be restored',
    exit: EXIT.usage,
    hint: 'Run create-mlops-stack plan to see the files of the current choices.',
    page:
      '`--restore PATH` restores a generated file that you deleted. The current choices do not generate this ' +
      'path, or the file still exists.',
  },
  'E-WRITE': {
    title: 'The update could not be written',
    exit: EXIT.disk,
    hint: 'Fix the problem that the message names, then run the command again.',
    page:
      'The disk is full, a file or folder is not writable, or a file changed while the update was running. ' +
      'If possible, the update undoes its changes. Otherwise, the journal remains: run `update` again to finish, ' +
      'or `update --abort` to undo. The message says which case applies.',
  },
  'E-INTERRUPTED': {
    title: 'Interrupted',
    exit: EXIT.interrupted,
    hint: 'Nothing was written.',
    page: 'Ctrl-C, a signal, or the answer "no" ended the run before it wrote files.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorId = keyof typeof ERRORS;

/** An error in a part: an internal error if the part is built in, a user's error if it is from `--modules`. */
export class PartError extends Error {
  readonly part: string;

  constructor(part: string, message: string, cause: unknown) {
    super(message, { cause });
    this.part = part;
  }
}

/** An error in the user's input or folder. It has an id and problems, and is reported without a stack trace. */
export class UserError extends Error {
  readonly id: ErrorId;
  readonly problems: readonly Problem[];
  readonly hint: string;
  readonly exit: number;
  /** Flags that fix the error if they follow the user's command line. */
  readonly fixFlags: string | undefined;

  constructor(id: ErrorId, problems: readonly Problem[] | string, hint?: string, fixFlags?: string) {
    const list = typeof problems === 'string' ? [{ message: problems }] : problems;
    super(list.map((problem) => problem.message).join('; '));
    this.id = id;
    this.problems = list;
    this.hint = hint ?? ERRORS[id].hint;
    this.exit = ERRORS[id].exit;
    this.fixFlags = fixFlags;
  }
}
