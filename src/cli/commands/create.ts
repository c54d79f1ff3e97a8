import * as nodeFs from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { badProjectName, type Config, DEFAULT_TRUNK, showValue } from '../../core/config.ts';
import { EXIT, UserError } from '../../core/errors.ts';
import { generateFiles, type Prepared, prepare } from '../../core/generate.ts';
import type { FlagValue, Given } from '../../core/input.ts';
import { whyUnusableFolder } from '../../core/paths.ts';
import { q } from '../../core/quote.ts';
import { bareRepositoryOf, type Ignored, ignoredFiles, isInRepository } from '../../fs/ignored.ts';
import { surroundingsOf } from '../../fs/trunk.ts';
import { clearTarget, planWrites, verifyTarget, type WriteAction, writeRepository } from '../../fs/writer.ts';
import type { Args } from '../args.ts';
import type { CommandContext } from '../context.ts';
import { describeIgnored } from '../ignored-report.ts';
import { readInput } from '../read-input.ts';
import { bold } from '../terminal.ts';
import { schemaText } from './schema.ts';

/** What to create: the folder, all input, and the flags that repeat it. */
export type Answers = { readonly dir: string; readonly given: Given; readonly flags: readonly FlagValue[] };

export const run = async (context: CommandContext): Promise<number> => make(context, await answers(context));

/** Writes the repository, commits it, and reports the result. */
export async function make(context: CommandContext, { dir, given, flags }: Answers): Promise<number> {
  const { args, catalogue, terminal } = context;
  verifyDir(dir);
  const target = resolve(terminal.cwd, dir);
  verifyPlace(target);
  const prepared = prepare(given, catalogue, basename(target));
  const verify = args.dryRun ? verifyTarget : clearTarget;
  verify(target, nodeFs);
  const files = generateFiles(prepared, catalogue, context.version, await schemaText(context));
  const actions = args.dryRun ? planWrites(target, files, nodeFs) : writeRepository(target, files, nodeFs);
  const conflicts = actions.filter((action) => action.action === 'conflict').map((action) => action.path);
  if (!args.dryRun && args.git) await commit(target, prepared.config, terminal.err);
  const isTracked = isInRepository(target) || (args.dryRun && args.git);
  const ignored = args.dryRun ? [] : await ignoredFiles(target, writtenPaths(actions), { isPlanned: args.git });
  const paths = prepared.plan.files.map(({ path }) => path);
  const next = nextCommands(terminal.cwd, target, isTracked ? locksOf(paths) : []);
  report(context, { prepared, actions, conflicts, ignored, dir, flags, next });
  if (args.install && !args.dryRun) {
    const { install } = await import('../install.ts');
    const code = await install(target, terminal.err);
    if (code !== 0) return EXIT.bug;
  }
  return conflicts.length > 0 ? EXIT.conflicts : EXIT.done;
}

/** Uses only flags and the file, or asks questions on a terminal unless a flag requests the defaults. */
export async function answers(context: CommandContext): Promise<Answers> {
  const { args, catalogue, terminal } = context;
  const given = readInput(context);
  const [word] = args.words;
  const foundAt = createPlaceFinder();
  const named = typeof given.values['name'] === 'string' ? given.values['name'] : undefined;
  if (terminal.isInteractive && args.config === undefined) {
    const { ask } = await import('../prompts.ts');
    const screen = context.screen ?? (await import('../wizard/terminal-screen.ts')).terminalScreen(terminal.out);
    let place = resolve(terminal.cwd, word ?? named ?? '.');
    const read = (flags: readonly FlagValue[]): Given =>
      withFound(readInput({ ...context, args: { ...args, flags: [...args.flags, ...flags] } }), foundAt(place));
    const answered = await ask({
      catalogue,
      screen,
      dir: word ?? named,
      asksFolder: (word ?? named) === undefined ? isInRepository(place) : foundAt(place).folder !== undefined,
      read,
      whyBadDir: (dir) => {
        place = resolve(terminal.cwd, dir);
        return whyBadDir(place, dir, named);
      },
      prepare: (dir, all) => prepare(all, catalogue, basename(resolve(terminal.cwd, dir))),
    });
    const all = [...args.flags, ...answered.flags];
    return { dir: answered.dir, given: read(answered.flags), flags: replayed(all, foundAt(place), given) };
  }
  const missing = [
    ...(word === undefined && named === undefined ? ['the folder: create-mlops-stack DIR'] : []),
    ...(args.yes || args.config !== undefined ? [] : unanswered(context, given)),
  ];
  if (missing.length > 0) {
    throw new UserError(
      'E-ANSWER-MISSING',
      missing.map((message) => ({ message })),
      args.yes || args.config !== undefined
        ? 'Name the folder to create, for example: create-mlops-stack demo --yes'
        : undefined,
    );
  }
  const dir = word ?? named!;
  const found = foundAt(resolve(terminal.cwd, dir));
  return { dir, given: withFound(given, found), flags: replayed(args.flags, found, given) };
}

