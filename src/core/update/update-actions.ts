import type { LockEntry } from '../lock.ts';
import { entryOf } from '../lock.ts';
import { staying } from '../migrations.ts';
import type { Row } from './decision-table.ts';
import { isOnlyLayout } from './edits.ts';
import { mergeText } from './merge.ts';
import { type Generated, hashOf, likeMine, mergeFile } from './merge-file.ts';
import { parkingPath, whyGone } from './provenance.ts';
import { readText, writeText } from './text.ts';
import type { DiskFile } from './types.ts';
import { isFile, isObstacle } from './types.ts';
import { putBeside, type UpdateBuilder } from './update-builder.ts';

/** The input of a row. `home`: the current or future path of the file. */
export type Case = {
  readonly home: string;
  readonly entry?: LockEntry;
  readonly next?: Generated;
  readonly file?: DiskFile;
  /** The change was applied by other means before. */
  readonly isApplied?: boolean;
};

/**
 * The new version of a file that your formatter changed, with your layout in the lines that the new version does not
 * change. Undefined if no formatter is configured for the file, or if the result would differ in more than layout.
 */
function inYourLayout({ input }: UpdateBuilder, { home, entry, file, next }: Case): Uint8Array | undefined {
  const base = input.isFormatted?.(home) ? input.base.read(entry!.sha256) : undefined;
  if (!base) return undefined;
  const yours = readText(file!.content);
  const { text } = mergeText(readText(base).text, yours.text, readText(next!.content).text, ({ generated }) => ({
    lines: generated,
  }));
  const content = writeText(text, yours);
  return isOnlyLayout(home, content, next!.content) ? content : undefined;
}

type Act = (builder: UpdateBuilder, x: Case) => void;

const COMMAND = 'create-mlops-stack update';

/** The newly generated file is the base of the next run. Without one, the entry stays unchanged. */
function record(builder: UpdateBuilder, { entry, next }: Case, more: Partial<LockEntry> = {}): void {
  const recorded = next ? entryOf(next) : entry!;
  builder.entries.push({ ...recorded, ...more });
}

/** Keys that a migration keeps in a file. */
const stayingIn = (builder: UpdateBuilder, { intent }: Generated): readonly string[] =>
  intent.owner === 'tuned' ? staying(builder.input.lock.generator, intent.path) : [];

const write = (builder: UpdateBuilder, x: Case): void =>
  builder.put(x.home, { content: x.next!.content, executable: x.next!.intent.executable });

/** Keeps your file and writes the generated one next to it. */
function conflictBeside(builder: UpdateBuilder, x: Case, reason: string): void {
  const place = putBeside(builder, x.home, x.next!, x.entry ? [x.entry.sha256] : []);
  builder.act('conflict', x.home, reason, place);
  const found = builder.read(x.home);
  builder.conflicts.push({
    path: x.home,
    style: 'side',
    yours: isFile(found) ? found.content : new Uint8Array(),
    generated: x.next!.content,
  });
  record(builder, x);
}

/** Merges an edited file with a new version at `home`. `from` is the path of the edited file. */
export function place(
  builder: UpdateBuilder,
  x: Case,
  mine: DiskFile,
  from: string,
  moved: 'unpark' | undefined,
): void {
  const { entry, next, home } = x as Required<Case>;
  const done = mergeFile({
    entry,
    mine,
    next,
    base: builder.input.base,
    style: builder.input.conflict,
    slots: builder.input.slots,
    stays: stayingIn(builder, next),
  });
  const there = moved === 'unpark' ? 'its source returned' : `it moved to ${home}`;
  builder.put(home, done.file);
  if (from !== home) builder.put(from, undefined);
  builder.reports.push(...done.reports);
  if (done.isRelaid) builder.relaid.push(home);
  record(builder, x);
  if (from !== home)
    builder.act(
      moved ?? (done.kind === 'merge' ? 'merge' : 'write'),
      from,
      done.conflict ? there : `${there}; ${done.reason}`,
      home,
    );
  else if (!done.conflict) builder.act(done.kind, home, done.reason);
  if (!done.conflict) return;
  const beside = done.conflict.style === 'side' ? putBeside(builder, home, next, [entry.sha256]) : undefined;
  builder.act('conflict', home, done.reason, beside);
  builder.conflicts.push({ path: home, ...done.conflict, yours: mine.content, generated: next.content });
}

/** Moves an edited file to a path where nothing loads it. */
export function park(builder: UpdateBuilder, entry: LockEntry, file: DiskFile, why: string): string | undefined {
  for (let n = 1; ; n++) {
    const to = parkingPath(entry.source, entry.path, n);
    const there = builder.read(to);
    if (isObstacle(there)) {
      builder.refuse('obstacle', entry.path, `${entry.path} must move to ${to}, but ${there.at} is ${there.obstacle}.`);
      return undefined;
    }
    if (there && Buffer.compare(there.content, file.content) !== 0) continue;
    builder.put(to, { content: file.content, executable: file.executable ?? entry.executable ?? false });
    builder.put(entry.path, undefined);
    builder.act('park', entry.path, why, to);
    return to;
  }
}

