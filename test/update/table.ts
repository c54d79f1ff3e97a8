import { expect } from 'vitest';
import type { LockEntry } from '../../src/core/lock.ts';
import type { DiskFile, Obstacle, Outcome, UpdateInput } from '../../src/core/update/types.ts';
import {
  type Content,
  carryOut,
  type Engine,
  entry,
  type Files,
  inputOf,
  type Made,
  type Standing,
  show,
  worldOf,
} from './support.ts';

/**
 * The decision table of an update. A row describes the disk before and after. It runs for each kind of file and both
 * line endings, and a second run must change nothing.
 */

/** A kind of file: two generated versions, an edited version, and the result of a merge of the two. */
type Kind = {
  readonly path: string;
  readonly source: string;
  readonly owner?: Made['owner'];
  readonly v1: Content;
  readonly v2: Content;
  readonly mine: Standing;
  /** `beside`: your file is kept, and the generated file is written next to it. */
  readonly both: { readonly action: string; readonly file: Standing; readonly beside?: true };
};

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');
export const KINDS: Readonly<Record<string, Kind>> = {
  text: {
    path: 'src/a.py',
    source: 'tracker/old/files/a.py',
    v1: lines('one', 'two', 'three'),
    v2: lines('one', 'two', 'new three'),
    mine: lines('my one', 'two', 'three'),
    both: { action: 'merge', file: lines('my one', 'two', 'new three') },
  },
  binary: {
    path: 'logo.png',
    source: 'tracker/old/files/logo.png',
    v1: Buffer.from([0, 1]),
    v2: Buffer.from([0, 2, 13, 10]),
    mine: Buffer.from([0, 3]),
    both: { action: 'conflict', file: Buffer.from([0, 3]), beside: true },
  },
  'executable bit': {
    path: 'run.sh',
    source: 'tracker/old/files/run.sh',
    v1: lines('one'),
    v2: lines('new'),
    mine: { content: lines('one'), executable: true },
    both: { action: 'write', file: { content: lines('new'), executable: true } },
  },
  'slot file': {
    path: '.gitignore',
    source: 'slot:gitignore',
    v1: lines('a/', 'd/'),
    v2: lines('a/', 'c/', 'd/'),
    mine: lines('a/', 'b/', 'd/'),
    both: { action: 'merge', file: lines('a/', 'b/', 'c/', 'd/') },
  },
  tuned: {
    path: 'params/x.yaml',
    source: 'tracker/old/files/params/x.yaml',
    owner: 'tuned',
    v1: lines('a: 1', 'b: 2'),
    v2: lines('a: 10', 'b: 20', 'c: 30'),
    mine: lines('a: 5', 'b: 2'),
    both: { action: 'merge', file: lines('a: 5', 'b: 20', 'c: 30') },
  },
  starter: {
    path: 'src/model.py',
    source: 'tracker/old/files/model.py',
    owner: 'starter',
    v1: lines('one'),
    v2: lines('new'),
    mine: lines('mine'),
    both: { action: 'keep', file: lines('mine') },
  },
};

export const ENDS = ['LF', 'CRLF'] as const;
/** A checkout with CRLF: texts on disk have CRLF, generated texts have LF. */
const checkedOut = (file: Standing, ends: (typeof ENDS)[number]): Standing => {
  if (ends === 'LF' || file instanceof Uint8Array) return file;
  if (typeof file === 'string') return file.replaceAll('\n', '\r\n');
  return 'content' in file ? { ...file, content: checkedOut(file.content, ends) as Content } : file;
};

type Scene = {
  /** The entries of the lock. */
  readonly entries: readonly LockEntry[];
  /** Generated versions that the base store holds. */
  readonly was: readonly Made[];
  readonly before: Files;
  readonly now: readonly Made[];
  readonly more?: Partial<UpdateInput>;
};
type Told = {
  readonly after: Files;
  /** `action path`, or `action path -> to`. */
  readonly actions: readonly string[];
  /** `state path` */
  readonly states: readonly string[];
  readonly conflicts?: readonly string[];
  readonly open?: readonly string[];
  /** Kinds of refusals. If there are any, the other fields are not compared. */
  readonly refused?: readonly string[];
  readonly reason?: RegExp;
};
export type Row = {
  readonly row: string;
  readonly scene: (x: Parts) => Scene;
  readonly told: (x: Parts) => Told;
  readonly only?: readonly string[];
};
type Parts = ReturnType<typeof partsOf>;

