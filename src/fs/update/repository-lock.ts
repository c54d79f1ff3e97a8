import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { STATE_DIR } from '../../core/lock.ts';
import { isObstacle } from '../../core/update/types.ts';
import { attempt, codeOf, type FileSystem, stat, whyRefused } from '../file-system.ts';
import { isAlive, ME } from '../process.ts';
import { look } from './disk.ts';

/** Prevents two concurrent runs: holds the process ID and the host of the running update. */
export const PID = `${STATE_DIR}/pid`;
/** A lock file of an ended run, before its removal. */
const GONE = `${STATE_DIR}/pid.gone`;

/** Runs `work` with exclusive access to this repository. Throws E-BUSY if another run is active. */
export function withRepositoryLock<T>(dir: string, fs: FileSystem, work: () => T): T {
  // This also rejects a link in place of the state folder, before anything is written into it.
  verifyIdle(dir, fs);
  const isNew = !stat(join(dir, STATE_DIR), fs);
  try {
    if (isNew) fs.mkdirSync(join(dir, STATE_DIR));
    acquire(dir, fs);
  } catch (error) {
    if (isNew) attempt(() => fs.rmdirSync(join(dir, STATE_DIR)));
    const why = whyRefused(error);
    throw why ? new UserError('E-WRITE', [{ file: PID, message: `it could not be written: ${why}.` }]) : error;
  }
  try {
    return work();
  } finally {
    attempt(() => fs.rmSync(join(dir, PID), { force: true }));
    // Removes only an empty folder, which this run created.
    attempt(() => fs.rmdirSync(join(dir, STATE_DIR)));
  }
}

/** Throws E-BUSY if a run is active. Writes nothing. */
export function verifyIdle(dir: string, fs: FileSystem): void {
  const text = readPid(dir, fs);
  if (text !== undefined) verifyGone(text);
}

/** Whether an ended run left its lock file. */
export const hasStaleLock = (dir: string, fs: FileSystem): boolean =>
  [PID, GONE].some((path) => stat(join(dir, path), fs) !== undefined);

function acquire(dir: string, fs: FileSystem): void {
  const mine = `${ME.pid} ${ME.host}\n`;
  for (;;) {
    try {
      fs.writeFileSync(join(dir, PID), mine, { flag: 'wx' });
      attempt(() => fs.rmSync(join(dir, GONE), { force: true }));
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const theirs = readPid(dir, fs);
    if (theirs === undefined) continue;
    verifyGone(theirs);
    remove(theirs, dir, fs);
  }
}

/** Removes a stale lock file. It is renamed first, because another run may have replaced it by now. */
function remove(stale: string, dir: string, fs: FileSystem): void {
  try {
    fs.renameSync(join(dir, PID), join(dir, GONE));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = String(fs.readFileSync(join(dir, GONE)));
  if (moved !== stale) {
    fs.renameSync(join(dir, GONE), join(dir, PID));
    verifyGone(moved);
  }
}

function verifyGone(text: string): void {
  const [pid, host] = text.trim().split(' ');
  const number = Number(pid);
  if (host !== undefined && host !== ME.host)
    throw busy(`process ${pid} on ${host} is updating this repository. If it has ended, delete ${PID}.`);
  // This process holds the lock nowhere else: everything under the lock is synchronous.
  if (number !== ME.pid && isAlive(number)) throw busy(`process ${pid} is updating this repository.`);
}

const busy = (message: string): UserError => new UserError('E-BUSY', [{ file: PID, message }]);

/**
 * The text of the lock file; undefined if there is none. An empty file was just created, or its process was killed at
 * that moment.
 */
function readPid(dir: string, fs: FileSystem): string | undefined {
  for (let tries = 0; ; tries++) {
    const found = look(dir, PID, fs);
    if (found === undefined) return undefined;
    if (isObstacle(found)) throw new UserError('E-OBSTACLE', [{ file: found.at, message: `it is ${found.obstacle}.` }]);
    const text = Buffer.from(found.content).toString();
    if (text.endsWith('\n') || tries === 10) return text;
    pause(20);
  }
}

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
