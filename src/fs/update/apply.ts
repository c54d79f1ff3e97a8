import { dirname, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { STATE_DIR } from '../../core/lock.ts';
import type { Obstacle } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import { attempt, codeOf, type FileSystem, makeParents, stat, whyRefused } from '../file-system.ts';
import { type Found, look } from './disk.ts';
import { isAt, isEqual, type Journal, type Side, STAGING, type Step, stagedAt } from './journal.ts';

/**
 * Both directions are idempotent: finished steps are recognized by their hashes, so that both can be repeated after any
 * kill.
 */

export type Direction = 'forward' | 'undo';
const NONE: ReadonlySet<number> = new Set();

/** An error of the disk in one step. */
export class StepError extends Error {
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`The step for ${path} failed.`, { cause });
    this.path = path;
  }
}

/**
 * The error for the user: E-WRITE with the path for a state of the disk, else the error itself. `path` is used if no
 * step failed.
 */
export function whyFailed(error: unknown, path?: string): unknown {
  const cause = error instanceof StepError ? error.cause : error;
  const why = whyRefused(cause);
  if (!why) return cause;
  const file = error instanceof StepError ? error.path : path;
  return new UserError('E-WRITE', [
    { ...(file !== undefined && { file }), message: `it could not be written: ${why}.` },
  ]);
}

/** How to continue with a journal: steps to leave unchanged, and reasons why it cannot be carried out. */
export type Resumable = {
  readonly leave: ReadonlySet<number>;
  readonly hindrances: readonly { readonly path: string; readonly why: string }[];
};

/**
 * Compares the disk with a journal. A file that matches neither `before` nor `after` was edited since. It is left
 * unchanged if its step needs nothing more: the step was done before that edit, or must not be undone because it never
 * was done. Otherwise it is a hindrance. An absent file has nothing to lose.
 */
export function findHindrances(dir: string, journal: Journal, direction: Direction, fs: FileSystem): Resumable {
  const leave = new Set<number>();
  const hindrances: { path: string; why: string }[] = [];
  const hasStaging = stat(join(dir, STAGING), fs)?.isDirectory() === true;
  for (const [index, step] of journal.steps.entries()) {
    const [from, to] = direction === 'forward' ? [step.before, step.after] : [step.after, step.before];
    const isThere = (which: 'before' | 'after'): boolean => stat(stagedAt(dir, index, which), fs) !== undefined;
    const found = see(dir, step.path, journal.steps, fs);
    const why = ((): string | undefined => {
      if (!isObstacle(found) && isAt(found, to)) return undefined;
      if (isObstacle(found) || !found || (!isEqual(found, from) && !isEqual(found, to))) {
        const wasDone = to !== undefined && !isThere(direction === 'forward' ? 'after' : 'before');
        const neverWas = direction === 'undo' && step.after !== undefined && isThere('after');
        if (hasStaging && (wasDone || neverWas)) {
          leave.add(index);
          return undefined;
        }
        if (isObstacle(found)) return `${found.at} is ${found.obstacle}`;
        if (found) return 'it was changed meanwhile';
      }
      return to && !isStaged(dir, index, direction, to, fs)
        ? 'its content is missing from the staging area'
        : undefined;
    })();
    if (why !== undefined) hindrances.push({ path: step.path, why });
  }
  return { leave, hindrances };
}

/**
 * The content of a path. A file in place of a folder, or the reverse, counts as nothing if the steps themselves replace
 * one by the other.
 */
export function see(
  dir: string,
  path: string,
  steps: readonly { readonly path: string }[],
  fs: FileSystem,
): Found | Obstacle | undefined {
  const found = look(dir, path, fs);
  if (!isObstacle(found)) return found;
  const stats = stat(place(dir, found.at), fs);
  const isTurned =
    found.at === path
      ? stats?.isDirectory() && steps.some((step) => step.path.startsWith(`${path}/`))
      : stats?.isFile() && steps.some((step) => step.path === found.at);
  return isTurned ? undefined : found;
}

function isStaged(dir: string, index: number, direction: Direction, wanted: Side, fs: FileSystem): boolean {
  const place = stagedAt(dir, index, direction === 'forward' ? 'after' : 'before');
  const stats = stat(place, fs);
  return (
    stats?.isFile() === true && isEqual({ content: fs.readFileSync(place) as Buffer, executable: false, stats }, wanted)
  );
}