function partsOf(name: string, ends: (typeof ENDS)[number]) {
  const kind = KINDS[name]!;
  const { path, source, owner } = kind;
  const made = (content: Content): Made => ({ path, source, content, ...(owner && { owner }) });
  const there = (file: Standing): Standing => checkedOut(file, ends);
  const folder = source.startsWith('slot:') ? 'slot-gitignore' : 'tracker-old';
  return {
    ...kind,
    there,
    name,
    v1: made(kind.v1),
    v2: made(kind.v2),
    /** The first, the second and the edited version as they are on disk. */
    disk1: there(kind.v1),
    disk2: there(kind.v2),
    mine: there(kind.mine),
    both: { ...kind.both, file: there(kind.both.file) },
    other: there(lines('something', 'else')),
    kept: `kept/${folder}/${path}`,
    beside: `${path}.generated`,
  };
}

const kept = (x: Parts, at: Made): LockEntry => entry(at, { state: 'kept', kept: x.kept });
const deleted = (at: Made): LockEntry => entry(at, { state: 'deleted' });
/** The result of the two versions for an edited file, and the expected report. */
function combined(x: Parts, from = x.path, action = x.both.action): Told {
  const inPlace = x.both.beside ? [] : [`${x.both.action} ${x.path}`];
  return {
    after: { [x.path]: x.both.file, ...(x.both.beside && { [x.beside]: x.v2.content }) },
    actions: [
      ...(from === x.path ? inPlace : [`${action} ${from} -> ${x.path}`]),
      ...(x.both.beside ? [`conflict ${x.path} -> ${x.beside}`] : []),
    ],
    states: [`managed ${x.path}`],
    ...(x.both.beside && { conflicts: [x.path] }),
  };
}
const another = (x: Parts, content: Content): Made => ({ path: x.path, source: 'tracker/new/files/a', content });
const LINK = { obstacle: 'a symbolic link' } as const;
const MARKED = lines('<<<<<<< yours', 'my three', '||||||| base', 'three', '=======', 'new three', '>>>>>>> generated');

