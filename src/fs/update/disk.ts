import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { Disk, DiskFile, Obstacle } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import { codeOf, type FileSystem, safeSteps, stat, whyRefused } from '../file-system.ts';

/** A regular file with its status. */
export type Found = DiskFile & { readonly stats: Stats };

/**
 * The files of a repository. Every folder above a path is checked on every read, so nothing is read through a link or
 * outside `dir`. `modes: false` if the file system keeps no executable bits.
 */
export function openDisk(
  dir: string,
  fs: FileSystem,
  { modes = process.platform !== 'win32' }: { modes?: boolean } = {},
): Disk {
  return {
    read(path) {
      const found = look(dir, path, fs);
      if (found === undefined || isObstacle(found)) return found;
      return { content: found.content, executable: modes ? found.executable : undefined };
    },
  };
}

/**
 * Reads a path: a regular file, an obstacle there or above it, or nothing. Reads the content only of a regular file.
 */
export function look(dir: string, path: string, fs: FileSystem): Found | Obstacle | undefined {
  const steps = safeSteps(path);
  let place = dir;
  for (const [index, step] of steps.entries()) {
    place = join(place, step);
    const stats = ask(path, () => stat(place, fs));
    if (!stats) return undefined;
    const at = steps.slice(0, index + 1).join('/');
    const isLast = index === steps.length - 1;
    if (!isLast && !stats.isDirectory())
      return { obstacle: stats.isFile() ? 'a file in place of a folder' : kindOf(stats), at };
    if (isLast && !stats.isFile()) return { obstacle: kindOf(stats), at };
    if (isLast) return readFile(path, place, stats, fs);
  }
  throw new Error('A path has at least one step.');
}

function readFile(path: string, place: string, stats: Stats, fs: FileSystem): Found | undefined {
  try {
    return { content: fs.readFileSync(place) as Buffer, executable: (stats.mode & 0o111) !== 0, stats };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
}

function ask<T>(path: string, question: () => T): T {
  try {
    return question();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const why = whyRefused(error);
  return why
    ? new UserError(
        'E-OBSTACLE',
        [{ file: path, message: `it cannot be read: ${why}.` }],
        'Make it readable, or list it under unmanaged in mlops-stack.yaml, then update.',
      )
    : error;
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'not a regular file';
}
