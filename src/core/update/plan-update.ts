import { entryOf, isBinary, type LockEntry, normalise, sha256 } from '../lock.ts';
import { decide, type Here, type Situation } from './decision-table.ts';
import { isOnlyLayout, isUnedited } from './edits.ts';
import { type Generated, hashOf } from './merge-file.ts';
import { parkingPath, whyGone } from './provenance.ts';
import { hasMarkers, readText } from './text.ts';
import type { DiskFile, Obstacle, Outcome, UpdateInput } from './types.ts';
import { isFile, isObstacle } from './types.ts';
import { unmanagedMatcher } from './unmanaged.ts';
import { type Case, keptAt, park, place, ROWS } from './update-actions.ts';
import { createUpdateBuilder, type UpdateBuilder } from './update-builder.ts';

/**
 * Lock + disk + newly generated files -> everything that an update does. Pure: it reads only through `disk` and `base`
 * and writes nothing. If `refused` is not empty, nothing of the outcome must be written.
 */
export function planUpdate(input: UpdateInput): Outcome {
  const builder = createUpdateBuilder(input);
  const objects = new Map<string, Uint8Array>();
  const generated = new Map<string, Generated>();
  for (const { intent, content } of input.next.values()) {
    const text = normalise(content);
    const hash = sha256(text);
    objects.set(hash, text);
    generated.set(intent.sourceId, { intent, content, hash });
  }
  const isUnmanaged = unmanagedMatcher(input.unmanaged);
  const { going, staying, moving, moved, away } = sortEntries(input, generated);
  const left = new Map(generated);

  for (const { entry } of moved) {
    builder.act(
      'skip',
      entry.path,
      `you moved it to ${input.moves!.get(entry.path)}; update --follow-moves updates it there`,
    );
    builder.entries.push(entry);
  }
  for (const entry of away) {
    const why = whyGone(entry.source, input.next);
    builder.act('skip', entry.path, `${why}; you moved it to ${input.moves!.get(entry.path)}, which is your file now`);
  }
  const isApplied = wasApplied(builder, { going, staying, moving, generated });
  for (const entry of going) run(builder, isUnmanaged, { home: entry.path, entry, isApplied });
  const moves = moving.map(({ entry, next }) => ({ entry, next, finish: leave(builder, isUnmanaged, entry, next) }));
  for (const { entry, next } of staying) run(builder, isUnmanaged, { home: next.intent.path, entry, next });
  for (const { finish } of moves) finish();
  for (const { next } of [...staying, ...moving, ...moved]) left.delete(next.intent.sourceId);
  for (const next of left.values()) run(builder, isUnmanaged, { home: next.intent.path, next });
  verifyRestore(builder, generated);
  // The base of a kept file can come from the other branch of a merge, and the next update needs it.
  for (const { sha256: hash } of builder.entries) {
    const content = objects.has(hash) ? undefined : input.base.read(hash);
    if (content) objects.set(hash, content);
  }
  return {
    ...builder.result(),
    entries: builder.entries,
    objects,
    conflicts: builder.conflicts,
    open: builder.open.sort(),
    reports: [...builder.reports, ...relaidReport(builder)],
    relaid: builder.relaid.sort(),
    mixed: builder.mixed.sort(),
  };
}

/** The generator does not run your formatter, so new lines have its own layout. */
const relaidReport = ({ relaid, mixed }: UpdateBuilder): readonly string[] =>
  (
    [
      ['These files have the generated layout', relaid],
      ['The lines that changed in these files have the generated layout', mixed],
    ] as const
  )
    .filter(([, paths]) => paths.length > 0)
    .map(([what, paths]) => `Run your formatter again. ${what}: ${[...paths].sort().join(', ')}`);

type Pair = { readonly entry: LockEntry; readonly next: Generated };

/**
 * Whether the change was applied by other means, as by a patch of `diff` or by a merge: no file that leaves is there,
 * and files that arrive or change are. Otherwise, the user deleted the missing files.
 */
function wasApplied(
  builder: UpdateBuilder,
  {
    going,
    staying,
    moving,
    generated,
  }: Omit<ReturnType<typeof sortEntries>, 'moved' | 'away'> & {
    readonly generated: ReadonlyMap<string, Generated>;
  },
): boolean {
  const isThere = (entry: LockEntry): boolean => {
    const found = entry.state === 'managed' ? builder.read(entry.path) : undefined;
    return found !== undefined && !isOfAnother(builder, entry.path, found, entry);
  };
  if (going.some(isThere)) return false;
  const pairs = [...staying, ...moving];
  const known = new Set(pairs.map(({ next }) => next.intent.sourceId));
  const arriving = [
    ...pairs.filter(({ entry, next }) => entry.state === 'managed' && !isRecorded(next, entry)).map(({ next }) => next),
    ...[...generated.values()].filter(({ intent }) => !known.has(intent.sourceId)),
  ];
  return (
    arriving.length === 0 ||
    arriving.some(({ intent, hash, content }) => {
      const found = builder.read(intent.path);
      return isFile(found) && (hashOf(found.content) === hash || isOnlyLayout(intent.path, found.content, content));
    })
  );
}