export const ROWS: readonly Row[] = [
  {
    row: 'writes a file that is new',
    scene: (x) => ({ entries: [], was: [], before: {}, now: [x.v1] }),
    told: (x) => ({ after: { [x.path]: x.v1.content }, actions: [`write ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'adopts an unrecorded file that equals the generated one',
    scene: (x) => ({ entries: [], was: [], before: { [x.path]: x.disk1 }, now: [x.v1] }),
    told: (x) => ({ after: { [x.path]: x.disk1 }, actions: [`adopt ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'keeps an unrecorded file and writes the generated one beside it',
    scene: (x) => ({ entries: [], was: [], before: { [x.path]: x.other }, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: x.other, [x.beside]: x.v1.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
      reason: /which is kept|it is kept/,
    }),
  },
  {
    row: 'does nothing to an unedited file without a new version',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.disk1 }, now: [x.v1] }),
    told: (x) => ({ after: { [x.path]: x.disk1 }, actions: [], states: [`managed ${x.path}`] }),
  },
  {
    row: 'writes the new version of an unedited file',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.disk1 }, now: [x.v2] }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`write ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'keeps an edited file without a new version',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.mine }, now: [x.v1] }),
    told: (x) => ({ after: { [x.path]: x.mine }, actions: [`keep ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'keeps a file that was edited to the new version',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.disk2 }, now: [x.v2] }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`keep ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'merges an edited file with the new version by the rule of its owner',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.mine }, now: [x.v2] }),
    told: (x) => combined(x),
  },
  {
    row: 'keeps an edited file whose base is lost and writes the new version beside it',
    only: ['text', 'slot file', 'tuned'],
    scene: (x) => ({ entries: [entry(x.v1)], was: [], before: { [x.path]: x.mine }, now: [x.v2] }),
    told: (x) => ({
      after: { [x.path]: x.mine, [x.beside]: x.v2.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
      reason: /no longer recorded/,
    }),
  },
  {
    row: 'writes the new version of an unedited file whose base is lost',
    scene: (x) => ({ entries: [entry(x.v1)], was: [], before: { [x.path]: x.disk1 }, now: [x.v2] }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`write ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'writes conflict markers if both sides changed the same lines',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.there(lines('one', 'two', 'my three')) },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { [x.path]: x.there(lines('one', 'two') + MARKED) },
      actions: [`conflict ${x.path}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
    }),
  },
  {
    row: 'keeps the edited file with --conflict=side and writes the new version beside it',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.there(lines('one', 'two', 'my three')) },
      now: [x.v2],
      more: { conflict: 'side' },
    }),
    told: (x) => ({
      after: { [x.path]: x.there(lines('one', 'two', 'my three')), [x.beside]: x.v2.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
    }),
  },
  {
    row: 'lists a file that still has conflict markers and writes nothing',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v2)],
      was: [x.v2],
      before: { [x.path]: x.there(lines('one', 'two') + MARKED) },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { [x.path]: x.there(lines('one', 'two') + MARKED) },
      actions: [`conflict ${x.path}`],
      states: [`managed ${x.path}`],
      open: [x.path],
    }),
  },
  {
    row: 'refuses a new version of a file that still has conflict markers',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.there(lines('one', 'two') + MARKED) },
      now: [x.v2],
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['conflict-open'] }),
  },
  {
    row: 'refuses to remove the module of a file that still has conflict markers',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.there(lines('one', 'two') + MARKED) },
      now: [],
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['conflict-open'] }),
  },
  {
    row: 'updates other files while one file still has conflict markers',
    only: ['text'],
    scene: (x) => ({
      entries: [entry(x.v1), entry({ ...x.v1, path: 'b', source: 's/t/b' })],
      was: [x.v1],
      before: { [x.path]: x.there(lines('one', 'two') + MARKED), b: x.disk1 },
      now: [x.v1, { ...x.v2, path: 'b', source: 's/t/b' }],
    }),
    told: (x) => ({
      after: { [x.path]: x.there(lines('one', 'two') + MARKED), b: x.disk2 },
      actions: ['write b', `conflict ${x.path}`],
      states: ['managed b', `managed ${x.path}`],
      open: [x.path],
    }),
  },
  {
    row: 'merges a new version after the conflict markers are resolved',
    only: ['text'],
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.mine }, now: [x.v2] }),
    told: (x) => combined(x),
  },
  {
    row: 'lists a conflict whose generated file is still beside it',
    scene: (x) => ({
      entries: [entry(x.v2)],
      was: [x.v2],
      before: { [x.path]: x.mine, [x.beside]: x.v2.content },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { [x.path]: x.mine, [x.beside]: x.v2.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      open: [x.path],
    }),
  },
  {
    row: 'refuses a new version while the generated file of a conflict is still beside it',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine, [x.beside]: x.v1.content },
      now: [x.v2],
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['conflict-open'] }),
  },
  {
    row: 'refuses to write a generated file over a file of the user',
    scene: (x) => ({
      entries: [],
      was: [],
      before: { [x.path]: x.other, [x.beside]: x.there(lines('notes')) },
      now: [x.v1],
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['conflict-open'] }),
  },
  {
    row: 'deletes an unedited file and its entry if its source is gone',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.disk1 }, now: [] }),
    told: (x) => ({
      after: {},
      actions: [`delete ${x.path}`],
      states: [],
      reason: x.name === 'slot file' ? /no module contributes to it/ : /old is no longer chosen \(tracker\)/,
    }),
  },
  {
    row: 'parks an edited file if its source is gone',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.mine }, now: [] }),
    told: (x) => ({
      after: { [x.kept]: x.mine },
      actions: [`park ${x.path} -> ${x.kept}`],
      states: [`kept ${x.path}`],
      reason: /you edited it/,
    }),
  },
  {
    row: 'parks an edited file under another name if its place below kept/ is taken',
    only: ['text', 'binary'],
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: x.mine, [x.kept]: x.other }, now: [] }),
    told: (x) => ({
      after: { [x.kept.replace('-old', '-old-2')]: x.mine, [x.kept]: x.other },
      actions: [`park ${x.path} -> ${x.kept.replace('-old', '-old-2')}`],
      states: [`kept ${x.path}`],
    }),
  },
  {
    row: 'parks an edited file and writes the new one if another source takes its path',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine },
      now: [another(x, x.v2.content)],
    }),
    told: (x) => ({
      after: { [x.kept]: x.mine, [x.path]: x.v2.content },
      actions: [`park ${x.path} -> ${x.kept}`, `write ${x.path}`],
      states: [`kept ${x.path}`, `managed ${x.path}`],
    }),
  },
  {
    row: 'replaces an unedited file if another source takes its path',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.disk1 },
      now: [another(x, x.v2.content)],
    }),
    told: (x) => ({
      after: { [x.path]: x.v2.content },
      actions: [`delete ${x.path}`, `write ${x.path}`],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'restores a parked file if its source returns to a path that another source had',
    scene: (x) => ({
      entries: [kept(x, x.v1), entry(another(x, lines('theirs')))],
      was: [x.v1, another(x, lines('theirs'))],
      before: { [x.kept]: x.mine, [x.path]: x.there(lines('theirs')) },
      now: [x.v1],
    }),
    told: (x) => ({
      after: { [x.path]: x.mine },
      actions: [`unpark ${x.kept} -> ${x.path}`, `delete ${x.path}`],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'moves an unedited file that was renamed',
    scene: (x) => ({
      entries: [entry({ ...x.v1, path: 'old/place' })],
      was: [x.v1],
      before: { 'old/place': x.disk1 },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { [x.path]: x.disk2 },
      actions: [`write old/place -> ${x.path}`],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'moves an edited file that was renamed and keeps the edits',
    scene: (x) => ({
      entries: [entry({ ...x.v1, path: 'old/place' })],
      was: [x.v1],
      before: { 'old/place': x.mine },
      now: [x.v2],
    }),
    told: (x) => combined(x, 'old/place', x.both.action === 'merge' ? 'merge' : 'write'),
  },
  {
    row: 'moves a file whose template was renamed and keeps the edits',
    scene: (x) => ({
      entries: [entry({ ...x.v1, path: 'old/place', source: 'tracker/old/files/was' })],
      was: [x.v1],
      before: { 'old/place': x.mine },
      now: [x.v2],
      more: { moved: new Map([['tracker/old/files/was', x.source]]) },
    }),
    told: (x) => combined(x, 'old/place', x.both.action === 'merge' ? 'merge' : 'write'),
  },
  {
    row: 'parks an edited file that was renamed if a file of the user has the new path',
    only: ['text', 'binary', 'starter'],
    scene: (x) => ({
      entries: [entry({ ...x.v1, path: 'old/place' })],
      was: [x.v1],
      before: { 'old/place': x.mine, [x.path]: x.other },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { 'kept/tracker-old/old/place': x.mine, [x.path]: x.other, [x.beside]: x.v2.content },
      actions: [`conflict ${x.path} -> ${x.beside}`, 'park old/place -> kept/tracker-old/old/place'],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
    }),
  },
  {
    row: 'keeps a renamed file deleted',
    scene: (x) => ({ entries: [entry({ ...x.v1, path: 'old/place' })], was: [x.v1], before: {}, now: [x.v1] }),
    told: (x) => ({ after: {}, actions: ['skip old/place'], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'records that the user deleted a file and keeps it deleted',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: {}, now: [x.v1] }),
    told: (x) => ({ after: {}, actions: [`skip ${x.path}`], states: [`deleted ${x.path}`], reason: /--restore/ }),
  },
  {
    row: 'reports a new version of a deleted file and keeps it deleted',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [x.v2] }),
    told: (x) => ({
      after: {},
      actions: [`skip ${x.path}`],
      states: [`deleted ${x.path}`],
      reason: /new version.*--restore/,
    }),
  },
  {
    row: 'does nothing to a deleted file without a new version',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [x.v1] }),
    told: (x) => ({ after: {}, actions: [], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'forgets a missing file whose source is gone, so that it returns with its source',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: {}, now: [] }),
    told: () => ({ after: {}, actions: [], states: [] }),
  },
  {
    row: 'takes the file of another source at the path of one that goes, although other files that go are there',
    scene: (x) => ({
      entries: [
        entry({ ...x.v1, source: 'tracker/former/files/a' }),
        entry({ ...x.v1, path: 'b', source: 'tracker/former/files/b' }),
      ],
      was: [x.v1],
      before: { [x.path]: x.disk2, b: x.disk1 },
      now: [x.v2],
    }),
    told: (x) => ({
      after: { [x.path]: x.disk2 },
      actions: [`adopt ${x.path}`, 'delete b'],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'writes the equal file of another source at the path of one that goes',
    scene: (x) => ({
      entries: [entry({ ...x.v1, source: 'tracker/former/files/a' })],
      was: [x.v1],
      before: { [x.path]: x.disk1 },
      now: [x.v1],
    }),
    told: (x) => ({
      after: { [x.path]: x.v1.content },
      actions: [`delete ${x.path}`, `write ${x.path}`],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'remembers a deleted file whose source goes with other files',
    scene: (x) => ({
      entries: [entry(x.v1), entry({ ...x.v1, path: 'b', source: 'tracker/old/files/b' })],
      was: [x.v1],
      before: { b: x.disk1 },
      now: [],
    }),
    told: (x) => ({ after: {}, actions: [`delete b`, `skip ${x.path}`], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'remembers a deleted file while its source is gone',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [] }),
    told: (x) => ({ after: {}, actions: [], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'records an edited file that was moved to kept/ by other means',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.kept]: x.mine }, now: [] }),
    told: (x) => ({ after: { [x.kept]: x.mine }, actions: [`skip ${x.path}`], states: [`kept ${x.path}`] }),
  },
  {
    row: 'merges a renamed file that already has its new path',
    scene: (x) => ({
      entries: [entry({ ...x.v1, path: 'old/place' })],
      was: [x.v1],
      before: { [x.path]: x.disk1 },
      now: [x.v2],
    }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`write ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'keeps a deleted file deleted if its source returns',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [x.v1] }),
    told: (x) => ({ after: {}, actions: [], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'writes a deleted file again with --restore',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [x.v2], more: { restore: [x.path] } }),
    told: (x) => ({ after: { [x.path]: x.v2.content }, actions: [`restore ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'writes a file again with --restore that was deleted since the last run',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: {}, now: [x.v2], more: { restore: [x.path] } }),
    told: (x) => ({ after: { [x.path]: x.v2.content }, actions: [`restore ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'refuses --restore of a file that exists',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine },
      now: [x.v1],
      more: { restore: [x.path] },
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['restore'] }),
  },
  {
    row: 'refuses --restore of a file whose source is gone',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: {}, now: [], more: { restore: [x.path] } }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['restore'] }),
  },
  {
    row: 'adopts a deleted file that exists again with the generated content',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: { [x.path]: x.disk2 }, now: [x.v2] }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`adopt ${x.path}`], states: [`managed ${x.path}`] }),
  },
  {
    row: 'keeps another file in place of a deleted one and writes the generated one beside it',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: { [x.path]: x.other }, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: x.other, [x.beside]: x.v1.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
      reason: /deleted/,
    }),
  },
  {
    row: 'does nothing to another file in place of a deleted one whose source is gone',
    scene: (x) => ({ entries: [deleted(x.v1)], was: [x.v1], before: { [x.path]: x.other }, now: [] }),
    told: (x) => ({ after: { [x.path]: x.other }, actions: [], states: [`deleted ${x.path}`] }),
  },
  {
    row: 'moves a parked file back if its source returns',
    scene: (x) => ({ entries: [kept(x, x.v1)], was: [x.v1], before: { [x.kept]: x.mine }, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: x.mine },
      actions: [`unpark ${x.kept} -> ${x.path}`],
      states: [`managed ${x.path}`],
    }),
  },
  {
    row: 'moves a parked file back and merges it with the new version',
    scene: (x) => ({ entries: [kept(x, x.v1)], was: [x.v1], before: { [x.kept]: x.mine }, now: [x.v2] }),
    told: (x) => combined(x, x.kept, 'unpark'),
  },
  {
    row: 'does nothing to a parked file whose source is still gone',
    scene: (x) => ({ entries: [kept(x, x.v1)], was: [x.v1], before: { [x.kept]: x.mine }, now: [] }),
    told: (x) => ({ after: { [x.kept]: x.mine }, actions: [], states: [`kept ${x.path}`] }),
  },
  {
    row: 'writes and reports a file whose parked copy was deleted',
    scene: (x) => ({ entries: [kept(x, x.v1)], was: [x.v1], before: {}, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: x.v1.content },
      actions: [`write ${x.path}`],
      states: [`managed ${x.path}`],
      reason: /no longer at kept/,
    }),
  },
  {
    row: 'keeps another file at the path of a parked file whose copy was deleted',
    scene: (x) => ({ entries: [kept(x, x.v1)], was: [x.v1], before: { [x.path]: x.other }, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: x.other, [x.beside]: x.v1.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
    }),
  },
  {
    row: 'keeps both a parked file and another file at its path',
    scene: (x) => ({
      entries: [kept(x, x.v1)],
      was: [x.v1],
      before: { [x.kept]: x.mine, [x.path]: x.other },
      now: [x.v1],
    }),
    told: (x) => ({
      after: { [x.kept]: x.mine, [x.path]: x.other, [x.beside]: x.v1.content },
      actions: [`conflict ${x.path} -> ${x.beside}`],
      states: [`managed ${x.path}`],
      conflicts: [x.path],
      reason: /kept\//,
    }),
  },
  {
    row: 'adopts the generated file at the path of a parked file and keeps the parked file',
    scene: (x) => ({
      entries: [kept(x, x.v1)],
      was: [x.v1],
      before: { [x.kept]: x.mine, [x.path]: x.disk1 },
      now: [x.v1],
    }),
    told: (x) => ({
      after: { [x.kept]: x.mine, [x.path]: x.disk1 },
      actions: [`adopt ${x.path}`],
      states: [`managed ${x.path}`],
      reason: /kept\//,
    }),
  },
  {
    row: 'refuses to write a new file in place of a symbolic link',
    scene: (x) => ({ entries: [], was: [], before: { [x.path]: { ...LINK, at: x.path } }, now: [x.v1] }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['obstacle'] }),
  },
  {
    row: 'leaves a symbolic link in place of a file without a new version',
    scene: (x) => ({ entries: [entry(x.v1)], was: [x.v1], before: { [x.path]: { ...LINK, at: x.path } }, now: [x.v1] }),
    told: (x) => ({
      after: { [x.path]: { ...LINK, at: x.path } },
      actions: [`keep ${x.path}`],
      states: [`managed ${x.path}`],
      reason: /symbolic link/,
    }),
  },
  ...['a new version', 'its source gone'].map(
    (what): Row => ({
      row: `refuses to replace a symbolic link: ${what}`,
      scene: (x) => ({
        entries: [entry(x.v1)],
        was: [x.v1],
        before: { [x.path]: { ...LINK, at: x.path } },
        now: what === 'a new version' ? [x.v2] : [],
      }),
      told: () => ({ after: {}, actions: [], states: [], refused: ['obstacle'] }),
    }),
  ),
  {
    row: 'refuses to park a file below a symbolic link',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine, kept: { ...LINK, at: 'kept' } },
      now: [],
    }),
    told: () => ({ after: {}, actions: [], states: [], refused: ['obstacle'] }),
  },
  {
    row: 'neither changes nor reports an unmanaged file with a new version',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine },
      now: [x.v2],
      more: { unmanaged: ['**'] },
    }),
    told: (x) => ({ after: { [x.path]: x.mine }, actions: [], states: [`managed ${x.path}`] }),
  },
  {
    row: 'does not delete an unmanaged file whose source is gone',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.mine },
      now: [],
      more: { unmanaged: [x.path] },
    }),
    told: (x) => ({ after: { [x.path]: x.mine }, actions: [], states: [`managed ${x.path}`] }),
  },
  {
    row: 'updates a file if only another file is unmanaged',
    scene: (x) => ({
      entries: [entry(x.v1)],
      was: [x.v1],
      before: { [x.path]: x.disk1 },
      now: [x.v2],
      more: { unmanaged: ['other/**'] },
    }),
    told: (x) => ({ after: { [x.path]: x.disk2 }, actions: [`write ${x.path}`], states: [`managed ${x.path}`] }),
  },
];

