import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { UserError } from '../../core/errors.ts';
import { readGiven } from '../../core/input.ts';
import { isBinary, type Lock, type LockEntry, STATE_DIR } from '../../core/lock.ts';
import { readLock } from '../../core/read-lock.ts';
import { renderPlan } from '../../core/render.ts';
import { isOnlyLayout } from '../../core/update/edits.ts';
import { differsInLayoutOnly } from '../../core/update/layout.ts';
import { type Merged, mergeText } from '../../core/update/merge.ts';
import { hashOf } from '../../core/update/merge-file.ts';
import { type LockSides, mergeLocks, type Side } from '../../core/update/merge-locks.ts';
import { mergeTuned } from '../../core/update/merge-yaml.ts';
import { mergeWithPins } from '../../core/update/raised-pins.ts';
import { withRendering } from '../../core/update/result.ts';
import { conflictLine, linesOf, readText, writeText } from '../../core/update/text.ts';
import type { BaseStore, DiskFile } from '../../core/update/types.ts';
import { isFile } from '../../core/update/types.ts';
import { openDisk } from '../../fs/update/disk.ts';
import { fileOfCommit, isMissing, otherCommit, type Stages, unmergedFiles } from '../../fs/update/merge-stages.ts';
import { contentOfObject, openStore, STORE } from '../../fs/update/store.ts';
import type { CommandContext } from '../context.ts';
import { LOCK_FILE, type Repository, readBytes, readTargetState, verifyRepository } from './repository.ts';

/** What the branches of an unfinished merge contribute to an update. */
export type Merge = {
  /**
   * Generated files with conflict markers: this branch's version with the edits of the other branch. Undefined for a
   * file that the user deleted in one branch and that the other branch did not edit.
   */
  readonly resolved: ReadonlyMap<string, Uint8Array | undefined>;
  /** Files with conflicts that only the user can resolve. */
  readonly left: readonly string[];
  /** Base objects that one branch removed. */
  readonly base: BaseStore;
};

/**
 * The repository during a merge of two branches that updated differently. Lock and config are those of both branches
 * together, and the edits of both branches in generated files become edits of one file. Nothing is written. Throws
 * E-MERGE if both branches changed one choice, and E-LOCK if a lock cannot be read.
 */
export async function openMerge(context: CommandContext): Promise<Repository> {
  const dir = context.terminal.cwd;
  verifyRepository(dir);
  const files = await unmergedFiles(dir);
  const raw = readBytes(join(dir, LOCK_FILE));
  if (files.size === 0 && !(raw && sidesOf(raw.toString('utf8'))))
    throw new UserError('E-MERGE', [{ file: dir, message: 'git has no unmerged file here.' }]);
  const other = await otherCommit(dir);
  if (other && (await isMissing(dir, other.base)))
    throw new UserError(
      'E-MERGE',
      [{ file: dir, message: 'this clone is shallow, and the commit from which both branches start is missing.' }],
      'Load the history, then merge again: git fetch --unshallow',
    );
  const locks = lockSides(files.get(LOCK_FILE) ?? (await committed(dir, other, LOCK_FILE)), raw, context.version);
  const stages = files.get(CONFIG_FILE);
  const config = stages && mergeConfigs(stages, context);
  const { target } = readTargetState(context, { dir, raw, lock: locks.ours, ...(config !== undefined && { config }) });
  const disk = openDisk(dir, nodeFs);
  const found = (path: string): DiskFile | undefined => {
    const file = disk.read(path);
    return isFile(file) ? file : undefined;
  };
  const { lock, sides } = mergeLocks(
    locks,
    (path) => {
      const file = files.has(path) ? undefined : found(path);
      return file && hashOf(file.content);
    },
    (path) => found(path) !== undefined,
    renderPlan(target.prepared.plan),
  );
  const base = await baseOf(dir, locks, other?.name, context);
  const resolved = new Map<string, Uint8Array | undefined>();
  const left: string[] = [];
  for (const path of new Set([...files.keys(), ...sides.keys()])) {
    const file = found(path);
    if (path === CONFIG_FILE || path.startsWith(`${STATE_DIR}/`) || !file) continue;
    const deletion = deletionOf(path, files.get(path), locks, base);
    if (deletion) {
      if (deletion === 'unedited') resolved.set(path, undefined);
      else left.push(path);
      continue;
    }
    if (isBinary(file.content)) continue;
    const isUnmerged = files.has(path) && conflictLine(readText(file.content).text) !== undefined;
    if (files.has(path) && !isUnmerged) continue;
    const versions = files.get(path) ?? (await committed(dir, other, path)) ?? {};
    const content = combine(path, versions, file.content, locks, sides.get(path) ?? 'ours', base);
    if (content) resolved.set(path, content);
    else if (isUnmerged) left.push(path);
  }
  return {
    dir,
    raw,
    lock,
    merge: { resolved, left: left.sort(), base },
    ...(config !== undefined && { config }),
  };
}