/**
 * Carries out all remaining steps in order. Empty folders are removed at the end, so that an undo before that creates
 * no folder and needs no space, except for a folder that a file replaces.
 */
export function rollForward(dir: string, journal: Journal, fs: FileSystem, leave: Resumable['leave'] = NONE): void {
  const gone = journal.steps.filter((step) => !step.after);
  for (const [index, step] of journal.steps.entries()) {
    at(step, () => {
      if (step.after)
        for (const { path } of gone)
          if (path.startsWith(`${step.path}/`))
            removeEmptied(dir, path, fs, (folder) => `${folder}/`.startsWith(`${step.path}/`));
      if (!leave.has(index)) carryOut(dir, journal, index, 'forward', fs);
    });
  }
  for (const step of gone) at(step, () => removeEmptied(dir, step.path, fs));
}

/** Restores every file, the last step first. */
export function undo(dir: string, journal: Journal, fs: FileSystem, leave: Resumable['leave'] = NONE): void {
  const folders = new Set(journal.made);
  for (const [index, step] of [...journal.steps.entries()].reverse()) {
    at(step, () => {
      if (!leave.has(index)) carryOut(dir, journal, index, 'undo', fs);
      if (!step.before) removeEmptied(dir, step.path, fs, (folder) => folders.has(folder));
    });
  }
  for (const folder of [...journal.made].reverse()) attempt(() => fs.rmdirSync(place(dir, folder)));
}

/** The first path that does not match the journal; undefined if all match. */
export function findUnapplied(
  dir: string,
  journal: Journal,
  direction: Direction,
  fs: FileSystem,
  leave: Resumable['leave'] = NONE,
): string | undefined {
  return journal.steps.find((step, index) => {
    const found = leave.has(index) ? undefined : see(dir, step.path, journal.steps, fs);
    return !leave.has(index) && (isObstacle(found) || !isAt(found, direction === 'forward' ? step.after : step.before));
  })?.path;
}

function at(step: Step, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new StepError(step.path, error);
  }
}

/**
 * Carries out one step. It overwrites nothing that another program wrote meanwhile, and never writes through a link or
 * over a folder.
 */
function carryOut(dir: string, { steps }: Journal, index: number, direction: Direction, fs: FileSystem): void {
  const { path, before, after } = steps[index]!;
  const [from, wanted, staged] =
    direction === 'forward'
      ? [before, after, stagedAt(dir, index, 'after')]
      : [after, before, stagedAt(dir, index, 'before')];
  const found = see(dir, path, steps, fs);
  if (isObstacle(found))
    throw new UserError('E-OBSTACLE', [{ file: path, message: `${found.at} is ${found.obstacle}.` }]);
  if (isAt(found, wanted)) return;
  if (found && !isEqual(found, from) && !isEqual(found, wanted))
    throw new UserError(
      'E-WRITE',
      [{ file: path, message: 'it changed while the update was being written.' }],
      'Run the same command again.',
    );
  const home = place(dir, path);
  if (!wanted) {
    fs.rmSync(home);
    return;
  }
  makeParents(dirname(home), fs, []);
  if (found || direction === 'undo') {
    fs.renameSync(staged, home);
    return;
  }
  try {
    // Unlike a rename, it does not replace a file that just appeared.
    fs.linkSync(staged, home);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    // The file system has no hard links. If the disk refuses for another reason, it refuses this too.
    if (stat(home, fs)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST' });
    fs.renameSync(staged, home);
    return;
  }
  // A finished step has no staged file left. This tells an edit of the written file from an edit before it.
  fs.rmSync(staged);
}

/** Removes empty folders above a path from the inside out, but never the state folder or one inside it. */
function removeEmptied(
  dir: string,
  path: string,
  fs: FileSystem,
  isOurs: (folder: string) => boolean = () => true,
): void {
  for (
    let folder = dirname(path);
    folder !== '.' && folder.split('/')[0] !== STATE_DIR && isOurs(folder);
    folder = dirname(folder)
  ) {
    try {
      fs.rmdirSync(place(dir, folder));
    } catch (error) {
      // The folder is usually not empty, or already gone after a killed run. A folder in use stays.
      if (whyRefused(error) === undefined) throw error;
      if (codeOf(error) !== 'ENOENT') return;
    }
  }
}

const place = (dir: string, path: string): string => join(dir, ...path.split('/'));
