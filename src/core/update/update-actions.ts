import type { LockEntry } from '../lock.ts';
import type { Row } from './decision-table.ts';
import { combine, type Generated, likeMine } from './merge-file.ts';
import { parkingPath, whyGone } from './provenance.ts';
import type { DiskFile } from './types.ts';
import { entryOf, isFile, isObstacle, putBeside, type Work } from './update-builder.ts';

/** What a row works on. `home`: the path that the file has, or is to have. */
export type Case = {
  readonly home: string;
  readonly entry?: LockEntry;
  readonly next?: Generated;
  readonly file?: DiskFile;
};

type Act = (work: Work, x: Case) => void;

const COMMAND = 'create-mlops-stack update';

/** What is generated now is the base of the next run; where nothing is, the entry stays as it is. */
function record(work: Work, { entry, next }: Case, more: Partial<LockEntry> = {}): void {
  const recorded = next ? entryOf(next) : entry!;
  work.entries.push({ ...recorded, ...more });
}

const write = (work: Work, x: Case): void =>
  work.put(x.home, { content: x.next!.content, executable: x.next!.intent.executable });

/** Yours stays at home, the generated one goes beside it. */
function conflictBeside(work: Work, x: Case, reason: string): void {
  const place = putBeside(work, x.home, x.next!, x.entry ? [x.entry.sha256] : []);
  work.act('conflict', x.home, reason, place);
  const found = work.read(x.home);
  work.conflicts.push({
    path: x.home,
    style: 'side',
    yours: isFile(found) ? found.content : new Uint8Array(),
    generated: x.next!.content,
  });
  record(work, x);
}

/** An edited file and a new version, at `home`; `from` is where the edited one stood. */
export function place(work: Work, x: Case, mine: DiskFile, from: string, moved: 'unpark' | undefined): void {
  const { entry, next, home } = x as Required<Case>;
  const done = combine({
    entry,
    mine,
    next,
    base: work.input.base,
    style: work.input.conflict,
    slots: work.input.slots,
  });
  const there = moved === 'unpark' ? 'its source is back' : `it is ${home} now`;
  work.put(home, done.file);
  if (from !== home) work.put(from, undefined);
  work.reports.push(...done.reports);
  record(work, x);
  if (from !== home)
    work.act(
      moved ?? (done.kind === 'merge' ? 'merge' : 'write'),
      from,
      done.conflict ? there : `${there}; ${done.reason}`,
      home,
    );
  else if (!done.conflict) work.act(done.kind, home, done.reason);
  if (!done.conflict) return;
  const beside = done.conflict.style === 'side' ? putBeside(work, home, next, [entry.sha256]) : undefined;
  work.act('conflict', home, done.reason, beside);
  work.conflicts.push({ path: home, ...done.conflict, yours: mine.content, generated: next.content });
}

/** Moves an edited file to where nothing loads it. */
export function park(work: Work, entry: LockEntry, file: DiskFile, why: string): string | undefined {
  for (let n = 1; ; n++) {
    const to = parkingPath(entry.source, entry.path, n);
    const there = work.read(to);
    if (isObstacle(there)) {
      work.refuse(
        'obstacle',
        entry.path,
        `${entry.path} is to be moved to ${to}, and ${there.at} is ${there.obstacle}.`,
      );
      return undefined;
    }
    if (there && Buffer.compare(there.content, file.content) !== 0) continue;
    work.put(to, { content: file.content, executable: file.executable ?? entry.executable ?? false });
    work.put(entry.path, undefined);
    work.act('park', entry.path, why, to);
    return to;
  }
}