const told = ({ actions, entries, conflicts, open }: Outcome) => ({
  actions: actions.map(({ action, path, to }) => `${action} ${path}${to === undefined ? '' : ` -> ${to}`}`).sort(),
  states: entries.map(({ state, path }) => `${state} ${path}`).sort(),
  conflicts: conflicts.map(({ path }) => path),
  open: [...open],
});

/** The place where a row runs: the files in it, and the result of an engine. */
export type Place = (
  before: Files,
  entries: readonly LockEntry[],
  was: readonly Made[],
) => {
  /** One update, applied unless it is refused. */
  readonly run: (engine: Engine, now: readonly Made[], more?: Partial<UpdateInput>) => Outcome | Promise<Outcome>;
  readonly files: () => ReadonlyMap<string, DiskFile | Obstacle>;
};

export const inMemory: Place = (before, entries, was) => {
  let world = worldOf(before, entries, was);
  const run = (engine: Engine, now: readonly Made[], more?: Partial<UpdateInput>): Outcome => {
    const outcome = engine(inputOf(world, now, more));
    if (outcome.refused.length === 0) world = carryOut(world, outcome);
    return outcome;
  };
  return { run, files: () => world.files };
};

export type Case = { readonly row: Row; readonly kind: string; readonly ends: (typeof ENDS)[number] };
export const sceneOf = ({ row, kind, ends }: Case): Scene => row.scene(partsOf(kind, ends));