/** Values that the git repository at a folder suggests instead of the defaults. */
type Found = ReturnType<typeof surroundingsOf>;

/** Finds the default branch of the git repository and the path inside it, for a new folder. Asks git once. */
function createPlaceFinder(): (place: string) => Found {
  const known = new Map<string, Found>();
  return (place) => {
    let found = known.get(place);
    if (!found) {
      const { trunk, ...rest } = surroundingsOf(place);
      found = trunk === undefined || trunk === DEFAULT_TRUNK ? rest : { trunk, ...rest };
      known.set(place, found);
    }
    return found;
  };
}

/** The defaults in an existing git repository are its default branch, and the path of the folder in it. */
const withFound = (given: Given, found: Found): Given => ({ ...given, values: { ...found, ...given.values } });

/** The flags of the command that creates the same files elsewhere. */
const replayed = (flags: readonly FlagValue[], found: Found, given: Given): readonly FlagValue[] => [
  ...flags,
  ...Object.entries(found)
    .filter(([key]) => !given.explicit.has(key) && !flags.some((flag) => flag.key === key))
    .map(([key, text]) => ({ key, text, flag: `--${key}` })),
];

/** Validates the folder as soon as it is entered. */
function whyBadDir(target: string, dir: string, name: string | undefined): string | undefined {
  try {
    verifyDir(dir);
    verifyPlace(target);
    const bad = name === undefined ? badProjectName(basename(target)) : undefined;
    if (bad) return bad.message;
    verifyTarget(target, nodeFs);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return `${dir}: ${error.message}`;
    throw error;
  }
}

/** The first questions that no flag answers, each with the flags that would. */
function unanswered({ catalogue }: CommandContext, given: Given): string[] {
  return catalogue.choices
    .filter((choice) => choice.asked === 'first' && !given.explicit.has(choice.id))
    .map((choice) => {
      const options = (catalogue.options.get(choice.id) ?? []).map((option) => option.id);
      return `${choice.id}: --${choice.id} ${options.join('|')} (default ${showValue(choice.default({}))})`;
    });
}

/** `.` and a leading `..` are allowed. `..` after a name is rejected, because it hides where the path leads. */
function verifyDir(dir: string): void {
  const steps = dir.split(/[\\/]/);
  const firstName = steps.findIndex((step) => step !== '' && step !== '.' && step !== '..');
  let why: string | undefined;
  if (dir === '') why = 'it is empty';
  else if (dir.includes('\0')) why = 'it holds a NUL byte';
  else if (firstName >= 0 && steps.slice(firstName).includes('..')) why = 'it goes up again after a name';
  if (why)
    throw new UserError('E-ARGS', [
      { value: dir, message: `The folder ${JSON.stringify(dir)} cannot be used: ${why}.` },
    ]);
}

function verifyPlace(target: string): void {
  const bare = bareRepositoryOf(target);
  const why = bare === undefined ? whyUnusableFolder(target) : `it is inside the bare git repository ${bare}`;
  if (why) throw new UserError('E-TARGET', [{ file: target, message: `it cannot be used: ${why}.` }]);
}

/**
 * Creates one commit, unless the folder is inside a repository. Without git or an identity it reports why; the files
 * exist either way.
 */
