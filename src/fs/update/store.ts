import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { sha256 as hashOf, STATE_DIR } from '../../core/lock.ts';
import type { BaseStore } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import { type FileSystem, stat } from '../file-system.ts';
import { look } from './disk.ts';

export const STORE = `${STATE_DIR}/base`;
const HASH = /^[0-9a-f]{64}$/;
/** Larger than any generated file. Compressed data can claim a thousand times its size. */
const MAX_BYTES = 64 * 2 ** 20;

export type Store = BaseStore & {
  /** Whether a file of that name exists. It is verified when it is read. */
  has(sha256: string): boolean;
  /** The names of existing objects, sorted. Files with other names are not objects. */
  names(): readonly string[];
};

/** The base objects of a repository. Names are listed once; content is verified against its name. */
export function openStore(dir: string, fs: FileSystem): Store {
  let listed: Set<string> | undefined;
  const list = (): Set<string> => (listed ??= new Set(names(dir, fs)));
  return {
    has: (sha256) => list().has(sha256),
    names: () => [...list()].sort(),
    read: (sha256) => (list().has(sha256) ? readObject(dir, sha256, fs) : undefined),
  };
}

function names(dir: string, fs: FileSystem): string[] {
  // A link in place of either folder would list files from elsewhere.
  for (const path of [STATE_DIR, STORE]) if (!stat(join(dir, path), fs)?.isDirectory()) return [];
  return fs
    .readdirSync(join(dir, STORE))
    .map(String)
    .filter((name) => HASH.test(name));
}

function readObject(dir: string, sha256: string, fs: FileSystem): Uint8Array | undefined {
  const found = look(dir, `${STORE}/${sha256}`, fs);
  return !found || isObstacle(found) ? undefined : contentOfObject(found.content, sha256);
}

/** The content of a stored object; undefined if it does not match its name. */
export function contentOfObject(stored: Uint8Array, sha256: string): Uint8Array | undefined {
  try {
    const content = inflateSync(stored, { maxOutputLength: MAX_BYTES });
    return hashOf(content) === sha256 ? content : undefined;
  } catch {
    // Not compressed data, or too much of it.
    return undefined;
  }
}
