import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { Outcome } from '../../core/update/types.ts';
import { attempt, type FileSystem, stat } from '../file-system.ts';
import {
  type Direction,
  findHindrances,
  findUnapplied,
  type Resumable,
  rollForward,
  undo,
  whyFailed,
} from './apply.ts';
import { findJournal, JOURNAL, type Journal, readJournal, STAGING, UNDO } from './journal.ts';
import { hasStaleLock, verifyIdle, withRepositoryLock } from './repository-lock.ts';
import { type Basis, type OwnFiles, ownChanges, removeStaging, stage, type Wanted } from './staging.ts';

export type { Basis, OwnFiles } from './staging.ts';

/**
 * Writes an update. All content is staged first, before and after. Then a journal records the steps, files are renamed
 * into place with the lock last, everything is read back, and the journal is removed. A run that is killed leaves
 * either no journal and an unchanged repository, or a journal that the next run finishes or undoes. No step after the
 * journal needs disk space.
 */

/** Whether an update was interrupted here. Throws E-BUSY if one is running. Writes nothing. */
export function findUnfinished(dir: string, fs: FileSystem): boolean {
  verifyIdle(dir, fs);
  return findJournal(dir, fs) !== undefined;
}

/**
 * Finishes or undoes an interrupted update. Without one it writes nothing, and removes what a run left that was killed
 * before its journal. An update that was being undone is always undone. Throws E-BUSY, E-WRITE, and E-UNFINISHED if a
 * file was edited since.
 */
export function recover(
  dir: string,
  direction: 'forward' | 'abort',
  fs: FileSystem,
): 'nothing' | 'rolled forward' | 'undone' {
  verifyIdle(dir, fs);
  if (!findJournal(dir, fs) && !hasStaleLock(dir, fs) && !stat(join(dir, STAGING), fs)) return 'nothing';
  return withRepositoryLock(dir, fs, () => {
    const found = findJournal(dir, fs);
    if (!found) {
      attempt(() => removeStaging(dir, fs));
      return 'nothing';
    }
    const way = found === 'undo' || direction === 'abort' ? 'undo' : 'forward';
    try {
      resume(dir, readJournal(dir, found === 'undo' ? UNDO : JOURNAL, fs), found, way, fs);
    } catch (error) {
      throw stuck(error);
    }
    return way === 'undo' ? 'undone' : 'rolled forward';
  });
}

function resume(dir: string, journal: Journal, found: Direction, way: Direction, fs: FileSystem): void {
  const { hindrances, leave } = findHindrances(dir, journal, way, fs);
  if (hindrances.length > 0) {
    const other = way === 'forward' ? ' Or undo the update: create-mlops-stack update --abort' : '';
    const problems = hindrances.map(({ path, why }) => ({
      file: path,
      message: `${why}, so the interrupted update cannot be ${way === 'forward' ? 'finished' : 'undone'}.`,
    }));
    throw new UserError(
      'E-UNFINISHED',
      problems,
      `Move these files elsewhere, then run the same command again.${other}`,
    );
  }
  if (way === 'undo' && found === 'forward') fs.renameSync(join(dir, JOURNAL), join(dir, UNDO));
  (way === 'undo' ? undo : rollForward)(dir, journal, fs, leave);
  verify(dir, journal, way, fs, leave);
  drop(dir, way, fs);
}

/** Verifies what was written. */
function verify(dir: string, journal: Journal, direction: Direction, fs: FileSystem, leave?: Resumable['leave']): void {
  const path = findUnapplied(dir, journal, direction, fs, leave);
  if (path !== undefined)
    throw new UserError('E-WRITE', [{ file: path, message: 'it does not have the content that was written.' }]);
}

/**
 * The update is finished or undone. Without its journal the staging area has no purpose, and the next run would remove
 * it.
 */
function drop(dir: string, direction: Direction, fs: FileSystem): void {
  fs.rmSync(join(dir, direction === 'undo' ? UNDO : JOURNAL));
  attempt(() => removeStaging(dir, fs));
}

/** The error if the disk refuses in the middle and the journal remains. */
function stuck(error: unknown): unknown {
  const failed = whyFailed(error);
  if (!(failed instanceof UserError)) return failed;
  return failed.id === 'E-UNFINISHED'
    ? failed
    : new UserError(
        'E-UNFINISHED',
        failed.problems,
        'Fix the problem, then finish the update: create-mlops-stack update, ' +
          'or undo it: create-mlops-stack update --abort',
      );
}

/**
 * Writes the planned changes and the generator's own files, and verifies them. Returns the changed paths; if nothing
 * changes, it returns none and writes nothing. Throws E-WRITE if everything is as before, E-UNFINISHED if the disk
 * refused the undo too, E-BUSY, E-OBSTACLE.
 */
export function commitUpdate(
  dir: string,
  { changes, objects, entries }: Pick<Outcome, 'changes' | 'objects' | 'entries'>,
  ownFiles: OwnFiles,
  was: Basis,
  fs: FileSystem,
): readonly string[] {
  const own = ownChanges(dir, { objects, entries }, ownFiles, was, fs);
  const wanted: Wanted[] = [...changes, ...own];
  if (wanted.length === 0) return [];
  return withRepositoryLock(dir, fs, () => {
    if (findJournal(dir, fs))
      throw new UserError('E-UNFINISHED', [{ file: JOURNAL, message: 'another update was interrupted meanwhile.' }]);
    const journal = stage(dir, wanted, was, fs);
    try {
      rollForward(dir, journal, fs);
      verify(dir, journal, 'forward', fs);
    } catch (error) {
      goBack(dir, journal, fs);
      throw whyFailed(error);
    }
    try {
      drop(dir, 'forward', fs);
    } catch (error) {
      throw stuck(error);
    }
    return wanted.map((change) => change.path);
  });
}

/** Undoes a journal at once. If the disk refuses this too, the next run does it. */
function goBack(dir: string, journal: Journal, fs: FileSystem): void {
  try {
    resume(dir, journal, 'forward', 'undo', fs);
  } catch (error) {
    if (findJournal(dir, fs)) throw stuck(error);
    throw new UserError(
      'E-UNFINISHED',
      [
        {
          file: STAGING,
          message: 'it vanished during the update, so some files are updated and others are not.',
        },
      ],
      'Check the files: git status',
    );
  }
}
