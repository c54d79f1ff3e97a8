import type * as nodeFs from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import { whyUnsafePath } from '../core/paths.ts';

/** The part of node:fs in use. Tests pass an in-memory file system or a failing one. */
export type FileSystem = Pick<
  typeof nodeFs,
  | 'lstatSync'
  | 'statSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'mkdirSync'
  | 'writeFileSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
  | 'chmodSync'
  | 'linkSync'
  | 'copyFileSync'
  | 'openSync'
  | 'fsyncSync'
  | 'closeSync'
  | 'accessSync'
  | 'constants'
>;

export const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? '';

/** The status of a path without following links; undefined if nothing exists. */
export function stat(path: string, fs: FileSystem): nodeFs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A regular file has no children.
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * The steps of a path inside a repository. An unsafe path is an internal error here, because it was rejected earlier.
 */
export function safeSteps(path: string): string[] {
  const why = whyUnsafePath(path);
  if (why) throw new Error(`The path ${JSON.stringify(path)} must not be written: ${why}.`);
  return path.split('/');
}

/** Creates missing folders. Each is recorded at once, so that a later failure can remove all of them. */
export function makeParents(dir: string, fs: FileSystem, undo: (() => void)[]): void {
  const missing: string[] = [];
  for (let place = dir; !stat(place, fs); place = dirname(place)) missing.unshift(place);
  for (const place of missing) {
    fs.mkdirSync(place);
    undo.push(() => fs.rmdirSync(place));
  }
}

/** Runs one step of an undo or a clean-up. Its failure must not stop the other steps. */
export function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The folder holds other files, or the disk refuses this too.
  }
}

const SAID: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exceeded',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'a path is too long for this system',
  EEXIST: 'a file appeared there meanwhile',
  ENOTEMPTY: 'a folder appeared there meanwhile',
  EISDIR: 'a folder appeared there meanwhile',
  ENOENT: 'it, or a folder above it, vanished meanwhile',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'the links in its path form a loop',
  EBUSY: 'another program uses it',
};

/** Why the disk refused, as a clause; undefined for any other error. */
export const whyRefused = (error: unknown): string | undefined => SAID[codeOf(error)];

/** The user can fix the state of the disk. Any other error is an internal error and keeps its stack. */
export function diskError(error: unknown, target: string): unknown {
  const why = whyRefused(error);
  return why ? new UserError('E-TARGET', [{ file: target, message: `it could not be written: ${why}.` }]) : error;
}