/**
 * Entries whose source is gone, exists, or exists at another path. Entries without a source are decided first. `moved`
 * and `away` are those of files that the user moved and that the update does not follow, with and without a source.
 */
function sortEntries(
  { lock, moved: replaced, moves, follow, next: rendered }: UpdateInput,
  generated: ReadonlyMap<string, Generated>,
): { going: LockEntry[]; staying: Pair[]; moving: Pair[]; moved: Pair[]; away: LockEntry[] } {
  const going: LockEntry[] = [];
  const away: LockEntry[] = [];
  const moved: Pair[] = [];
  const pairs = new Map<string, Pair[]>();
  for (const recorded of lock.entries) {
    const place = recorded.state === 'managed' ? moves?.get(recorded.path) : undefined;
    const found = generated.get(recorded.source) ?? generated.get(replaced?.get(recorded.source) ?? recorded.source);
    if (found && place !== undefined && !follow) {
      moved.push({ entry: recorded, next: found });
      continue;
    }
    // A new file that is like one that leaves is not the old one.
    const isMoved = place !== undefined && (found !== undefined || !rendered.has(place));
    if (!found && isMoved && !follow) {
      away.push(recorded);
      continue;
    }
    const entry: LockEntry = isMoved ? { ...recorded, path: place, followed: true } : recorded;
    // A file that the user moved is generated where it is.
    const next =
      found && entry.followed
        ? { ...found, intent: { ...found.intent, path: entry.path, followed: true as const } }
        : found;
    if (!next) going.push(entry);
    else pairs.set(next.intent.sourceId, [...(pairs.get(next.intent.sourceId) ?? []), { entry, next }]);
  }
  const staying: Pair[] = [];
  const moving: Pair[] = [];
  for (const list of pairs.values()) {
    const best = list.find(({ entry, next }) => entry.path === next.intent.path) ?? list[0]!;
    // A kept or deleted entry has no file at its old path, so only its path changes.
    (best.entry.path === best.next.intent.path || best.entry.state !== 'managed' ? staying : moving).push(best);
    going.push(...list.filter((pair) => pair !== best).map(({ entry }) => entry));
  }
  return { going, staying, moving, moved, away };
}

function run(builder: UpdateBuilder, isUnmanaged: (path: string) => boolean, x: Case): void {
  if (isUnmanaged(x.home) || builder.input.unresolved?.includes(x.home)) {
    if (x.entry) builder.entries.push(x.entry);
    return;
  }
  const { situation, file } = situationOf(builder, x);
  ROWS[decide(situation)](builder, { ...x, ...(file && { file }) });
}

function comingOf(next: Generated | undefined, entry: LockEntry | undefined): Situation['next'] {
  if (!next) return 'gone';
  return entry && isRecorded(next, entry) ? 'same' : 'changed';
}

function parkedOf(found: DiskFile | Obstacle | undefined): Situation['parked'] {
  if (!found) return 'missing';
  return isObstacle(found) ? 'obstacle' : 'there';
}

/** The situation of an entry or a new file, and the file that its row uses. */
function situationOf(
  builder: UpdateBuilder,
  { home, entry, next, isApplied = false }: Case,
): { situation: Situation; file?: DiskFile } {
  const coming = comingOf(next, entry);
  const restore = builder.input.restore.includes(home);
  if (entry && !next && entry.state !== 'managed')
    return { situation: { entry: entry.state, here: 'absent', next: 'gone' } };
  const found = builder.read(home);
  if (entry?.state === 'kept') {
    const parked = builder.read(keptAt(entry));
    const situation: Situation = {
      entry: 'kept',
      here: hereOf(found, next),
      next: coming,
      parked: parkedOf(parked),
    };
    const file = situation.here === 'absent' && isFile(parked) ? parked : found;
    return { situation, file: isFile(file) ? file : undefined };
  }
  if (entry?.state !== 'managed')
    return {
      situation: { entry: entry?.state ?? 'none', here: hereOf(found, next), next: coming, restore },
      file: isFile(found) ? found : undefined,
    };
  const isTaken = coming === 'gone' && found !== undefined && isOfAnother(builder, home, found, entry);
  if (coming === 'gone' && (!found || isTaken)) {
    const parked = parkedOf(builder.read(parkingPath(entry.source, home)));
    const situation = { entry: 'managed', here: 'absent', next: 'gone', parked, restore } as const;
    return { situation: { ...situation, isApplied: isApplied || isTaken } };
  }
  if (!isFile(found))
    return { situation: { entry: 'managed', here: found ? 'obstacle' : 'absent', next: coming, restore } };
  if (isUnedited(found, { entry, next, coming }, builder.input.base))
    return { situation: { entry: 'managed', here: 'base', next: coming }, file: found };
  return {
    situation: { entry: 'managed', here: 'edited', next: coming, open: isOpen(builder, home, found) },
    file: found,
  };
}

