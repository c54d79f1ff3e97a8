import { mergeText, type Merged } from './merge.ts';
import { keptIn, keptLines, keysOf, type Key, type Keys } from './yaml-lines.ts';

/** What a key is to be: absent, kept as a comment, or the lines of one side. */
type Wanted = { readonly from: Keys; readonly key: Key } | 'kept' | 'absent';

/**
 * A tuned YAML file: its keys follow the choices, a value that a person changed stays, a new default is reported.
 * The text is merged first; where the keys are then not as they should be, their lines are put right. Nothing is printed again.
 * A changed value whose key goes is kept as a comment, and returns with the key. Undefined where the keys cannot be told apart by lines.
 */
export function mergeTuned(baseText: string, yoursText: string, generatedText: string): Merged | undefined {
  const [base, yours, generated] = [keysOf(baseText), keysOf(yoursText), keysOf(generatedText)];
  if (!base || !yours || !generated) return undefined;
  const back = broughtBack(yours, generated);
  const { wanted, reports } = wantedKeys(base, back ?? yours, generated);
  const merged = mergeText(baseText, yoursText, generatedText, ({ yours: lines }) => ({ lines }));
  for (const start of [withoutKept(merged.text, back), withoutKept(yoursText, back)]) {
    const text = mend(start, wanted, base, back ?? yours, generated);
    if (text !== undefined) return { text, conflicts: 0, settled: merged.settled, reports };
  }
  return undefined;
}

/** Yours with the kept values whose keys come back, standing where they are generated; undefined where none does. */
function broughtBack(yours: Keys, generated: Keys): (Keys & { readonly returned: ReadonlySet<string> }) | undefined {
  const returning = keptIn(yours.lines).filter(({ path }) => generated.keys.get(path)?.isBlock === false && !yours.keys.has(path));
  if (returning.length === 0) return undefined;
  const lines = [...yours.lines];
  const keys = new Map(yours.keys);
  const returned = new Set<string>();
  for (const { path, rest } of returning) {
    const home = generated.keys.get(path)!;
    const name = generated.lines[home.start]!.slice(home.indent).split(':')[0]!;
    const margin = ' '.repeat(home.indent);
    const own = [`${margin}${name}${rest[0]}`, ...rest.slice(1).map((line) => (line.trim() ? margin + line : line))];
    const parsed = keysOf(own.map((line) => line.slice(home.indent)).join(''))?.keys.get(home.name);
    if (!parsed || returned.has(path)) continue;
    // Lines of their own, after the end of the text: only their number counts.
    keys.set(path, { ...home, value: parsed.value, lead: lines.length, start: lines.length, end: lines.length + own.length });
    lines.push(...own);
    returned.add(path);
  }
  return returned.size > 0 ? { lines, keys, returned } : undefined;
}

function withoutKept(text: string, back: { readonly returned: ReadonlySet<string> } | undefined): string {
  if (!back) return text;
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  for (const { path, start, end } of keptIn(lines).reverse()) if (back.returned.has(path)) lines.splice(start, end - start);
  return lines.join('');
}

function wantedKeys(base: Keys, yours: Keys, generated: Keys): { wanted: Map<string, Wanted>; reports: string[] } {
  const wanted = new Map<string, Wanted>();
  const reports: string[] = [];
  for (const path of new Set([...base.keys.keys(), ...yours.keys.keys(), ...generated.keys.keys()])) {
    const [was, mine, now] = [base.keys.get(path), yours.keys.get(path), generated.keys.get(path)];
    const isLeaf = (key: Key | undefined): key is Key => key !== undefined && !key.isBlock;
    if (!isLeaf(was) && !isLeaf(mine) && !isLeaf(now)) continue;
    const show = (key: Key): string => key.value ?? 'a group of keys';
    if (!mine) {
      // A key that you took out stays out; one that is new comes in.
      wanted.set(path, now && !was ? { from: generated, key: now } : 'absent');
      if (now && was && now.value !== was.value) reports.push(`${path} is not in yours; its default is ${show(now)} now`);
    } else if (now) {
      const isYours = mine.value !== was?.value && mine.value !== now.value;
      wanted.set(path, isYours || mine.value === now.value ? { from: yours, key: mine } : { from: generated, key: now });
      if (isYours && now.value !== was?.value) reports.push(`${path} stays ${show(mine)}; its default is ${show(now)} now`);
    } else if (was && mine.value === was.value) wanted.set(path, 'absent');
    else if (was) {
      wanted.set(path, 'kept');
      reports.push(`${path} has gone; your value ${show(mine)} waits in a comment and returns with it`);
    } else wanted.set(path, { from: yours, key: mine });
  }
  return { wanted, reports };
}

