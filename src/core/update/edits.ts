import { isBinary, type LockEntry } from '../lock.ts';
import type { Situation } from './decision-table.ts';
import { differsInLayoutOnly } from './layout.ts';
import { differsInPinsOnly } from './leaving-pins.ts';
import { type Generated, hashOf } from './merge-file.ts';
import { readText } from './text.ts';
import type { BaseStore, DiskFile } from './types.ts';

/** The record of a file, the file that is generated now, and how the two compare. */
type Recorded = {
  readonly entry: LockEntry;
  readonly next: Generated | undefined;
  readonly coming: Situation['next'];
};

/**
 * Whether the user did not edit a file. A file that an update would replace or remove also counts as unedited if only a
 * formatter changed it, or if it leaves with its tool and only versions of pins were changed.
 */
export function isUnedited(file: DiskFile, { entry, next, coming }: Recorded, store: BaseStore): boolean {
  const was = entry.executable ?? false;
  if ((file.executable ?? was) !== was) return false;
  // Most files equal the generated content, and a byte comparison is faster than a hash.
  const hash = next && Buffer.compare(file.content, next.content) === 0 ? next.hash : hashOf(file.content);
  if (hash === entry.sha256) return true;
  const base = coming === 'same' || isBinary(file.content) ? undefined : store.read(entry.sha256);
  if (!base) return false;
  return (
    differsInLayoutOnly(entry.path, textOf(base), textOf(file.content)) ||
    (!next && entry.owner !== 'starter' && differsInPinsOnly(readText(base).text, readText(file.content).text))
  );
}

const textOf = (content: Uint8Array): string => Buffer.from(content).toString('utf8');
