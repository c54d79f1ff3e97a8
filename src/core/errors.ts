/** Exit codes of the command line. */
export const EXIT = { done: 0, bug: 1, usage: 2, disk: 3, conflicts: 4, differs: 5, interrupted: 130 } as const;

/** One thing that is wrong, where, and what was probably meant. */
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
  /** The page in docs/errors/: when it happens and how to get out of it. */
  readonly page: string;
};

/**
 * Every error that a user can meet. Ids are permanent. docs/errors/<id>.md is written from this table,
 * and a test asserts that every id has its page.
 */
export const ERRORS = {
  'E-ARGS': {
    title: 'The command line is wrong',
    exit: EXIT.usage,
    hint: 'See create-mlops-stack --help.',
    page: 'A flag does not exist, lacks its value, or has one that cannot be read. Every problem of the line is listed, with the nearest flag where one is close.',
  },
  'E-CONFIG-KEY': {
    title: 'A key that does not exist',
    exit: EXIT.usage,
    hint: 'create-mlops-stack list prints every choice; create-mlops-stack schema prints the whole format.',
    page: 'A key in the config file, a `--set` or a flag names no choice and no option with settings. The nearest valid name is given.',
  },
  'E-CONFIG-VALUE': {
    title: 'A value that does not exist',
    exit: EXIT.usage,
    hint: 'create-mlops-stack list <choice> prints the options of a choice.',
    page: 'A choice has a value that is none of its options, or a setting has a value outside its range. The nearest valid value is given.',
  },
  'E-CONFIG-TYPE': {
    title: 'A value of the wrong type',
    exit: EXIT.usage,
    hint: 'create-mlops-stack explain <choice> shows what a choice takes.',
    page: 'A choice that takes one option was given a list, one that takes many was given a single word in YAML, or a setting has another type than the one it declares.',
  },
  'E-CONFIG-FILE': {
    title: 'The config file cannot be read',
    exit: EXIT.usage,
    hint: 'Give the path of a YAML or JSON file of at most 1 MB.',
    page: 'The file that `--config` names is missing, is a folder, is larger than 1 MB, is not UTF-8, is not YAML, repeats a key, or uses aliases so heavily that expanding them would exhaust memory.',
  },
  'E-NAME': {
    title: 'The project or a model cannot have this name',
    exit: EXIT.usage,
    hint: 'Use lower-case letters, digits and single words joined by "-", for example churn-scoring.',
    page: 'Names become a folder, a Python package, image names and cloud names. They match `^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$`, are no device name of Windows, and their Python package is no keyword, no module of the standard library and nothing that the stack installs.',
  },
  'E-NEED-UNMET': {
    title: 'The choices do not fit together',
    exit: EXIT.usage,
    hint: 'The message ends with the smallest change that makes them fit.',
    page: 'One option needs something that no other chosen option provides, or that only an option provides which does not fit. The message names both, the reason, and the smallest change that resolves it, found by trying.',
  },
  'E-ANSWER-MISSING': {
    title: 'An answer is missing and there is no terminal to ask on',
    exit: EXIT.usage,
    hint: 'Pass --yes for the defaults, --config FILE, or the flags of the choices.',
    page: 'Questions are asked only where both standard input and output are terminals and none of `CI`, `--yes` and `--json` is set. Everywhere else each answer comes from a flag, a file or, with `--yes` or `--config`, its default.',
  },
  'E-COMMAND': {
    title: 'The command cannot be used like this',
    exit: EXIT.usage,
    hint: 'See create-mlops-stack --help.',
    page: 'The command exists but not with these words: an argument is missing, or there is one too many, or it names nothing that exists.',
  },
  'E-MODULES': {
    title: 'A folder of modules cannot be used',
    exit: EXIT.usage,
    hint: 'Give a folder laid out like templates/: <choice>/<option>/module.js and files/.',
    page: 'The folder that `--modules` names is missing, holds no module, holds one that cannot be imported, or one that breaks the contract. The module and the fault are named.',
  },
  'E-PLAN': {
    title: 'Two parts want the same thing',
    exit: EXIT.usage,
    hint: 'Two of the modules in use cannot stand together as they are; their folders are named.',
    page: 'Two parts plan one path, or give one key of a slot (a pin, a port, a variable) different values. Both are named. With the modules of this package it is a bug; with modules of your own, mend one of the two.',
  },
  'E-TARGET': {
    title: 'The folder cannot be written to',
    exit: EXIT.disk,
    hint: 'Choose another folder. Nothing was changed.',
    page: 'The folder exists and is not empty, is a file or a symbolic link, or cannot be written. A folder that holds only `.git`, `.gitignore`, `README*` or `LICENSE*` counts as empty, and those files are never overwritten. There is no option that deletes what is there.',
  },
  'E-REPOSITORY': {
    title: 'There is no generated repository here',
    exit: EXIT.usage,
    hint: 'Go to the folder that holds mlops-stack.yaml, or make a repository: create-mlops-stack DIR',
    page: '`update`, `diff`, `check` and `doctor` work on the repository in the current folder: the one that holds `mlops-stack.yaml` and `.mlops-stack/lock.json`. They do not look in the folders above, so that a command in the wrong place changes nothing.',
  },
  'E-LOCK': {
    title: 'The lock cannot be used',
    exit: EXIT.disk,
    hint: 'Bring back the last good one: git restore .mlops-stack',
    page: 'The lock says what was generated, and an update trusts nothing in it that it cannot verify. It is refused where it is no JSON (truncated, or with the markers of a merge in it), where an entry has another shape than it should, where a path is absolute, goes up, is reserved on Windows or holds a backslash or NUL, and where two paths differ only in case. After a merge of two branches, take the lock of one side (`git checkout --ours .mlops-stack/lock.json`) and run `create-mlops-stack update`: what the other side generated is adopted where it is equal, and stands beside yours where it is not. Without any lock, `update` does the same for every file.',
  },
  'E-LOCK-NEWER': {
    title: 'The repository was generated by a newer version',
    exit: EXIT.disk,
    hint: 'Use the version that the lock names: npx create-mlops-stack@<version>',
    page: 'The lock was written by a later version of create-mlops-stack, or in a later format. An older version does not know what the newer one did, so it refuses to go back.',
  },
  'E-BUSY': {
    title: 'Another run is at work in this repository',
    exit: EXIT.disk,
    hint: 'Wait until it has ended, then try again.',
    page: 'A file in `.mlops-stack/` names the process that is updating this repository, and that process is alive. One whose process is gone is ignored and removed.',
  },
  'E-UNFINISHED': {
    title: 'An update was interrupted',
    exit: EXIT.disk,
    hint: 'Finish it: create-mlops-stack update, or go back to how it was before: create-mlops-stack update --abort',
    page: 'An update writes down what it will do before it does it. That journal is still there, so a run was killed half-way. `update` first finishes what the journal says and then does its own work; `update --abort` brings every file back to what it was before. Commands that only read say nothing about a repository in this state.',
  },
  'E-DIRTY': {
    title: 'Files that would be written have changes that are not committed',
    exit: EXIT.disk,
    hint: 'Commit or stash them, then update; or update over them: --allow-dirty',
    page: 'An update merges into files that you edited. Where such an edit is not committed yet, what the update did and what you did could not be told apart afterwards, so it is refused. Only tracked files that the update would write count; `mlops-stack.yaml` does not. With `--allow-dirty` it goes on: nothing that you wrote is lost by that, the two changes are merely in one diff.',
  },
  'E-CONFLICT': {
    title: 'A conflict of an earlier update is still in a file that would change',
    exit: EXIT.disk,
    hint: 'Resolve it (git mergetool, or by hand), then update.',
    page: 'The file still holds the markers `<<<<<<< yours`, `||||||| base`, `=======`, `>>>>>>> generated` of an earlier update, and this update would change it again. A conflict inside of a conflict is nothing that a person can resolve. An update that does not touch the file goes on, and ends with exit code 4 until the markers are gone.',
  },
  'E-OBSTACLE': {
    title: 'Something that is no plain file stands in the way',
    exit: EXIT.disk,
    hint: 'Move it out of the way, or name it under unmanaged in mlops-stack.yaml, then update.',
    page: 'Where a file would be written, read or moved there is a symbolic link, a folder, a device or a pipe, or a folder above it is such a link. Links are never followed and nothing is moved through one.',
  },
  'E-RESTORE': {
    title: 'A file cannot be restored',
    exit: EXIT.usage,
    hint: 'create-mlops-stack plan lists the files of the current choices.',
    page: '`--restore PATH` brings back a generated file that was deleted. The path is not one that the current choices generate, or the file is not gone.',
  },
  'E-WRITE': {
    title: 'The update could not be written',
    exit: EXIT.disk,
    hint: 'Mend what the message says, then run the same command again.',
    page: 'The disk is full, a file or folder cannot be written, or one changed while the update ran. What was begun is undone where the disk allows it; where it does not, the journal stays, and the next run finishes it or goes back with `--abort`. The message says which of the two it is.',
  },
  'E-INTERRUPTED': {
    title: 'Interrupted',
    exit: EXIT.interrupted,
    hint: 'Nothing was written.',
    page: 'The run was ended by Ctrl-C, a signal, or a "no" to its question, before anything was in place.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorId = keyof typeof ERRORS;

/**
 * A fault of one part: a bug of ours, or of a module that was given by a flag; who it is depends on where the part came
 * from.
 */
export class PartError extends Error {
  readonly part: string;

  constructor(part: string, message: string, cause: unknown) {
    super(message, { cause });
    this.part = part;
  }
}

/** A mistake of the user's, or a state of their disk: it has an id and problems, and never shows a stack trace. */
export class UserError extends Error {
  readonly id: ErrorId;
  readonly problems: readonly Problem[];
  readonly hint: string;
  readonly exit: number;
  /** Flags that mend it when they follow what was typed. */
  readonly mend: string | undefined;

  constructor(id: ErrorId, problems: readonly Problem[] | string, hint?: string, mend?: string) {
    const list = typeof problems === 'string' ? [{ message: problems }] : problems;
    super(list.map((problem) => problem.message).join('; '));
    this.id = id;
    this.problems = list;
    this.hint = hint ?? ERRORS[id].hint;
    this.exit = ERRORS[id].exit;
    this.mend = mend;
  }
}
