import { parseArgs } from 'node:util';
import type { Catalogue } from '../core/catalogue.ts';
import type { AnyChoice } from '../core/contract.ts';
import { type Problem, UserError } from '../core/errors.ts';
import type { FlagValue } from '../core/input.ts';
import { nearest } from '../core/nearest.ts';
import type { ConflictStyle } from '../core/update/types.ts';

/** Each command with its maximum number of arguments. */
const MOST_WORDS = {
  create: 1,
  update: 0,
  diff: 0,
  check: 0,
  doctor: 0,
  plan: 0,
  list: 1,
  explain: 1,
  schema: 0,
} as const;
export type Command = keyof typeof MOST_WORDS;
export const COMMANDS = Object.keys(MOST_WORDS) as readonly Command[];

export const SWITCHES = {
  yes: 'Use the defaults for everything else and ask no questions',
  'dry-run': 'Show what would be written (for an update: as a diff) and write nothing',
  json: 'Print one JSON object on stdout and messages on stderr',
  'no-git': 'Do not create a git repository or a commit',
  install: 'Set up the new repository and run its demo once',
  'allow-dirty': 'Update files that have uncommitted changes',
  'follow-moves': 'Update generated files that you moved at their new paths',
  rename: 'Change the name of a project that has cloud resources',
  resolve: 'Finish a git merge of two branches that updated differently',
  abort: 'Undo an interrupted update and do nothing else',
  verbose: 'Also list each written file and each file that an update does not change',
  version: 'Print the version',
  help: 'Print this help',
} as const;
export const VALUES = {
  config: 'FILE  Read the choices from a YAML or JSON file',
  set: 'KEY=VALUE  Set one key; write a list as a,b and an empty list as none (repeatable)',
  name: 'NAME  The project name (default: the name of the folder)',
  conflict: 'HOW  How an update writes conflicts: markers (in the file) or side (beside it, as FILE.generated)',
  restore: 'PATH  Restore a generated file that you deleted (repeatable)',
  modules: 'DIR  Also use the modules in a folder with the layout of templates/ (repeatable); runs their code',
} as const;

export type Args = {
  readonly command: Command;
  readonly words: readonly string[];
  readonly flags: readonly FlagValue[];
  readonly config?: string;
  readonly modules: readonly string[];
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly git: boolean;
  readonly install: boolean;
  readonly allowDirty: boolean;
  readonly followMoves: boolean;
  readonly rename: boolean;
  readonly resolve: boolean;
  readonly abort: boolean;
  readonly conflict: ConflictStyle;
  readonly restore: readonly string[];
  readonly verbose: boolean;
  readonly help: boolean;
};

/** Reads the module folders first, because each choice of a module is a flag. */
export function moduleFolders(argv: readonly string[]): string[] {
  const { values } = parseArgs({
    args: [...argv],
    options: { modules: { type: 'string', multiple: true } },
    strict: false,
  });
  return ((values['modules'] ?? []) as unknown[]).filter(
    (value): value is string => typeof value === 'string' && !value.startsWith('--'),
  );
}

const STYLES: readonly string[] = ['markers', 'side'] satisfies readonly ConflictStyle[];

/**
 * Reads a command line and reports all its problems in one error. `isRepository`: the current folder is a generated
 * repository, so `update` is the default command.
 */
export function readArgs(argv: readonly string[], choices: readonly AnyChoice[], isRepository = false): Args {
  const options = Object.fromEntries([
    ...Object.keys(SWITCHES).map((name) => [name, { type: 'boolean' as const }]),
    ...Object.keys(VALUES).map((name) => [name, { type: 'string' as const, multiple: true }]),
    ...flagNames(choices).map((name) => [name, { type: 'string' as const, multiple: true }]),
    ['h', { type: 'boolean' as const }],
  ]);
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const problems: Problem[] = [];
  const known = Object.keys(options);
  const flags: FlagValue[] = [];
  const values = new Map<string, string>();
  const switches = new Set<string>();
  const words: string[] = [];
  const modules: string[] = [];
  const restore: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!known.includes(name)) {
      const close = rawName.startsWith('--')
        ? nearest(
            name,
            known.filter((flag) => flag.length > 1),
          )
        : undefined;
      problems.push({
        key: rawName,
        message: `unknown flag ${rawName}${close ? `; did you mean --${close}?` : '.'}`,
        nearest: close && `--${close}`,
      });
    } else if (name in SWITCHES) {
      if (value !== undefined) problems.push({ key: rawName, value, message: `${rawName} takes no value.` });
      switches.add(name);
    } else if (name === 'h') {
      switches.add('help');
    } else if (value === undefined || (!token.inlineValue && value.startsWith('--'))) {
      problems.push({ key: rawName, message: `${rawName} needs a value.` });
    } else if (name === 'set') {
      const [, key, text] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
      if (key === undefined)
        problems.push({ key: rawName, value, message: `--set takes KEY=VALUE, not ${JSON.stringify(value)}.` });
      else flags.push({ key, text: text!, flag: `--set ${key}` });
    } else if (name === 'config') values.set(name, value);
    else if (name === 'modules') modules.push(value);
    else if (name === 'restore') restore.push(value);
    else if (name === 'conflict') {
      if (!STYLES.includes(value))
        problems.push({
          key: rawName,
          value,
          message: `--conflict is ${STYLES.join(' or ')}, not ${JSON.stringify(value)}.`,
        });
      values.set(name, value);
    } else flags.push({ key: name, text: value, flag: `--${name}` });
  }
  const command = readCommand(words, isRepository, problems);
  if (problems.length > 0) throw new UserError('E-ARGS', problems);
  return {
    command,
    words,
    flags,
    config: values.get('config'),
    modules,
    yes: switches.has('yes'),
    dryRun: switches.has('dry-run'),
    json: switches.has('json'),
    git: !switches.has('no-git'),
    install: switches.has('install'),
    allowDirty: switches.has('allow-dirty'),
    followMoves: switches.has('follow-moves'),
    rename: switches.has('rename'),
    resolve: switches.has('resolve'),
    abort: switches.has('abort'),
    conflict: values.get('conflict') === 'side' ? 'side' : 'markers',
    restore,
    verbose: switches.has('verbose'),
    help: switches.has('help'),
  };
}

