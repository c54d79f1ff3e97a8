import * as nodeFs from 'node:fs';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { EXIT, UserError } from '../../core/errors.ts';
import type { FlagValue } from '../../core/input.ts';
import { STATE_DIR } from '../../core/lock.ts';
import type { Conflict } from '../../core/update/types.ts';
import { type Ignored, ignoredFiles } from '../../fs/ignored.ts';
import { dirtyFiles, stageConflicts } from '../../fs/update/git.ts';
import { commitUpdate, recover } from '../../fs/update/transaction.ts';
import type { CommandContext } from '../context.ts';
import { describeIgnored } from '../ignored-report.ts';
import { previewUpdate, type UpdatePreview } from '../update/preview.ts';
import { conflictsOf, describe, exitOf, jsonOf, nextCommands, showPatch, summary } from '../update/report.ts';
import { openRepository, type Repository, verifyRepository } from '../update/repository.ts';

/** Applies the config of the repository in the current folder, with changes from flags and answers. */
export async function run(context: CommandContext): Promise<number> {
  const { args, terminal } = context;
  verifyRepository(terminal.cwd);
  if (args.abort) return abort(context);
  if (!terminal.isInteractive && !args.yes && !args.dryRun)
    throw new UserError(
      'E-ANSWER-MISSING',
      'an update asks before it writes, but there is no terminal.',
      'Preview the update: create-mlops-stack update --dry-run. Then apply it: create-mlops-stack update --yes',
    );
  if (args.dryRun) return show(context, await previewUpdate(context, await openTarget(context)));
  if (recover(terminal.cwd, 'forward', nodeFs) !== 'nothing')
    terminal.err('An interrupted update was finished first.\n');
  return apply(context, await openTarget(context));
}

/** The repository, or both sides of its unfinished merge. */
async function openTarget(context: CommandContext): Promise<Repository> {
  if (!context.args.resolve) return openRepository(context);
  const { openMerge } = await import('../update/resolve-merge.ts');
  return openMerge(context);
}

function abort({ args, terminal }: CommandContext): number {
  const done = recover(terminal.cwd, 'abort', nodeFs);
  const text =
    done === 'nothing'
      ? 'There is no interrupted update; nothing was changed.\n'
      : 'The interrupted update was undone; every file is as before.\n';
  terminal[args.json ? 'err' : 'out'](text);
  return EXIT.done;
}

async function show(context: CommandContext, preview: UpdatePreview): Promise<number> {
  const { args, terminal } = context;
  say(context, preview);
  if (args.json) terminal.out(jsonOf(preview));
  else {
    terminal.out(describe(preview, args.verbose));
    terminal.out(
      preview.isNothing ? 'Nothing to do.\n' : `\n${showPatch(preview, context)}\n${summary(preview, 'Would have')}`,
    );
  }
  return exitOf(preview);
}

/** Prints notices on stderr before everything else. */
export function say({ terminal }: CommandContext, { target }: UpdatePreview): void {
  for (const notice of target.notices) terminal.err(`${notice}\n`);
}

async function apply(context: CommandContext, repository: Repository): Promise<number> {
  const { args, terminal } = context;
  if (!repository.lock)
    terminal.err(
      'There is no lock, so the generated files are unknown. Equal files are adopted; for every other file the ' +
        'generated version is written beside it. If git has the lock, run git restore .mlops-stack instead.\n',
    );
  const preview = await previewUpdate(context, repository, await changes(context, repository));
  say(context, preview);
  if (preview.isNothing) {
    // Files that were moved change nothing until --follow-moves, and the user must know.
    const skipped = preview.outcome.actions.filter(({ action }) => action === 'skip');
    const text = skipped.map(({ path, reason }) => `  skip  ${path}  (${reason})\n`).join('');
    return finish(context, preview, `${text}Nothing to do.\n`);
  }
  verifyName(context, repository, preview);
  await verifyClean(context, repository.dir, preview);
  if (!args.json) terminal.out(describe(preview, args.verbose));
  if (terminal.isInteractive) await confirm(context, preview);
  commitUpdate(repository.dir, preview.outcome, preview.own, preview.was, nodeFs);
  await stage(context, repository.dir, preview.outcome.conflicts);
  const written = writtenPaths(preview);
  const ignored = await ignoredFiles(repository.dir, written, { isPlanned: false });
  terminal.err(describeIgnored(ignored, written.length));
  return finish(context, preview, summary(preview, 'Done and verified'), ignored);
}

