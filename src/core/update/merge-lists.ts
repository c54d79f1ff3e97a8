import type { FileIntent } from '../plan.ts';
import type { SlotEntries } from '../slots.ts';
import { compareVersions } from '../versions.ts';
import type { Overlap, Settle } from './merge.ts';

/**
 * Resolves overlaps inside a list or table that a slot fills, entry by entry in whole lines. An entry is one line with
 * a key and the comments above it. Your order and layout are kept. Anything that does not consist of such entries stays
 * a conflict.
 */

/** The key of a line in one kind of list, or undefined if the line is not an entry. */
type KeyOf = (line: string) => string | undefined;

const requirement: KeyOf = (line) => {
  const found = /^\s*(["'])([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)\s*(?:[=<>!~][^;"']*)?(;[^"]*)?\1,?\s*(?:#.*)?$/.exec(
    line,
  );
  return found ? `${found[2]!.toLowerCase()}${found[3]?.replaceAll(/\s+/g, '') ?? ''}` : undefined;
};
const quoted: KeyOf = (line) => /^\s*(["'])([^"']+)\1,?\s*(?:#.*)?$/.exec(line)?.[2];
const assignment: KeyOf = (line) => /^\s*(?:export )?([A-Za-z_][\w.-]*|"[^"]+")\s*=(?!\s*[[{]\s*$)/.exec(line)?.[1];
const pair: KeyOf = (line) => /^\s*((?:[\w$./-]+|"[^"]+"|'[^']+'))\s*:\s+[^\s#|>&*].*$/.exec(line)?.[1];
const item: KeyOf = (line) => /^\s*- +([^\s{[&*].*?)\s*$/.exec(line)?.[1];
const row: KeyOf = (line) => /^\s*\|([^|]+)\|.*\|\s*$/.exec(line)?.[1]?.trim();
const plain: KeyOf = (line) => line.trim() || undefined;

/**
 * The possible forms of entries in a file, by its extension. Code has none: two assignments in a row are not a table.
 */
const KINDS: readonly { readonly end: RegExp; readonly keys: readonly KeyOf[] }[] = [
  { end: /\.toml$/, keys: [requirement, quoted, assignment] },
  { end: /\.ya?ml$/, keys: [item, pair] },
  { end: /\.md$/, keys: [row, item] },
  { end: /(^|\/)\.env[^/]*$|\.tfvars$|\.cfg$|\.ini$/, keys: [assignment] },
  { end: /(^|\/)\.[a-z]+ignore$/, keys: [plain] },
];

/** How overlaps are resolved in a file that slots fill. `slots`: those of the new stack. */
export function settleSlots(intent: FileIntent, slots: SlotEntries | undefined): Settle | undefined {
  const keys = KINDS.find(({ end }) => end.test(intent.path))?.keys;
  if (!keys) return undefined;
  if ('slot' in intent.source) return (overlap) => settleEntries(overlap, keys);
  const reads = intent.source.node.part.reads ?? [];
  const known = reads.flatMap((id) => (slots?.get(id) ?? []).map((entry) => entry.key));
  if (known.length === 0) return undefined;
  // A template's own lines are not entries: the key of each generated entry must be in a slot.
  const isFilled = (lines: readonly string[]): boolean =>
    lines.every((line) => isLead(line) || known.some((key) => line.includes(key)));
  return (overlap) => (isFilled(overlap.generated) ? settleEntries(overlap, keys) : undefined);
}

/** How overlaps are resolved in a tuned file that is not YAML: a changed value is kept. */
export function settleTuned(path: string): Settle | undefined {
  const keys = KINDS.find(({ end }) => end.test(path))?.keys;
  return keys && ((overlap) => settleEntries(overlap, keys, true));
}

type Entry = { readonly key: string; readonly lead: readonly string[]; readonly line: string };
type List = { readonly entries: readonly Entry[]; readonly tail: readonly string[] };

const isLead = (line: string): boolean => /^\s*(#.*)?\r?\n?$/.test(line);

/** The three sides as lists of one kind; undefined if a line is not an entry, has another depth, or repeats a key. */
function listsOf(overlap: Overlap, keyOf: KeyOf): { base: List; yours: List; generated: List } | undefined {
  let depth: string | undefined;
  const list = (lines: readonly string[]): List | undefined => {
    const entries: Entry[] = [];
    let lead: string[] = [];
    for (const line of lines) {
      if (isLead(line)) {
        lead.push(line);
        continue;
      }
      const key = keyOf(line.replace(/\r?\n$/, ''));
      const indent = /^\s*/.exec(line)![0];
      if (key === undefined || (depth ??= indent) !== indent || entries.some((entry) => entry.key === key))
        return undefined;
      entries.push({ key, lead, line });
      lead = [];
    }
    return { entries, tail: lead };
  };
  const [base, yours, generated] = [list(overlap.base), list(overlap.yours), list(overlap.generated)];
  return base && yours && generated && { base, yours, generated };
}

function settleEntries(overlap: Overlap, kinds: readonly KeyOf[], preferYours = false): ReturnType<Settle> {
  const { inner, before, after } = trim(overlap);
  for (const keyOf of kinds) {
    const lists = listsOf(inner, keyOf);
    const merged = lists && mergeLists(lists, preferYours);
    if (merged) return { lines: [...before, ...merged.lines, ...after], reports: merged.reports };
  }
  return undefined;
}

/** Lines that start or end all sides are not part of the overlap. */
function trim({ base, yours, generated }: Overlap): {
  inner: Overlap;
  before: readonly string[];
  after: readonly string[];
} {
  const least = Math.min(base.length, yours.length, generated.length);
  let head = 0;
  while (head < least && base[head] === yours[head] && base[head] === generated[head]) head++;
  let foot = 0;
  while (
    foot < least - head &&
    base.at(-1 - foot) === yours.at(-1 - foot) &&
    base.at(-1 - foot) === generated.at(-1 - foot)
  )
    foot++;
  const cut = (lines: readonly string[]): string[] => lines.slice(head, lines.length - foot);
  return {
    inner: { base: cut(base), yours: cut(yours), generated: cut(generated) },
    before: base.slice(0, head),
    after: base.slice(base.length - foot),
  };
}

function mergeLists(
  { base, yours, generated }: { base: List; yours: List; generated: List },
  preferYours: boolean,
): { lines: string[]; reports: string[] } | undefined {
  const find = (list: List, key: string): Entry | undefined => list.entries.find((entry) => entry.key === key);
  const reports: string[] = [];
  const result: Entry[] = [];
  // Both sides removed an entry and you wrote another: yours may be the same entry under another key.
  const isReplaced =
    base.entries.some(({ key }) => !find(yours, key) && !find(generated, key)) &&
    yours.entries.some(({ key }) => !find(base, key) && !find(generated, key));
  if (isReplaced) return undefined;
  for (const mine of yours.entries) {
    const [was, now] = [find(base, mine.key), find(generated, mine.key)];
    if (!now && was) {
      // Removed on their side: it is removed if you did not change it. If you changed it or commented it, you decide.
      if (mine.line !== was.line || mine.lead.some((line) => line.trim() && !was.lead.includes(line))) return undefined;
      continue;
    }
    const line = !now
      ? mine.line
      : (choose(was?.line, mine.line, now.line) ??
        higherPin(mine.line, now.line, reports) ??
        (preferYours ? mine.line : undefined));
    const lead = !now
      ? mine.lead
      : (choose(was?.lead, mine.lead, now.lead, sameLines) ?? (preferYours ? mine.lead : undefined));
    if (line === undefined || lead === undefined) return undefined;
    result.push({ key: mine.key, lead, line });
  }
  for (const [index, now] of generated.entries.entries()) {
    if (find(yours, now.key)) continue;
    const was = find(base, now.key);
    if (!was) insert(result, now, index, generated.entries, base);
    // You removed it and it changed: only you can decide which one you want.
    else if (was.line !== now.line) return undefined;
  }
  // They add a paragraph where you added a line: only you can decide the order.
  const bringsOwn = (list: List): boolean => list.entries.some(({ key }) => !find(base, key));
  if (!sameLines(yours.tail, generated.tail) && bringsOwn(yours) && bringsOwn(generated)) return undefined;
  const tail = choose(base.tail, yours.tail, generated.tail, sameLines);
  if (!tail) return undefined;
  // If both added a paragraph, its final blank line is shared, so the one between the paragraphs is missing.
  const areParagraphs = [yours.tail, generated.tail].every(([first]) => first?.trim() === '');
  const isYours = (entry: Entry | undefined): boolean => entry !== undefined && find(yours, entry.key) !== undefined;
  const gap = (entry: Entry, index: number): string[] =>
    areParagraphs && index > 0 && isYours(entry) !== isYours(result[index - 1]) && entry.lead[0]?.trim() !== ''
      ? ['\n']
      : [];
  return {
    lines: [...result.flatMap((entry, index) => [...gap(entry, index), ...entry.lead, entry.line]), ...tail],
    reports,
  };
}

const sameLines = (a: readonly string[], b: readonly string[]): boolean => a.join('') === b.join('');

/** Three-way merge of one value; undefined if both sides changed it differently. */
function choose<T>(
  base: T | undefined,
  yours: T,
  generated: T,
  same: (a: T, b: T) => boolean = Object.is,
): T | undefined {
  if (same(yours, generated) || (base !== undefined && same(generated, base))) return yours;
  return base !== undefined && same(yours, base) ? generated : undefined;
}

/** Inserts a new entry after its predecessor in the generated list, and after your entries that sort before it. */
function insert(result: Entry[], now: Entry, index: number, order: readonly Entry[], base: List): void {
  const sameLead = result.findIndex(
    (entry) =>
      now.lead.some((line) => line.trim()) &&
      sameLines(entry.lead, now.lead) &&
      !base.entries.some(({ key }) => key === entry.key),
  );
  if (sameLead >= 0) {
    // Both sides started the same commented group. A comment that the generated list repeats is that of the entry.
    const isRepeated = order.filter(({ lead }) => sameLines(lead, now.lead)).length > 1;
    result.splice(sameLead + 1, 0, isRepeated ? now : { ...now, lead: [] });
    return;
  }
  const before = order
    .slice(0, index)
    .map((entry) => result.findIndex(({ key }) => key === entry.key))
    .filter((place) => place >= 0);
  let place = before.length > 0 ? Math.max(...before) + 1 : 0;
  // An entry that starts a paragraph comes after your entries, which continue the paragraph before. The same applies if
  // it follows an entry that you replaced.
  const last = order[index - 1]?.key;
  const isReplaced =
    last !== undefined && base.entries.some(({ key }) => key === last) && !result.some(({ key }) => key === last);
  const isBegin = isReplaced || now.lead[0]?.trim() === '';
  while (
    place < result.length &&
    !order.some(({ key }) => key === result[place]!.key) &&
    (isBegin ? place === 0 || result[place]!.lead[0]?.trim() !== '' : result[place]!.key < now.key)
  )
    place++;
  result.splice(place, 0, now);
}

/** Of two lines that differ only in the version of one pin, the line with the higher version. */
function higherPin(yours: string, generated: string, reports: string[]): string | undefined {
  const [mine, theirs] = [pinOf(yours), pinOf(generated)];
  if (!mine || !theirs || mine.rest !== theirs.rest) return undefined;
  const order = compareVersions(mine.version, theirs.version);
  if (order === undefined) return undefined;
  const higher = order >= 0 ? mine.version : theirs.version;
  const both = `your version (${mine.version}) and the generated version (${theirs.version})`;
  reports.push(`${mine.name} changed on both sides: ${higher} is kept, the higher of ${both}`);
  return order >= 0 ? yours : generated;
}

function pinOf(line: string): { name: string; version: string; rest: string } | undefined {
  const found = /^(\s*["']?(?:image:\s*)?([\w./[\]-]+))(==|:v?(?=\d))([\w.+!-]+)(.*)$/s.exec(line);
  return found ? { name: found[2]!, version: found[4]!, rest: `${found[1]}${found[3]} ${found[5]}` } : undefined;
}
