import { isBinary, type LockEntry, normalise } from '../lock.ts';
import type { Situation } from './decision-table.ts';
import { differsInLayoutOnly } from './layout.ts';
import { type Generated, hashOf } from './merge-file.ts';
import { differsInPinsOnly } from './raised-pins.ts';
import type { BaseStore, DiskFile } from './types.ts';

/** The record of a file, the file that is generated now, and how the two compare. */
type Recorded = {
  readonly entry: LockEntry;
  readonly next: Generated | undefined;
  readonly coming: Situation['next'];
};

/**
 * Whether the user did not edit a file. A file that only a formatter changed counts as unedited. For a file that
 * leaves with its tool, changed versions of pins do not count either.
 */
export function isUnedited(file: DiskFile, { entry, next, coming }: Recorded, store: BaseStore): boolean {
  const was = entry.executable ?? false;
  if ((file.executable ?? was) !== was) return false;
  // Most files equal the generated content, and a byte comparison is faster than a hash.
  const hash = next && Buffer.compare(file.content, next.content) === 0 ? next.hash : hashOf(file.content);
  if (hash === entry.sha256) return true;
  if (isBinary(file.content)) return false;
  const base = next && coming === 'same' ? next.content : store.read(entry.sha256);
  if (!base) return false;
  return (
    isOnlyLayout(entry.path, base, file.content) ||
    (!next && entry.owner !== 'starter' && differsInPinsOnly(entry.path, textOf(base), textOf(file.content)))
  );
}

/** Whether two versions of a text file differ only as a formatter changes it. */
export const isOnlyLayout = (path: string, a: Uint8Array, b: Uint8Array): boolean =>
  !isBinary(a) && !isBinary(b) && differsInLayoutOnly(path, textOf(a), textOf(b));

/** A text as its format is read: with LF line ends. */
const textOf = (content: Uint8Array): string => Buffer.from(normalise(content)).toString('utf8');