/** Runs one row with an engine. Throws if the result differs from the row. */
export async function verify({ row, kind, ends }: Case, engine: Engine, place: Place = inMemory): Promise<void> {
  const x = partsOf(kind, ends);
  const { entries, was, before, now, more } = row.scene(x);
  const wanted = row.told(x);
  const there = place(before, entries, was);
  const outcome = await there.run(engine, now, more);
  expect(outcome.refused.map((problem) => problem.kind)).toEqual(wanted.refused ?? []);
  for (const { message, file } of outcome.refused) expect(message).toContain(file);
  if (wanted.refused) return;
  expect(told(outcome)).toEqual({
    actions: [...wanted.actions].sort(),
    states: [...wanted.states].sort(),
    conflicts: wanted.conflicts ?? [],
    open: wanted.open ?? [],
  });
  if (wanted.reason) expect(outcome.actions.map(({ reason }) => reason).join('; ')).toMatch(wanted.reason);
  for (const { reason } of outcome.actions) expect(reason).toMatch(/^[^A-Z].+[^.]$/);
  expect(show(there.files())).toEqual(show(worldOf(wanted.after, [], []).files));
  const again = await there.run(engine, now, { ...more, restore: [] });
  expect(again.changes).toEqual([]);
  expect(again.refused).toEqual([]);
  expect(told(again).states).toEqual(told(outcome).states);
  expect(again.open).toEqual([...new Set([...outcome.conflicts.map(({ path }) => path), ...outcome.open])].sort());
}

/** Every row with every applicable kind of file, and with both line endings if the kind has lines. */
export const CASES: readonly Case[] = ROWS.flatMap((row) =>
  (row.only ?? Object.keys(KINDS)).flatMap((kind) =>
    ENDS.filter((ends) => ends === 'LF' || kind !== 'binary').map((ends) => ({ row, kind, ends })),
  ),
);
