import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../core/errors.ts';
import { STATE_DIR, sha256 } from '../../core/lock.ts';
import { whyUnsafePath } from '../../core/paths.ts';
import { isObstacle } from '../../core/update/types.ts';
import { type FileSystem, stat } from '../file-system.ts';
import { type Found, look } from './disk.ts';

/** What an update will do, written before it does it. */
export const JOURNAL = `${STATE_DIR}/journal.json`;
/** The same file under another name: the update is being undone and must not be carried out. */
export const UNDO = `${STATE_DIR}/undo.json`;
/**
 * The content of each step before and after, in files named by the step's number. On the same file system, so that a
 * rename is enough.
 */
export const STAGING = `${STATE_DIR}/staging`;

/** One side of a step: the hash of its bytes and its permission bits. */
const side = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), mode: z.int().min(0).max(0o777) });
const step = z.strictObject({ path: z.string(), before: side.optional(), after: side.optional() });
const journal = z.strictObject({
  version: z.literal(1),
  /**
   * In the order of execution; the lock is the last. Without `before` the file is new, without `after` it is deleted.
   */
  steps: z.array(step),
  /** Folders that did not exist before, the outer ones first. */
  made: z.array(z.string()),
});
export type Side = z.infer<typeof side>;
export type Step = z.infer<typeof step>;
export type Journal = z.infer<typeof journal>;

export const stagedAt = (dir: string, index: number, which: 'before' | 'after'): string =>
  join(dir, STAGING, `${index}.${which}`);

/** The direction in which an interrupted update continues; undefined if there is none. */
export function findJournal(dir: string, fs: FileSystem): 'forward' | 'undo' | undefined {
  const isThere = (path: string): boolean => stat(join(dir, path), fs) !== undefined;
  if (isThere(UNDO)) return 'undo';
  return isThere(JOURNAL) ? 'forward' : undefined;
}

/** Writes a journal completely, flushed to the disk, or not at all. */
export function writeJournal(dir: string, content: Journal, fs: FileSystem): void {
  const staged = join(dir, STAGING, 'journal');
  fs.writeFileSync(staged, `${JSON.stringify(content)}\n`, { flag: 'wx', flush: true });
  fs.renameSync(staged, join(dir, JOURNAL));
  flushFolder(join(dir, STATE_DIR), fs);
}

/** A rename is on the disk when its folder is flushed. Windows cannot open folders and does not need this. */
function flushFolder(place: string, fs: FileSystem): void {
  if (process.platform === 'win32') return;
  const descriptor = fs.openSync(place, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Reads a journal and trusts nothing in it: it may come from a repository of someone else. */
export function readJournal(dir: string, path: string, fs: FileSystem): Journal {
  const found = look(dir, path, fs);
  const fail = (message: string): never => {
    throw new UserError(
      'E-UNFINISHED',
      [{ file: path, message }],
      `No update of this repository wrote it. Delete ${path} and ${STAGING}, and check git status.`,
    );
  };
  if (!found || isObstacle(found)) return fail(found ? `it is ${found.obstacle}.` : 'it vanished meanwhile.');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(found.content).toString());
  } catch {
    return fail('it is not JSON.');
  }
  const parsed = journal.safeParse(value);
  if (!parsed.success) return fail('it is not a journal of this version.');
  for (const place of [...parsed.data.steps.map((one) => one.path), ...parsed.data.made]) {
    const why = whyUnsafePath(place);
    if (why) return fail(`the path ${JSON.stringify(place)} in it must not be written: ${why}.`);
  }
  return parsed.data;
}

const EXECUTABLE = 0o111;

/** Whether a file matches one side of a step, in its bytes and executable bit. */
export function isAt(found: Found | undefined, wanted: Side | undefined): boolean {
  if (!found || !wanted) return !found && !wanted;
  return isEqual(found, wanted) && ((found.stats.mode & EXECUTABLE) === 0) === ((wanted.mode & EXECUTABLE) === 0);
}

/** Whether the bytes match a side. */
export const isEqual = (found: Found, wanted: Side | undefined): boolean =>
  wanted !== undefined && sha256(found.content) === wanted.sha256;
