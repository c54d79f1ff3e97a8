import { dirname, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { STATE_DIR } from '../../core/lock.ts';
import { attempt, codeOf, makeParents, stat, whyRefused, type FileSystem } from '../file-system.ts';
import type { Obstacle } from '../../core/update/types.ts';
import { isObstacle, look, type Found } from './disk.ts';
import { isAt, isEqual, stagedAt, type Journal, type Side, type Step } from './journal.ts';

/** Both directions are idempotent: what is done already is recognised by its hash, so they can be begun again after any kill. */

export type Direction = 'forward' | 'undo';

/** The disk's refusal of one step. */
export class StepError extends Error {
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`The step for ${path} failed.`, { cause });
    this.path = path;
  }
}

/** What went wrong, for the user: E-WRITE with the path for a state of the disk, else the error itself. `path` is named where no step failed. */
export function whyFailed(error: unknown, path?: string): unknown {
  const cause = error instanceof StepError ? error.cause : error;
  const why = whyRefused(cause);
  if (!why) return cause;
  const file = error instanceof StepError ? error.path : path;
  return new UserError('E-WRITE', [{ ...(file !== undefined && { file }), message: `it could not be written: ${why}.` }]);
}

/**
 * What keeps a journal from being carried out, by path. A file that is neither as before nor as after was edited since:
 * it is somebody's work and is not touched. One that is absent has nothing to lose.
 */
export function findHindrances(dir: string, journal: Journal, direction: Direction, fs: FileSystem): { path: string; why: string }[] {
  return journal.steps.flatMap((step, index) => {
    const found = see(dir, step.path, journal.steps, fs);
    if (isObstacle(found)) return [{ path: step.path, why: `${found.at} is ${found.obstacle}` }];
    const [from, to] = direction === 'forward' ? [step.before, step.after] : [step.after, step.before];
    if (isAt(found, to)) return [];
    if (found && !isEqual(found, from) && !isEqual(found, to)) return [{ path: step.path, why: 'it was changed since' }];
    return to && !isStaged(dir, index, direction, to, fs) ? [{ path: step.path, why: 'its content is not in the staging area any more' }] : [];
  });
}

/** What stands at a path. A file in the place of a folder, and the other way round, is nothing where the steps themselves turn one into the other. */
export function see(dir: string, path: string, steps: readonly { readonly path: string }[], fs: FileSystem): Found | Obstacle | undefined {
  const found = look(dir, path, fs);
  if (!isObstacle(found)) return found;
  const stats = stat(place(dir, found.at), fs);
  const isTurned = found.at === path ? stats?.isDirectory() && steps.some((step) => step.path.startsWith(`${path}/`)) : stats?.isFile() && steps.some((step) => step.path === found.at);
  return isTurned ? undefined : found;
}

function isStaged(dir: string, index: number, direction: Direction, wanted: Side, fs: FileSystem): boolean {
  const place = stagedAt(dir, index, direction === 'forward' ? 'after' : 'before');
  const stats = stat(place, fs);
  return stats?.isFile() === true && isEqual({ content: fs.readFileSync(place) as Buffer, executable: false, stats }, wanted);
}

/** Does every step that is not done yet, in order. */
export function rollForward(dir: string, journal: Journal, fs: FileSystem): void {
  for (const [index, step] of journal.steps.entries()) {
    at(step, () => {
      carryOut(dir, journal, index, 'forward', fs);
      // Again for a step that was done: a run may have been killed between the file and its folder.
      if (!step.after) removeEmptied(dir, step.path, fs);
    });
  }
}

/** Brings every file back to what it was, the last step first. */
export function undo(dir: string, journal: Journal, fs: FileSystem): void {
  const folders = new Set(journal.made);
  for (const [index, step] of [...journal.steps.entries()].reverse()) {
    at(step, () => {
      carryOut(dir, journal, index, 'undo', fs);
      if (!step.before) removeEmptied(dir, step.path, fs, (folder) => folders.has(folder));
    });
  }
  for (const folder of [...journal.made].reverse()) attempt(() => fs.rmdirSync(place(dir, folder)));
}

/** The first path that is not what the journal says it becomes; undefined where all are. */
export function findUnapplied(dir: string, journal: Journal, direction: Direction, fs: FileSystem): string | undefined {
  return journal.steps.find((step) => {
    const found = see(dir, step.path, journal.steps, fs);
    return isObstacle(found) || !isAt(found, direction === 'forward' ? step.after : step.before);
  })?.path;
}

function at(step: Step, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new StepError(step.path, error);
  }
}

/** Makes one path what it is to be. Nothing is written over what somebody else wrote meanwhile, nor through a link or over a folder. */
function carryOut(dir: string, { steps }: Journal, index: number, direction: Direction, fs: FileSystem): void {
  const { path, before, after } = steps[index]!;
  const [from, wanted, staged] = direction === 'forward' ? [before, after, stagedAt(dir, index, 'after')] : [after, before, stagedAt(dir, index, 'before')];
  const found = see(dir, path, steps, fs);
  if (isObstacle(found)) throw new UserError('E-OBSTACLE', [{ file: path, message: `${found.at} is ${found.obstacle}.` }]);
  if (isAt(found, wanted)) return;
  if (found && !isEqual(found, from) && !isEqual(found, wanted)) throw new UserError('E-WRITE', [{ file: path, message: 'it changed while the update was being written.' }], 'Run the same command again.');
  const home = place(dir, path);
  if (!wanted) return fs.rmSync(home);
  makeParents(dirname(home), fs, []);
  if (found) return fs.renameSync(staged, home);
  try {
    // Unlike a rename it replaces nothing that appeared in this moment.
    fs.linkSync(staged, home);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    // No links on this file system; or the disk is what refuses, and then it refuses this too.
    if (stat(home, fs)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST' });
    fs.renameSync(staged, home);
  }
}

/** Removes the folders above a path that are empty now, from the inside out; never the state folder. */
function removeEmptied(dir: string, path: string, fs: FileSystem, isOurs: (folder: string) => boolean = () => true): void {
  for (let folder = dirname(path); folder !== '.' && folder !== STATE_DIR && isOurs(folder); folder = dirname(folder)) {
    try {
      fs.rmdirSync(place(dir, folder));
    } catch (error) {
      // Not empty is the common case; gone already is one of a run that was killed.
      if (codeOf(error) !== 'ENOENT') return;
    }
  }
}

const place = (dir: string, path: string): string => join(dir, ...path.split('/'));