function hereOf(found: ReturnType<UpdateBuilder['read']>, next: Generated | undefined): Here {
  if (!found) return 'absent';
  if (isObstacle(found)) return 'obstacle';
  if (!next) return 'other';
  return hashOf(found.content) === next.hash || isOnlyLayout(next.intent.path, found.content, next.content)
    ? 'same'
    : 'other';
}

const isRecorded = ({ intent, hash }: Generated, entry: LockEntry): boolean =>
  hash === entry.sha256 && intent.executable === (entry.executable ?? false);

/** Whether the file is the one that another source generates at its path now, and not that of the entry. */
function isOfAnother({ input }: UpdateBuilder, home: string, found: DiskFile | Obstacle, entry: LockEntry): boolean {
  const other = input.next.get(home);
  if (!isFile(found) || !other || other.intent.sourceId === entry.source) return false;
  const hash = hashOf(found.content);
  return hash !== entry.sha256 && hash === hashOf(other.content);
}

const isOpen = (builder: UpdateBuilder, path: string, file: DiskFile): boolean =>
  (!isBinary(file.content) && hasMarkers(readText(file.content).text)) || isFile(builder.read(`${path}.generated`));

/**
 * A file whose path changed (its template or the project was renamed). It leaves its old path before other files
 * arrive. The returned function moves it to the new path.
 */
function leave(
  builder: UpdateBuilder,
  isUnmanaged: (path: string) => boolean,
  entry: LockEntry,
  next: Generated,
): () => void {
  const home = next.intent.path;
  if (isUnmanaged(entry.path) || isUnmanaged(home)) return () => void builder.entries.push(entry);
  if (!builder.read(entry.path)) return () => arriveWithout(builder, isUnmanaged, entry, next);
  const { situation, file } = situationOf(builder, { home: entry.path, entry });
  const row = decide(situation);
  if (row !== 'delete' && row !== 'park') {
    // Refused: nothing is written.
    ROWS[row](builder, { home: entry.path, entry });
    return () => {};
  }
  builder.put(entry.path, undefined);
  return () => {
    const there = builder.read(home);
    if (isObstacle(there)) ROWS['refuse-obstacle'](builder, { home, entry, next });
    else if (!there) place(builder, { home, entry, next }, file!, entry.path, undefined);
    else arriveAtTaken(builder, { entry, next }, row === 'park' ? file! : undefined, there);
  };
}

/** The old path has no file: the user deleted it, or moved it already, for example with a patch of `diff`. */
function arriveWithout(
  builder: UpdateBuilder,
  isUnmanaged: (path: string) => boolean,
  entry: LockEntry,
  next: Generated,
): void {
  const home = next.intent.path;
  if (isFile(builder.read(home))) {
    run(builder, isUnmanaged, { home, entry: { ...entry, path: home }, next });
    return;
  }
  builder.act('skip', entry.path, 'you deleted it, and it stays deleted');
  builder.entries.push({ ...entryOf(next), state: 'deleted' });
}

/** A file of the user has the new path: it stays, and an edited file that should move there is parked. */
function arriveAtTaken(
  builder: UpdateBuilder,
  { entry, next }: Pair,
  edited: DiskFile | undefined,
  there: DiskFile,
): void {
  const home = next.intent.path;
  if (edited) park(builder, entry, edited, `it moved to ${home}, where you have another file`);
  else builder.act('delete', entry.path, `it moved to ${home}`);
  if (hashOf(there.content) === next.hash) ROWS.adopt(builder, { home, next, file: there });
  else ROWS['unknown-stays'](builder, { home, next, file: there });
}

/** Verifies that every path of --restore can be restored. */
function verifyRestore(builder: UpdateBuilder, generated: ReadonlyMap<string, Generated>): void {
  if (builder.input.restore.length === 0) return;
  const paths = new Map([...generated.values()].map((next) => [next.intent.path, next]));
  const states = new Map(builder.input.lock.entries.map((entry) => [entry.path, entry]));
  const { actions } = builder.result();
  for (const path of builder.input.restore) {
    if (actions.some((action) => action.path === path && action.action === 'restore')) continue;
    const next = paths.get(path);
    const entry = states.get(path);
    let why = 'no generated file has that path';
    if (next) why = 'it exists, or was never deleted';
    else if (entry) why = `${whyGone(entry.source, builder.input.next)}, so there is nothing to restore`;
    builder.refuse('restore', path, `${path} cannot be restored: ${why}.`);
  }
}