/** Puts the lines of one key after another right, until all keys are as wanted; undefined where that does not end. */
function mend(start: string, wanted: ReadonlyMap<string, Wanted>, base: Keys, yours: Keys, generated: Keys): string | undefined {
  let text = start;
  for (let round = 0; round <= wanted.size * 2 + generated.keys.size + yours.keys.size; round++) {
    const now = keysOf(text);
    if (!now) return undefined;
    const lines = mendOne(now, wanted, base, yours, generated);
    if (!lines) return text;
    text = lines.join('');
  }
  return undefined;
}

/** The lines with one key put right, or undefined where all are. */
function mendOne(now: Keys, wanted: ReadonlyMap<string, Wanted>, base: Keys, yours: Keys, generated: Keys): string[] | undefined {
  for (const [path, want] of wanted) {
    const there = now.keys.get(path);
    if (typeof want === 'string') {
      if (there && (want === 'kept' || !there.isBlock)) return remove(now, there, base, want === 'kept' ? keptLines(yours.keys.get(path)!, yours.lines, there.indent) : []);
      if (!there && want === 'kept' && !keptIn(now.lines).some((kept) => kept.path === path)) return [...ended(now.lines), ...keptLines(yours.keys.get(path)!, yours.lines, 0)];
    } else if (!there) {
      // It stands where it is generated; the next round gives it your value.
      const home = generated.keys.get(path);
      return home ? insert(now, home, generated) : insert(now, want.key, want.from);
    }
    else if (there.value !== want.key.value) return [...now.lines.slice(0, there.start), ...shifted(want.key, want.from, there.indent), ...now.lines.slice(there.end)];
  }
  // A group whose last key went, and that nobody generates or wrote otherwise, is no group.
  for (const key of now.keys.values()) {
    if (!key.isBlock && key.value === 'null' && !wanted.has(key.path) && base.keys.get(key.path)?.isBlock) return remove(now, key, base, []);
  }
  return undefined;
}

const ended = (lines: readonly string[]): string[] => lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`));

/** Takes the lines of a key out, with the comments above it that were generated, and a blank line that would be left double. */
function remove(now: Keys, key: Key, base: Keys, instead: readonly string[]): string[] {
  const was = base.keys.get(key.path);
  const generated = was ? base.lines.slice(was.lead, was.start) : [];
  let from = key.start;
  while (from > key.lead && generated.includes(now.lines[from - 1]!)) from--;
  const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
  const doubled = instead.length === 0 && from > 0 && isBlank(now.lines[from - 1]) && isBlank(now.lines[key.end]);
  return [...now.lines.slice(0, doubled ? from - 1 : from), ...instead, ...now.lines.slice(key.end)];
}

/** The lines of a key at another depth. */
function shifted(key: Key, from: Keys, indent: number, start = key.start): string[] {
  const by = indent - key.indent;
  const lines = ended(from.lines.slice(start, key.end));
  return by === 0 ? lines : lines.map((line) => (line.trim() === '' ? line : by > 0 ? ' '.repeat(by) + line : line.slice(Math.min(-by, /^ */.exec(line)![0].length))));
}

/** Puts a missing key after the one that it follows in its own text; where its group is missing too, the group's line before it. */
function insert(now: Keys, key: Key, from: Keys): string[] {
  const siblings = [...from.keys.values()].filter((other) => other.parent === key.parent);
  const before = siblings.slice(0, siblings.indexOf(key)).reverse().find((other) => now.keys.has(other.path));
  const group = now.keys.get(key.parent);
  const depth = before ?? [...now.keys.values()].find((other) => other.parent === key.parent);
  const indent = depth ? now.keys.get(depth.path)!.indent : group ? group.indent + 2 : key.indent;
  const lines = ended(now.lines);
  const own = shifted(key, from, indent, key.lead);
  if (before) {
    const blank = from.lines[key.lead - 1]?.trim() === '' ? ['\n'] : [];
    const place = now.keys.get(before.path)!.end;
    return [...lines.slice(0, place), ...blank, ...own, ...lines.slice(place)];
  }
  if (key.parent === '') {
    const first = [...now.keys.values()][0];
    const place = first ? first.lead : lines.length;
    return [...lines.slice(0, place), ...own, ...lines.slice(place)];
  }
  if (group) return [...lines.slice(0, group.start + 1), ...own, ...lines.slice(group.start + 1)];
  return insertGroup(now, key, from);
}

/** The group's own line and the key below it: whatever else belongs to the group follows in the next rounds. */
function insertGroup(now: Keys, key: Key, from: Keys): string[] {
  const group = from.keys.get(key.parent)!;
  const head = [...from.lines.slice(group.lead, group.start + 1), ...from.lines.slice(key.lead, key.end)];
  const lead = group.start - group.lead;
  const small: Keys = { lines: [...from.lines, ...ended(head)], keys: new Map([...from.keys, [group.path, { ...group, lead: from.lines.length, start: from.lines.length + lead, end: from.lines.length + head.length }]]) };
  const moved = small.keys.get(group.path)!;
  return insert(now, moved, { ...small, keys: new Map([...from.keys].map(([path, value]) => [path, path === group.path ? moved : value])) });
}