/** The effect of each row of the table. */
export const ROWS: Readonly<Record<Row, Act>> = {
  nothing: (builder, x) => record(builder, x),

  'write-new': (builder, x) => {
    write(builder, x);
    builder.act('write', x.home, 'new');
    record(builder, x);
  },

  adopt: (builder, x) => {
    const executable = (x.file!.executable ?? x.next!.intent.executable) || x.next!.intent.executable;
    builder.put(x.home, { content: x.file!.content, executable });
    builder.act('adopt', x.home, 'the same file exists');
    record(builder, x);
  },

  'unknown-stays': (builder, x) =>
    conflictBeside(
      builder,
      x,
      x.entry?.state === 'deleted'
        ? 'you deleted it, and another file of yours exists now; it is kept'
        : 'you have a file there, which is kept',
    ),

  'write-over': (builder, x) => {
    const { intent, hash } = x.next!;
    if (stayingIn(builder, x.next!).length > 0) return place(builder, x, x.file!, x.home, undefined);
    const changed = hash !== x.entry!.sha256;
    const isFormatted = changed && hashOf(x.file!.content) !== x.entry!.sha256;
    const mixed = isFormatted ? inYourLayout(builder, x) : undefined;
    if (isFormatted) (mixed ? builder.mixed : builder.relaid).push(x.home);
    builder.put(x.home, {
      content: changed ? (mixed ?? likeMine(x.file!, x.next!)) : x.file!.content,
      executable: intent.executable,
    });
    builder.act('write', x.home, changed ? 'a new version' : 'its executable bit changed');
    record(builder, x);
  },

  keep: (builder, x) => {
    builder.act('keep', x.home, 'you edited it, and the generated file did not change');
    record(builder, x);
  },

  'keep-obstacle': (builder, x) => {
    const there = builder.read(x.home);
    builder.act(
      'keep',
      x.home,
      `${isObstacle(there) ? `${there.at} is ${there.obstacle}` : 'it is not a file'}; it is not changed`,
    );
    record(builder, x);
  },

  combine: (builder, x) => place(builder, x, x.file!, x.home, undefined),

  delete: (builder, x) => {
    const isSame = hashOf(x.file!.content) === x.entry!.sha256;
    const why = isSame ? '' : ', and you changed only its layout or versions of pins';
    builder.put(x.home, undefined);
    builder.act('delete', x.home, `${whyGone(x.entry!.source, builder.input.next)}${why}`);
  },

  park: (builder, x) => {
    const kept = park(builder, x.entry!, x.file!, `${whyGone(x.entry!.source, builder.input.next)}, and you edited it`);
    record(builder, x, kept === undefined ? {} : { state: 'kept', kept });
  },

  'becomes-deleted': (builder, x) => {
    const restore = x.next ? `; ${COMMAND} --restore ${x.home} restores it` : '';
    builder.act('skip', x.home, `you deleted it, and it stays deleted${restore}`);
    record(builder, x, { state: 'deleted' });
  },

  'becomes-kept': (builder, x) => {
    const kept = parkingPath(x.entry!.source, x.home);
    builder.act('skip', x.home, `${whyGone(x.entry!.source, builder.input.next)}, and your edited file is ${kept}`);
    record(builder, x, { state: 'kept', kept });
  },

  // Without an entry, the file is generated again when its source returns.
  forget: () => {},

  'stays-deleted': (builder, x) => {
    if (x.next!.hash !== x.entry!.sha256)
      builder.act(
        'skip',
        x.home,
        'you deleted it, and it stays deleted although there is a new version; ' +
          `${COMMAND} --restore ${x.home} restores it`,
      );
    record(builder, x, { state: 'deleted' });
  },

  restore: (builder, x) => {
    write(builder, x);
    builder.act('restore', x.home, 'requested with --restore');
    record(builder, x);
  },

  unpark: (builder, x) => place(builder, x, x.file!, keptAt(x.entry!), 'unpark'),

  'home-taken': (builder, x) =>
    conflictBeside(builder, x, `another file has its path and is kept; your edited file stays at ${keptAt(x.entry!)}`),

  'adopt-beside-kept': (builder, x) => {
    builder.act('adopt', x.home, `the same file exists; your edited file stays at ${keptAt(x.entry!)}`);
    record(builder, x);
  },

  'write-lost': (builder, x) => {
    write(builder, x);
    builder.act('write', x.home, `your edited file is no longer at ${keptAt(x.entry!)}, so it is generated again`);
    record(builder, x);
  },

  'conflict-open': (builder, x) => {
    builder.open.push(x.home);
    const beside = `${x.home}.generated`;
    const to = isFile(builder.read(beside)) ? beside : undefined;
    builder.act(
      'conflict',
      x.home,
      `a conflict of an earlier update is not resolved: ${whatIsOpen(builder, x.home)}`,
      to,
    );
    record(builder, x);
  },

  'refuse-open': (builder, x) => {
    builder.refuse(
      'conflict-open',
      x.home,
      `${x.home} would change, and a conflict of an earlier update is not resolved: ${whatIsOpen(builder, x.home)}.`,
    );
    builder.entries.push(x.entry!);
  },

  'refuse-obstacle': (builder, x) => {
    const found = [x.home, ...(x.entry?.state === 'kept' ? [keptAt(x.entry)] : [])].map(builder.read).find(isObstacle);
    const why = `${found?.at ?? x.home} is ${found?.obstacle ?? 'not a file'}`;
    builder.refuse(
      'obstacle',
      x.home,
      `${x.home} would be ${x.next ? 'written' : 'deleted'}, but ${why}. Links are never followed. ` +
        'Replace it with a file, remove it, or list the path under unmanaged.',
    );
    if (x.entry) builder.entries.push(x.entry);
  },
};

/** The path of a kept file. A lock without one means the default path. */
export const keptAt = (entry: LockEntry): string => entry.kept ?? parkingPath(entry.source, entry.path);

const whatIsOpen = (builder: UpdateBuilder, path: string): string =>
  builder.read(`${path}.generated`) === undefined
    ? 'its markers are still in the file'
    : `${path}.generated still exists; copy what you need from it and delete it`;