export const flagNames = (choices: readonly AnyChoice[]): string[] => [
  ...choices.map((choice) => choice.id),
  'models',
  'environments',
  'trunk',
  'folder',
];

/**
 * Removes the command from the words. Without a command it is `create`, or `update` inside a repository if no folder is
 * given.
 */
function readCommand(words: string[], isRepository: boolean, problems: Problem[]): Command {
  const named = COMMANDS.find((name) => name === words[0]);
  if (named) words.shift();
  const command = named ?? (isRepository && words.length === 0 ? 'update' : 'create');
  const most = MOST_WORDS[command];
  // An extra word after an unknown flag is probably its value, so it is not reported.
  if (words.length > most && problems.length === 0) {
    const found = words.map((word) => JSON.stringify(word)).join(' ');
    const message = `${command} takes ${most === 0 ? 'no argument' : 'one argument'}, not ${found}.`;
    problems.push({ value: words.slice(most), message });
  }
  return command;
}

/** The text of --help, built from the tables that the parser reads. */
export function helpText({ choices, options }: Pick<Catalogue, 'choices' | 'options'>): string {
  const row = (name: string, text: string): string => `  ${name.padEnd(22)} ${text}`;
  return [
    'create-mlops-stack: create a working MLOps repository from your own mix of tools',
    '',
    'Usage:',
    '  npm init mlops-stack@latest [dir] -- [flags]    (npm needs the -- before the flags)',
    '  create-mlops-stack [command] [dir] [flags]',
    '',
    'Commands:',
    row('create [dir]', 'Create a repository (default command)'),
    row('update', 'Apply changed choices or a new version to this repository (default command inside one)'),
    row('diff', 'Show what update would do, as a diff; writes nothing'),
    row('check', 'Check that this repository matches its config; exits with 5 if not'),
    row('doctor', 'Check lock, base, pins and removed APIs, with a command that repairs each problem'),
    row('plan', 'List every file that would exist, and its source'),
    row('list [choice]', 'List the choices and their options'),
    row('explain WORD', 'Explain a choice, an option, a generated path or an error ID'),
    row('schema', 'Print the JSON Schema of the config file'),
    '',
    'Choices:',
    ...choices.map((choice) => {
      const ids = (options.get(choice.id) ?? []).map((option) => option.id);
      return row(`--${choice.id}`, `${ids.join(', ') || '-'}${choice.takes === 'many' ? ' (a list: a,b)' : ''}`);
    }),
    row('--models', "a,b or YAML: '[churn, {name: fraud, framework: xgboost}]'"),
    row('--environments', 'a,b; the last one is guarded'),
    row('--folder', 'the path in a git repository with other projects; . is a repository of its own'),
    row('--trunk', 'the branch that is deployed (default: that of the git repository, or main)'),
    '',
    'Flags:',
    ...Object.entries(VALUES).map(([name, text]) => row(`--${name} ${text.split('  ')[0]}`, text.split('  ')[1]!)),
    ...Object.entries(SWITCHES).map(([name, text]) => row(`--${name}`, text)),
    '',
    'Questions are asked only on a terminal. In a script, pass --yes, --config FILE, or the flags of the choices:',
    '  npm init mlops-stack@latest demo -- --yes --tracker wandb',
    '  npm init mlops-stack@latest update -- --yes --set tracker=mlflow    (inside demo/)',
    '',
  ].join('\n');
}