/** What each row of the table does. */
export const ROWS: Readonly<Record<Row, Act>> = {
  nothing: (work, x) => record(work, x),

  'write-new': (work, x) => {
    write(work, x);
    work.act('write', x.home, 'new');
    record(work, x);
  },

  adopt: (work, x) => {
    const executable = (x.file!.executable ?? x.next!.intent.executable) || x.next!.intent.executable;
    work.put(x.home, { content: x.file!.content, executable });
    work.act('adopt', x.home, 'the same file is there');
    record(work, x);
  },

  'unknown-stays': (work, x) =>
    conflictBeside(
      work,
      x,
      x.entry?.state === 'deleted'
        ? 'you had deleted it, and another file of yours is there now; yours stays'
        : 'a file of yours is there and stays',
    ),

  'write-over': (work, x) => {
    const { intent, hash } = x.next!;
    const changed = hash !== x.entry!.sha256;
    work.put(x.home, {
      content: changed ? likeMine(x.file!, x.next!) : x.file!.content,
      executable: intent.executable,
    });
    work.act('write', x.home, changed ? 'a new version' : 'whether it can be executed has changed');
    record(work, x);
  },

  keep: (work, x) => {
    work.act('keep', x.home, 'you edited it, and what is generated has not changed');
    record(work, x);
  },

  'keep-obstacle': (work, x) => {
    const there = work.read(x.home);
    work.act(
      'keep',
      x.home,
      `${isObstacle(there) ? `${there.at} is ${there.obstacle}` : 'something else stands there'}; it is left alone`,
    );
    record(work, x);
  },

  combine: (work, x) => place(work, x, x.file!, x.home, undefined),

  delete: (work, x) => {
    work.put(x.home, undefined);
    work.act('delete', x.home, whyGone(x.entry!.source, work.input.next));
  },

  park: (work, x) => {
    const kept = park(work, x.entry!, x.file!, `${whyGone(x.entry!.source, work.input.next)}, and you had edited it`);
    record(work, x, kept === undefined ? {} : { state: 'kept', kept });
  },

  'becomes-deleted': (work, x) => {
    const restore = x.next ? `; ${COMMAND} --restore ${x.home} brings it back` : '';
    work.act('skip', x.home, `you deleted it, and it stays deleted${restore}`);
    record(work, x, { state: 'deleted' });
  },

  'stays-deleted': (work, x) => {
    if (x.next!.hash !== x.entry!.sha256)
      work.act(
        'skip',
        x.home,
        `you deleted it, and it stays deleted though there is a new version; ${COMMAND} --restore ${x.home} brings it back`,
      );
    record(work, x, { state: 'deleted' });
  },

  restore: (work, x) => {
    write(work, x);
    work.act('restore', x.home, 'you asked for it back');
    record(work, x);
  },

  unpark: (work, x) => place(work, x, x.file!, keptAt(x.entry!), 'unpark'),

  'home-taken': (work, x) =>
    conflictBeside(work, x, `another file took its place and stays; your edited one stays at ${keptAt(x.entry!)}`),

  'adopt-beside-kept': (work, x) => {
    work.act('adopt', x.home, `the same file is there; your edited one stays at ${keptAt(x.entry!)}`);
    record(work, x);
  },

  'write-lost': (work, x) => {
    write(work, x);
    work.act('write', x.home, `your edited version is not at ${keptAt(x.entry!)} any more, so it is generated anew`);
    record(work, x);
  },

  'conflict-open': (work, x) => {
    work.open.push(x.home);
    work.act('conflict', x.home, `a conflict of an earlier update is not resolved: ${whatIsOpen(work, x.home)}`);
    record(work, x);
  },

  'refuse-open': (work, x) => {
    work.refuse(
      'conflict-open',
      x.home,
      `${x.home} would change, and a conflict of an earlier update is not resolved: ${whatIsOpen(work, x.home)}.`,
    );
    work.entries.push(x.entry!);
  },

  'refuse-obstacle': (work, x) => {
    const found = [x.home, ...(x.entry?.state === 'kept' ? [keptAt(x.entry)] : [])].map(work.read).find(isObstacle);
    work.refuse(
      'obstacle',
      x.home,
      `${x.home} would ${x.next ? 'be written' : 'go'}, and ${found?.at ?? x.home} is ${found?.obstacle ?? 'no file'}. Links are never followed. Put a file there, take it away, or name the path under unmanaged.`,
    );
    if (x.entry) work.entries.push(x.entry);
  },
};

/** Where a kept file stands. A lock that does not say so means the usual place. */
export const keptAt = (entry: LockEntry): string => entry.kept ?? parkingPath(entry.source, entry.path);

const whatIsOpen = (work: Work, path: string): string =>
  work.read(`${path}.generated`) === undefined
    ? 'its markers still stand in the file'
    : `${path}.generated is still there; take over what you want and delete it`;