async function commit(target: string, { trunk }: Config, say: (text: string) => void): Promise<void> {
  if (isInRepository(target)) return;
  const { commitAll } = await import('../git.ts');
  const problem = await commitAll(target, 'Create with create-mlops-stack', trunk ?? DEFAULT_TRUNK);
  if (problem) say(`No commit was created: ${problem}\n`);
}

/** Files of the user keep their name, and the generated ones are next to them. */
const writtenPaths = (actions: readonly WriteAction[]): string[] =>
  actions.filter(({ action }) => action !== 'conflict').map(({ path }) => path);

/** The lock files that `make setup` writes, one next to each pyproject.toml. */
const locksOf = (paths: readonly string[]): string[] =>
  paths
    .flatMap((path) => /^(.*\/)?pyproject\.toml$/.exec(path)?.slice(1) ?? [])
    .map((folder) => `${folder ?? ''}uv.lock`)
    .sort((a, b) => a.length - b.length);

/** The next commands for the user. `locks`: lock files to commit; where git does not track the files, none. */
function nextCommands(cwd: string, target: string, locks: readonly string[]): string[] {
  const there = relative(cwd, target);
  return [
    ...(there === '' ? [] : [`cd ${q.shell(there.startsWith('..') ? target : there)}`]),
    locks.length > 0 ? `make setup && git add ${locks.join(' ')}` : 'make setup',
    'make demo',
  ];
}

type Report = {
  readonly prepared: Prepared;
  readonly actions: readonly WriteAction[];
  readonly conflicts: readonly string[];
  readonly ignored: readonly Ignored[];
  readonly dir: string;
  readonly flags: readonly FlagValue[];
  readonly next: readonly string[];
};

/**
 * The command that creates the same files again: all flags and answers, with the defaults of this version for the rest.
 */
function replay(args: Args, dir: string, flags: readonly FlagValue[], version: string): string {
  const given = flags.map(({ key, text, flag }) =>
    flag.startsWith('--set ') ? `--set ${q.shell(`${key}=${text}`)}` : `${flag} ${q.shell(text)}`,
  );
  const files = [
    ...(args.config === undefined ? [] : [`--config ${q.shell(args.config)}`]),
    ...args.modules.map((folder) => `--modules ${q.shell(folder)}`),
  ];
  const all = ['--yes', ...files, ...given, ...(args.git ? [] : ['--no-git'])];
  return `npm init mlops-stack@${version} ${q.shell(dir)} -- ${all.join(' ')}`;
}

function report(
  { args, terminal, version }: CommandContext,
  { prepared, actions, conflicts, ignored, dir, flags, next }: Report,
): void {
  for (const notice of prepared.notices) terminal.err(`${notice}\n`);
  terminal.err(describeIgnored(ignored, actions.length));
  if (args.json) {
    terminal.out(`${JSON.stringify({ config: prepared.config, actions, conflicts, ignored, leftovers: [], next })}\n`);
    return;
  }
  const listed = args.verbose || args.dryRun ? actions : actions.filter((action) => action.action === 'conflict');
  for (const action of listed.filter(({ path }) => !path.startsWith('.mlops-stack/base/')))
    terminal.out(
      `${action.action.padEnd(9)} ${action.path}${action.action === 'write' ? '' : `  (${action.reason})`}\n`,
    );
  const count = prepared.plan.files.length;
  const verb = args.dryRun ? 'Would write' : 'Wrote';
  terminal.out(`${verb} ${count} files to ${bold(dir, process.stdout, terminal.env)}.\n`);
  const { folder } = prepared.config;
  if (folder !== undefined)
    terminal.out(
      `It is the folder ${folder} of a git repository: docs/team.md says what that means. ` +
        'For a git repository of its own, pass --folder .\n',
    );
  if (conflicts.length > 0) {
    const beside = conflicts.map((path) => `${path}.generated`);
    terminal.out(`Your files are unchanged; the generated ones are beside them: ${beside.join(', ')}\n`);
  }
  terminal.out(`To create the same again: ${replay(args, dir, flags, version)}\n`);
  if (!args.dryRun) terminal.out(`Next:\n${next.map((command) => `  ${command}\n`).join('')}`);
}
