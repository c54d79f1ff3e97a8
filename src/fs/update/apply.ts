import { dirname, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { STATE_DIR } from '../../core/lock.ts';
import type { Obstacle } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import { attempt, codeOf, type FileSystem, makeParents, stat, whyRefused } from '../file-system.ts';
import { type Found, look } from './disk.ts';
import { isAt, isEqual, type Journal, type Side, STAGING, type Step, stagedAt } from './journal.ts';

/**
 * Both directions are idempotent: what is done already is recognised by its hash, so they can be begun again after any
 * kill.
 */

export type Direction = 'forward' | 'undo';
const NONE: ReadonlySet<number> = new Set();

/** The disk's refusal of one step. */
export class StepError extends Error {
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`The step for ${path} failed.`, { cause });
    this.path = path;
  }
}

/**
 * What went wrong, for the user: E-WRITE with the path for a state of the disk, else the error itself. `path` is named
 * where no step failed.
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

/**
 * What there is to do for a journal that was found: steps to leave as they are, and what keeps it from being carried
 * out.
 */
export type Resumable = {
  readonly leave: ReadonlySet<number>;
  readonly hindrances: readonly { readonly path: string; readonly why: string }[];
};

/**
 * Compares the disk with a journal. A file that is neither as before nor as after was edited since, and is somebody's
 * work. It is left where its step needs nothing any more: it was done before that edit, or is not to be undone since it
 * never was done. Elsewhere it is a hindrance. One that is absent has nothing to lose.
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
        if (found) return 'it was changed since';
      }
      return to && !isStaged(dir, index, direction, to, fs)
        ? 'its content is not in the staging area any more'
        : undefined;
    })();
    if (why !== undefined) hindrances.push({ path: step.path, why });
  }
  return { leave, hindrances };
}

/**
 * What stands at a path. A file in the place of a folder, and the other way round, is nothing where the steps
 * themselves turn one into the other.
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
 * Does every step that is not done yet, in order. Folders left empty go at the end, so that going back before that
 * makes none anew and needs no room; but for one whose place a file takes.
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

/** Brings every file back to what it was, the last step first. */
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

/** The first path that is not what the journal says it becomes; undefined where all are. */
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
 * Makes one path what it is to be. Nothing is written over what somebody else wrote meanwhile, nor through a link or
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
    // Unlike a rename it replaces nothing that appeared in this moment.
    fs.linkSync(staged, home);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    // No links on this file system; or the disk is what refuses, and then it refuses this too.
    if (stat(home, fs)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST' });
    fs.renameSync(staged, home);
    return;
  }
  // A step that was done has nothing staged any more: that tells an edit of what was written from one before it.
  fs.rmSync(staged);
}

/** Removes the folders above a path that are empty now, from the inside out; never the state folder or one in it. */
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
      // Not empty is the common case, and gone already that of a run that was killed; a folder that is held stays.
      if (whyRefused(error) === undefined) throw error;
      if (codeOf(error) !== 'ENOENT') return;
    }
  }
}

const place = (dir: string, path: string): string => join(dir, ...path.split('/'));
