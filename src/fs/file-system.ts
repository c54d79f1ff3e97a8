import type * as nodeFs from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import { whyUnsafePath } from '../core/paths.ts';

/** The part of node:fs that is used; tests hand over a file system in memory, or one that fails. */
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

/** What stands at a place, links not followed; undefined where nothing does. */
export function stat(path: string, fs: FileSystem): nodeFs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Below a file there is nothing.
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The steps of a path inside a repository. A path that must not be written is a bug here: it was refused before. */
export function safeSteps(path: string): string[] {
  const why = whyUnsafePath(path);
  if (why) throw new Error(`The path ${JSON.stringify(path)} must not be written: ${why}.`);
  return path.split('/');
}

/** Makes the folders that are missing; each is noted at once, so that a failure at the next leaves none. */
export function makeParents(dir: string, fs: FileSystem, undo: (() => void)[]): void {
  const missing: string[] = [];
  for (let place = dir; !stat(place, fs); place = dirname(place)) missing.unshift(place);
  for (const place of missing) {
    fs.mkdirSync(place);
    undo.push(() => fs.rmdirSync(place));
  }
}

/** One step back, or of tidying up; what the disk refuses must not keep the others from being done. */
export function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // A folder holds something that is not ours, or the disk refuses this too.
  }
}

const SAID: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'a path is too long for this system',
  EEXIST: 'a file appeared there meanwhile',
  ENOTEMPTY: 'a folder appeared there meanwhile',
  EISDIR: 'a folder appeared there meanwhile',
  ENOENT: 'it, or a folder above it, vanished meanwhile',
  ENOTDIR: 'a step of the path is no folder',
  ELOOP: 'links in its path go round in a circle',
  EBUSY: 'another program holds it',
};

/** Why the disk refused, as a clause; undefined for an error that is no state of the disk. */
export const whyRefused = (error: unknown): string | undefined => SAID[codeOf(error)];

/** A state of the disk is the user's to mend; anything else is a bug and keeps its stack. */
export function diskError(error: unknown, target: string): unknown {
  const why = whyRefused(error);
  return why ? new UserError('E-TARGET', [{ file: target, message: `it could not be written: ${why}.` }]) : error;
}