/** A new name means new cloud resources: without questions, that needs a flag of its own. */
function verifyName({ args, terminal }: CommandContext, { lock }: Repository, { target }: UpdatePreview): void {
  const { config, plan } = target.prepared;
  const hasCloud = plan.stack.parts.some(({ part }) => 'cloudAccount' in (part.provides ?? {}));
  if (!lock || !hasCloud || lock.config.name === config.name || args.rename) return;
  const was = lock.config.name;
  const message = `the name is part of the cloud resources of ${was}, which stay when ${config.name} gets new ones.`;
  if (!terminal.isInteractive) throw new UserError('E-RENAME', [{ key: 'name', value: config.name, message }]);
  terminal.err(`Warning: ${message}\n`);
}

/** The files that an update wrote, its own records included. */
const writtenPaths = ({ outcome }: UpdatePreview): string[] => [
  ...outcome.changes.filter(({ after }) => after).map(({ path }) => path),
  CONFIG_FILE,
  `${STATE_DIR}/lock.json`,
];

function finish(
  { args, terminal }: CommandContext,
  preview: UpdatePreview,
  text: string,
  ignored: readonly Ignored[] = [],
): number {
  if (args.json) terminal.out(jsonOf(preview, ignored));
  else {
    const conflicts = conflictsOf(preview);
    const next = nextCommands(preview);
    terminal.out(text);
    if (conflicts.length > 0) terminal.out(`Conflicts to resolve: ${conflicts.join(', ')}\n`);
    if (next.length > 0) terminal.out(`Next:\n${next.map((command) => `  ${command}\n`).join('')}`);
  }
  return exitOf(preview);
}

/** Asks on a terminal if neither a flag nor the file says what to change. */
async function changes(context: CommandContext, repository: Repository): Promise<readonly FlagValue[]> {
  const { args, terminal } = context;
  if (!terminal.isInteractive || args.flags.length > 0 || args.restore.length > 0) return [];
  const { askChanges } = await import('../update/ask.ts');
  return askChanges(context, repository);
}

async function confirm(context: CommandContext, preview: UpdatePreview): Promise<void> {
  const { askToGoOn } = await import('../update/ask.ts');
  await askToGoOn(context, preview);
}

async function verifyClean({ args }: CommandContext, dir: string, { outcome }: UpdatePreview): Promise<void> {
  if (args.allowDirty) return;
  const found = await dirtyFiles(
    dir,
    outcome.changes.filter((change) => change.before).map((change) => change.path),
  );
  // During a merge, git has staged what the other branch changed, and has both sides of each conflict.
  const dirty = args.resolve ? found.filter(({ state }) => state === 'changed') : found;
  if (dirty.length > 0)
    throw new UserError(
      'E-DIRTY',
      dirty.map(({ path, state }) => ({
        file: path,
        message: `it is ${state} but not committed, and this update would overwrite it.`,
      })),
    );
}

/** Conflicts with markers are also put into the git index, so that git's tools know them. */
async function stage({ args, terminal }: CommandContext, dir: string, conflicts: readonly Conflict[]): Promise<void> {
  const marked = conflicts.filter((conflict) => conflict.style === 'markers');
  if (marked.length === 0 || !args.git) return;
  const problem = await stageConflicts(dir, marked);
  if (problem !== undefined) terminal.err(`The conflicts are in the files but not in the git index: ${problem}\n`);
}
