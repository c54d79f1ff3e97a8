import { type EntryState, type Lock, type LockEntry, normalise, sha256 } from '../lock.ts';
import type { Rendered } from '../render.ts';

/** The locks of an unfinished merge. The common ancestor can be unknown. */
export type LockSides = { readonly base: Lock | undefined; readonly ours: Lock; readonly theirs: Lock };
export type Side = 'ours' | 'theirs';

/**
 * The lock after a merge of two branches that updated differently, and the branch whose version of a file is its base,
 * for each file that both branches generated differently. An entry that one branch removed is removed, unless the merge
 * left the file because the other branch changed it: the update then removes the file, or keeps its edits. `hashOf`: the
 * hash of the file at a path, undefined without a file. `isThere`: whether the merge left a file. `next`: what is
 * generated now.
 */
export function mergeLocks(
  { base, ours, theirs }: LockSides,
  hashOf: (path: string) => string | undefined,
  isThere: (path: string) => boolean,
  next: Rendered,
): { readonly lock: Lock; readonly sides: ReadonlyMap<string, Side> } {
  const [before, inOurs, inTheirs] = [statesOf(base), statesOf(ours), statesOf(theirs)];
  const [mine, other] = [managed(ours), managed(theirs)];
  const sides = new Map<string, Side>();
  for (const [path, own] of mine) {
    const foreign = other.get(path);
    if (foreign && (foreign.sha256 !== own.sha256 || foreign.source !== own.source))
      sides.set(path, sideOf(own, foreign, hashOf(path), next));
  }
  const isWanted = (entry: LockEntry, side: Side): boolean => {
    if (entry.state === 'managed' && sides.has(entry.path)) return sides.get(entry.path) === side;
    const key = keyOf(entry);
    if (inOurs.has(key) && inTheirs.has(key)) {
      // One branch deleted the file: its record is right only if the merge left no file.
      const states = [inOurs.get(key)!, inTheirs.get(key)!];
      const isDeleted = states.includes('deleted') && states.includes('managed');
      return isDeleted ? (entry.state === 'managed') === isThere(entry.path) : side === 'ours';
    }
    // Without an ancestor, what one branch has was added by it.
    return !before.has(key) || (entry.state === 'managed' && isThere(entry.path));
  };
  const entries = [
    ...ours.entries.filter((entry) => isWanted(entry, 'ours')),
    ...theirs.entries.filter((entry) => isWanted(entry, 'theirs')),
  ];
  return { lock: { ...ours, entries }, sides };
}

const keyOf = ({ source, path }: LockEntry): string => `${source} ${path}`;
const statesOf = (lock: Lock | undefined): ReadonlyMap<string, EntryState> =>
  new Map(lock?.entries.map((entry) => [keyOf(entry), entry.state]));
const managed = (lock: Lock): ReadonlyMap<string, LockEntry> =>
  new Map(lock.entries.filter(({ state }) => state === 'managed').map((entry) => [entry.path, entry]));

/** The version that the file equals, then the one that is nearer to what is generated now. */
function sideOf(own: LockEntry, foreign: LockEntry, found: string | undefined, next: Rendered): Side {
  if (found === own.sha256) return 'ours';
  if (found === foreign.sha256) return 'theirs';
  const now = next.get(own.path);
  const hash = now && sha256(normalise(now.content));
  if (hash === own.sha256) return 'ours';
  if (hash === foreign.sha256) return 'theirs';
  return now?.intent.sourceId === foreign.source && foreign.source !== own.source ? 'theirs' : 'ours';
}