/** A file that git merged without a conflict, in the commits that were merged. */
async function committed(
  dir: string,
  other: Awaited<ReturnType<typeof otherCommit>>,
  path: string,
): Promise<Stages | undefined> {
  if (!other) return undefined;
  const [base, ours, theirs] = await Promise.all(
    [other.base, 'HEAD', other.name].map((commit) => fileOfCommit(dir, commit, path)),
  );
  return ours && theirs ? { base, ours, theirs } : undefined;
}

function lockSides(stages: Stages | undefined, raw: Buffer | undefined, version: string): LockSides {
  // Without stages, the markers of a lock were committed.
  const sides = stages ? undefined : raw && sidesOf(raw.toString('utf8'))?.map((text) => Buffer.from(text));
  const [ours, theirs] = stages ? [stages.ours, stages.theirs] : (sides ?? [raw, raw]);
  const known = ours ?? theirs;
  if (!known) throw new UserError('E-LOCK', [{ file: LOCK_FILE, message: 'no branch has a lock.' }]);
  const read = (content: Uint8Array): Lock => readLock(Buffer.from(content).toString('utf8'), version);
  return { base: stages?.base && read(stages.base), ours: read(ours ?? known), theirs: read(theirs ?? known) };
}

/** Both sides of a lock with conflict markers; undefined if it has none or only a part of them. */
function sidesOf(text: string): [ours: string, theirs: string] | undefined {
  const sides: Record<'ours' | 'base' | 'theirs', string[]> = { ours: [], base: [], theirs: [] };
  let at: keyof typeof sides | undefined;
  let count = 0;
  for (const line of linesOf(text)) {
    if (/^<{7} /.test(line)) at = 'ours';
    else if (/^\|{7} /.test(line)) at = 'base';
    else if (at && /^={7}\r?\n$/.test(line)) at = 'theirs';
    else if (/^>{7} /.test(line)) {
      if (at !== 'theirs') return undefined;
      at = undefined;
      count++;
    } else for (const side of at ? [at] : (['ours', 'theirs'] as const)) sides[side].push(line);
  }
  if (at || count === 0) return undefined;
  // A merge can leave two last entries, or a comma after the last one.
  const entries = (lines: readonly string[]): string =>
    lines
      .map((line, index) => {
        const isEntry = (each: string | undefined): boolean => /^ {4}\{"path":/.test(each ?? '');
        return isEntry(line) ? line.replace(/,?\r?\n$/, isEntry(lines[index + 1]) ? ',\n' : '\n') : line;
      })
      .join('');
  return [entries(sides.ours), entries(sides.theirs)];
}

/** The base objects of both branches. A merge removes those that one of them removed. */
async function baseOf(
  dir: string,
  { ours, theirs }: LockSides,
  other: string | undefined,
  { catalogue }: CommandContext,
): Promise<BaseStore> {
  const store = openStore(dir, nodeFs);
  const more = new Map<string, Uint8Array>();
  for (const { sha256: hash } of [...ours.entries, ...theirs.entries]) {
    if (store.has(hash) || more.has(hash)) continue;
    for (const commit of ['HEAD', ...(other === undefined ? [] : [other])]) {
      const stored = await fileOfCommit(dir, commit, `${STORE}/${hash}`);
      const content = stored && contentOfObject(stored, hash);
      if (content) more.set(hash, content);
    }
  }
  const own: BaseStore = { read: (hash) => store.read(hash) ?? more.get(hash) };
  return withRendering(withRendering(own, ours, catalogue), theirs, catalogue);
}

/**
 * Whether the user deleted a generated file in one branch, and what the other branch did with it. Git calls that a
 * conflict if the other branch generated the file again, and only the user can decide about a file that it edited.
 */
function deletionOf(
  path: string,
  stages: Stages | undefined,
  locks: LockSides,
  base: BaseStore,
): 'unedited' | 'edited' | undefined {
  if (!stages || !stages.ours === !stages.theirs) return undefined;
  const entryOf = (side: Side): LockEntry | undefined => locks[side].entries.find((each) => each.path === path);
  const [deleted, entry] = stages.ours ? [entryOf('theirs'), entryOf('ours')] : [entryOf('ours'), entryOf('theirs')];
  // A file that left with its tool has no entry.
  if (!deleted || entry?.state !== 'managed') return undefined;
  const content = stages.ours ?? stages.theirs!;
  if (hashOf(content) === entry.sha256) return 'unedited';
  const was = base.read(entry.sha256);
  return was && isOnlyLayout(path, was, content) ? 'unedited' : 'edited';
}

/**
 * One branch's version of a generated file (`side`) with the edits of the other branch. Undefined if the file is not
 * generated, if the edits overlap, or if the user has begun to resolve it.
 */
function combine(
  path: string,
  stages: Stages,
  there: Uint8Array,
  locks: LockSides,
  side: Side,
  base: BaseStore,
): Uint8Array | undefined {
  const otherSide = side === 'ours' ? 'theirs' : 'ours';
  const entryOf = (of: Side): LockEntry | undefined =>
    locks[of].entries.find((each) => each.path === path && each.state === 'managed');
  const entry = entryOf(otherSide);
  const was = entry && base.read(entry.sha256);
  if (!stages.ours || !stages.theirs || !was) return undefined;
  const [mine, other, from] = [readText(stages[side]!), readText(stages[otherSide]!), readText(was)];
  const known = new Set([...linesOf(mine.text), ...linesOf(other.text), ...linesOf(from.text)]);
  const isUntouched = linesOf(readText(there).text).every(
    (line) => known.has(line) || /^([<|>]{7} |={7}\n$)/.test(line),
  );
  if (!isUntouched) return undefined;
  // A branch that only formatted the file did not edit it.
  if (differsInLayoutOnly(path, from.text, other.text)) return stages[side];
  const recorded = base.read(entryOf(side)?.sha256 ?? '');
  const own = recorded && readText(recorded).text;
  const mineText = own !== undefined && differsInLayoutOnly(path, own, mine.text) ? own : mine.text;
  const merged = entry.owner === 'tuned' ? mergeTuned(from.text, other.text, mineText) : undefined;
  const merge = (edited: string): Merged => mergeText(from.text, edited, mineText);
  const { text, conflicts } = merged ?? mergeWithPins(from.text, other.text, merge) ?? merge(other.text);
  return conflicts === 0 ? writeText(text, mine) : undefined;
}

/** The config with the choices that either branch changed. */
function mergeConfigs({ base, ours, theirs }: Stages, { args, catalogue }: CommandContext): string {
  const text = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString('utf8');
  if (!ours || !theirs) return text(ours ?? theirs);
  const values = (content: string): Readonly<Record<string, unknown>> =>
    readGiven({ path: CONFIG_FILE, text: content }, [], catalogue.choices).values;
  const [was, mine, other] = [values(text(base)), values(text(ours)), values(text(theirs))];
  const isGiven = (key: string): boolean => args.flags.some((flag) => flag.key === key);
  const both = Object.keys(other).filter(
    (key) =>
      !isDeepStrictEqual(mine[key], other[key]) &&
      !isDeepStrictEqual(was[key], mine[key]) &&
      !isDeepStrictEqual(was[key], other[key]) &&
      !isGiven(key),
  );
  if (both.length > 0)
    throw new UserError(
      'E-MERGE',
      both.map((key) => ({
        file: CONFIG_FILE,
        key,
        message: `this branch has ${key}: ${JSON.stringify(mine[key])}, the other one ${JSON.stringify(other[key])}.`,
      })),
      `Choose a value for each: create-mlops-stack update --resolve ${both.map((key) => `--set ${key}=…`).join(' ')}`,
    );
  const wanted = (key: string): unknown => (isDeepStrictEqual(was[key], other[key]) ? mine[key] : other[key]);
  const merged = mergeTuned(text(base), text(ours), text(theirs))?.text;
  const found = merged === undefined ? {} : values(merged);
  const keys = Object.keys({ ...mine, ...other }).filter((key) => !isGiven(key));
  if (merged === undefined || !keys.every((key) => isDeepStrictEqual(found[key], wanted(key))))
    throw new UserError('E-MERGE', [
      {
        file: CONFIG_FILE,
        message: 'the two versions cannot be merged: resolve its conflict markers, then git add it.',
      },
    ]);
  return merged;
}
