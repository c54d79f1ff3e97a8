import { isBinary, type LockEntry, normalise, sha256 } from '../lock.ts';
import type { FileIntent } from '../plan.ts';
import type { SlotEntries } from '../slots.ts';
import { withLaterDate } from './later-date.ts';
import { type Merged, mergeText } from './merge.ts';
import { settleSlots, settleTuned } from './merge-lists.ts';
import { mergeTuned } from './merge-yaml.ts';
import { mergeWithPins } from './raised-pins.ts';
import { inLayoutOf } from './relayout.ts';
import { readText, writeText } from './text.ts';
import type { BaseStore, ConflictStyle, DiskFile } from './types.ts';

/** The reason for which an edited starter file is kept. */
export const NEW_STARTER = 'there is a new version of this starter file, and yours is kept';

/** The file that is generated now at one path, with its hash. */
export type Generated = { readonly intent: FileIntent; readonly content: Uint8Array; readonly hash: string };

export const hashOf = (content: Uint8Array): string => sha256(normalise(content));

/** The result of merging an edited file with a new version. */
export type Combined = {
  readonly kind: 'keep' | 'write' | 'merge' | 'conflict';
  readonly file: DiskFile & { readonly executable: boolean };
  readonly reason: string;
  readonly reports: readonly string[];
  /** The file has the generated layout again, because a formatter had changed the same lines as the generator. */
  readonly isRelaid?: boolean;
  /** The texts of a conflict. With `side`, the generated text is written next to the file. */
  readonly conflict?: { readonly style: ConflictStyle; readonly base?: Uint8Array };
};

type Sides = {
  readonly entry: LockEntry;
  readonly mine: DiskFile;
  readonly next: Generated;
  readonly base: BaseStore;
  readonly style: ConflictStyle;
  readonly slots: SlotEntries | undefined;
  /** Keys of a tuned file whose value stays, also if you did not change it. */
  readonly stays: readonly string[];
};

/** The executable bit is one value: the side that changed it wins. */
function combineExecutable(entry: LockEntry, mine: DiskFile, next: FileIntent): boolean {
  const was = entry.executable ?? false;
  const now = mine.executable ?? was;
  return now === was ? next.executable : now;
}

/** Merges your file, the base and the newly generated file by the rule of the file's owner. */
export function mergeFile(sides: Sides): Combined {
  const { entry, mine, next } = sides;
  const executable = combineExecutable(entry, mine, next.intent);
  const result = (
    kind: Combined['kind'],
    content: Uint8Array,
    reason: string,
    more: Partial<Combined> = {},
  ): Combined => ({ kind, file: { content, executable }, reason, reports: [], ...more });
  const mode = executable === (mine.executable ?? executable) ? 'keep' : 'write';
  const hash = hashOf(mine.content);
  if (hash === next.hash) return result(mode, mine.content, 'your file already equals the generated one');
  if (next.hash === entry.sha256)
    return result(
      mode,
      mine.content,
      mode === 'keep' ? 'you edited it, and the generated file did not change' : 'its executable bit changed',
    );
  if (hash === entry.sha256) {
    const same = readText(mine.content);
    const merged =
      sides.stays.length > 0 ? mergeTuned(same.text, same.text, readText(next.content).text, sides.stays) : undefined;
    if (merged)
      return result('write', writeText(merged.text, same), 'a new version', {
        reports: merged.reports.map((report) => `${next.intent.path}: ${report}`),
      });
    return result('write', likeMine(mine, next), 'a new version');
  }
  if (next.intent.owner === 'starter') return result('keep', mine.content, NEW_STARTER);
  if (isBinary(mine.content) || isBinary(next.content))
    return result('conflict', mine.content, 'it is a binary file that both you and the generator changed', {
      conflict: { style: 'side' },
    });
  const base = sides.base.read(entry.sha256);
  if (!base || isBinary(base))
    return result('conflict', mine.content, 'you edited it, and its generated version is no longer recorded', {
      conflict: { style: 'side' },
    });
  return combineTexts(sides, base, result);
}

function combineTexts(
  { entry, mine, next, style, slots, stays }: Sides,
  base: Uint8Array,
  result: (kind: Combined['kind'], content: Uint8Array, reason: string, more?: Partial<Combined>) => Combined,
): Combined {
  const yours = readText(mine.content);
  const [was, ours, generated] = withLaterDate([readText(base).text, yours.text, readText(next.content).text]);
  const merge = (text: string): Merged => mergeOwned(next.intent, was, text, generated, slots, stays);
  const attempt = (combine: typeof merge): Merged & { readonly left?: readonly string[] } =>
    (next.intent.owner === 'tuned' ? undefined : mergeWithPins(was, ours, combine)) ?? combine(ours);
  const plain = attempt(merge);
  const other = plain.conflicts > 0 ? attempt((text) => merge(inLayoutOf(entry.path, was, text))) : plain;
  const isRelaid = other.conflicts < plain.conflicts;
  const merged = isRelaid ? other : plain;
  const left = (merged.left ?? []).map((name) => `${name} is removed, with the version that you changed`);
  const reports = [...merged.reports, ...left].map((report) => `${next.intent.path}: ${report}`);
  if (merged.conflicts > 0) {
    const places = merged.conflicts > 1 ? ` in ${merged.conflicts} places` : '';
    const reason = `you and the generator changed the same lines${places}`;
    const content = style === 'markers' ? writeText(merged.text, yours) : mine.content;
    return result('conflict', content, reason, { conflict: { style, base }, isRelaid });
  }
  if (merged.text === yours.text)
    return result('keep', mine.content, 'you edited it, and your file already has the new content', {
      reports,
    });
  const how =
    merged.settled > 0
      ? 'the new version is merged with your edits, entry by entry'
      : 'the new version is merged with your edits';
  return result('merge', writeText(merged.text, yours), how, { reports, isRelaid });
}

function mergeOwned(
  intent: FileIntent,
  base: string,
  yours: string,
  generated: string,
  slots: SlotEntries | undefined,
  stays: readonly string[],
): Merged {
  if (intent.owner !== 'tuned') return mergeText(base, yours, generated, settleSlots(intent, slots));
  return (
    (/\.ya?ml$/.test(intent.path) ? mergeTuned(base, yours, generated, stays) : undefined) ??
    mergeText(base, yours, generated, settleTuned(intent.path))
  );
}

/** The generated content with the line ends of the file on disk. */
export function likeMine(mine: DiskFile, next: Generated): Uint8Array {
  if (isBinary(next.content) || isBinary(mine.content)) return next.content;
  const like = readText(mine.content);
  return like.eol === '\n' && !like.mixed
    ? next.content
    : writeText(readText(next.content).text, { ...like, bom: false });
}
