import { type Merged, mergeText } from './merge.ts';
import { type Key, type Keys, keptIn, keptLines, keysOf, leadLines, rawOf } from './yaml-lines.ts';

/** The target of a key: absent, kept as a comment, or the lines of one side. */
type Wanted = { readonly from: Keys; readonly key: Key } | 'kept' | 'absent';

/**
 * Merges a tuned YAML file: its keys follow the choices, a value that the user changed is kept, and a new default is
 * reported. The text is merged first. Then keys that are not as intended are corrected line by line. Nothing is printed
 * again. A changed value of a removed key is kept as a comment, and returns with the key. `stays` names keys whose value
 * counts as changed. Returns undefined if the lines do not separate the keys.
 */
export function mergeTuned(
  baseText: string,
  yoursText: string,
  generatedText: string,
  stays: readonly string[] = [],
): Merged | undefined {
  const [base, yours, generated] = [keysOf(baseText), keysOf(yoursText), keysOf(generatedText)];
  if (!base || !yours || !generated) return undefined;
  const { text: own, back } = broughtBack(yours, generated);
  const mine = keysOf(own);
  if (!mine) return undefined;
  const all = {
    lines: [...mine.lines, ...back.lines],
    keys: new Map([
      ...mine.keys,
      ...[...back.keys].map(([path, key]) => [path, moved(key, mine.lines.length)] as const),
    ]),
  };
  const { wanted, reports } = wantedKeys(base, all, generated, stays);
  const merged = mergeText(baseText, own, generatedText, ({ yours: lines }) => ({ lines }));
  for (const start of [merged.text, own]) {
    const text = mend(start, wanted, base, all, generated);
    if (text !== undefined) return { text, conflicts: 0, settled: merged.settled, reports };
  }
  return undefined;
}

const moved = (key: Key, by: number): Key => ({
  ...key,
  lead: key.lead + by,
  start: key.start + by,
  end: key.end + by,
});

/**
 * Kept values whose keys are generated again. A value whose comment is where the key belongs replaces the comment. The
 * others leave the text and are returned separately, to be inserted where they are generated.
 */
function broughtBack(yours: Keys, generated: Keys): { text: string; back: Keys } {
  const lines = [...yours.lines];
  const back = { lines: [] as string[], keys: new Map<string, Key>() };
  for (const { path, start, end, rest } of keptIn(lines)) {
    // The line of a group comes first, so that kept values below it find their group.
    if (
      !generated.keys.get(path)?.isBlock ||
      yours.keys.has(path) ||
      end > start + 1 ||
      !/^:\s*(#.*)?\s*$/.test(rest[0]!)
    )
      continue;
    const home = generated.keys.get(path)!;
    lines[start] = `${/^ */.exec(lines[start]!)![0]}${nameOf(home, generated)}${rest[0]}`;
  }
  const returning = keptIn(lines).filter(
    ({ path }) => generated.keys.get(path)?.isBlock === false && !yours.keys.has(path),
  );
  for (const { path, start, end, rest } of returning.reverse()) {
    const home = generated.keys.get(path)!;
    const name = nameOf(home, generated);
    const own = (indent: number): string[] =>
      [`${name}${rest[0]}`, ...rest.slice(1)].map((line) => (line.trim() ? ' '.repeat(indent) + line : line));
    const parsed = keysOf(own(0).join(''))?.keys.get(home.name);
    if (!parsed) continue;
    const there = [...lines.slice(0, start), ...own(/^ */.exec(lines[start]!)![0].length), ...lines.slice(end)];
    if (keysOf(there.join(''))?.keys.get(path)?.value === parsed.value) {
      lines.splice(0, lines.length, ...there);
      continue;
    }
    lines.splice(start, end - start);
    if (back.keys.has(path)) continue;
    back.keys.set(path, {
      ...home,
      value: parsed.value,
      span: undefined,
      lead: back.lines.length,
      start: back.lines.length,
      end: back.lines.length + own(0).length,
    });
    back.lines.push(...own(home.indent));
  }
  return { text: lines.join(''), back };
}

/** The name of a key as written. */
const nameOf = (key: Key, { lines }: Keys): string => lines[key.start]!.slice(key.indent).split(':')[0]!;

function wantedKeys(
  base: Keys,
  yours: Keys,
  generated: Keys,
  stays: readonly string[],
): { wanted: Map<string, Wanted>; reports: string[] } {
  const wanted = new Map<string, Wanted>();
  const reports: string[] = [];
  for (const path of new Set([...base.keys.keys(), ...yours.keys.keys(), ...generated.keys.keys()])) {
    const [mine, now] = [yours.keys.get(path), generated.keys.get(path)];
    const was = mine && stays.includes(path) ? undefined : base.keys.get(path);
    const isLeaf = (key: Key | undefined): key is Key => key !== undefined && !key.isBlock;
    if (!isLeaf(was) && !isLeaf(mine) && !isLeaf(now)) continue;
    // The line of a group whose keys are not inserted yet.
    if (now?.isBlock && mine?.value === 'null') continue;
    const show = (key: Key): string => key.value ?? 'a group of keys';
    if (!mine) {
      // A key that you removed stays removed; a new key is inserted.
      wanted.set(path, now && !was ? { from: generated, key: now } : 'absent');
      if (now && was && now.value !== was.value)
        reports.push(`${path} is not in your file; its default is now ${show(now)}`);
    } else if (now) {
      const isYours = mine.value !== was?.value && mine.value !== now.value;
      wanted.set(
        path,
        isYours || mine.value === now.value ? { from: yours, key: mine } : { from: generated, key: now },
      );
      if (isYours && now.value !== was?.value)
        reports.push(`${path} stays ${show(mine)}; its default is now ${show(now)}`);
    } else if (was && isLeaf(mine) && isTouched(mine, yours, was, base)) {
      wanted.set(path, 'kept');
      reports.push(`${path} was removed; your value (${show(mine)}) is kept in a comment`);
    } else if (was) wanted.set(path, 'absent');
    else wanted.set(path, { from: yours, key: mine });
  }
  return { wanted, reports };
}

/** Whether the user changed a key or commented it. */
function isTouched(mine: Key, yours: Keys, was: Key, base: Keys): boolean {
  const generated = leadLines(was, base);
  return (
    was.isBlock !== mine.isBlock ||
    rawOf(mine, yours) !== rawOf(was, base) ||
    leadLines(mine, yours).some((line) => !generated.includes(line))
  );
}

/** Corrects the lines of one key after another until all keys are as intended; undefined if that does not end. */
function mend(
  start: string,
  wanted: ReadonlyMap<string, Wanted>,
  base: Keys,
  yours: Keys,
  generated: Keys,
): string | undefined {
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

/** The lines with one key corrected, or undefined if all are correct. */
function mendOne(
  now: Keys,
  wanted: ReadonlyMap<string, Wanted>,
  base: Keys,
  yours: Keys,
  generated: Keys,
): string[] | undefined {
  for (const [path, want] of wanted) {
    const there = now.keys.get(path);
    if (typeof want === 'string') {
      if (there && (want === 'kept' || !there.isBlock))
        return remove(
          now,
          there,
          base,
          want === 'kept' ? keptLines(yours.keys.get(path)!, yours.lines, there.indent) : [],
        );
      if (!there && want === 'kept' && !keptIn(now.lines).some((kept) => kept.path === path))
        return [...ended(now.lines), ...keptLines(yours.keys.get(path)!, yours.lines, 0)];
    } else if (!there) {
      // Inserted where it is generated; the next round sets your value.
      const home = generated.keys.get(path);
      return home ? insert(now, home, generated) : insert(now, want.key, want.from);
    } else if (there.value !== want.key.value) {
      const own = want.from === generated ? replaced(now, there, want) : shifted(want.key, want.from, there.indent);
      return [...now.lines.slice(0, there.start), ...own, ...now.lines.slice(there.end)];
    }
  }
  // A group is removed if its last key was removed and neither the generator nor the user wrote it otherwise.
  for (const key of now.keys.values()) {
    const was = base.keys.get(key.path);
    if (
      key.isBlock ||
      key.value !== 'null' ||
      wanted.has(key.path) ||
      !was?.isBlock ||
      generated.keys.get(key.path)?.isBlock
    )
      continue;
    const isKept =
      isTouched({ ...key, end: key.start + 1 }, now, { ...was, isBlock: false, end: was.start + 1 }, base) ||
      keptIn(now.lines).some((kept) => kept.path.startsWith(`${key.path}.`));
    return remove(now, key, base, isKept ? keptLines(key, now.lines, key.indent) : []);
  }
  return undefined;
}

/** The lines of a key with another value. A comment after the old value is kept. */
function replaced(now: Keys, there: Key, { key, from }: { readonly key: Key; readonly from: Keys }): string[] {
  const line = now.lines[there.start]!;
  if (!there.span || !key.span) return shifted(key, from, there.indent);
  return ended([line.slice(0, there.span[0]) + from.lines[key.start]!.slice(...key.span) + line.slice(there.span[1])]);
}

const ended = (lines: readonly string[]): string[] => lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`));

/** Removes the lines of a key, the generated comments above it, and a blank line that would be left double. */
function remove(now: Keys, key: Key, base: Keys, instead: readonly string[]): string[] {
  const was = base.keys.get(key.path);
  // A kept value keeps the comments above it. They are comments already, and the value returns below them.
  const generated = was && instead.length === 0 ? leadLines(was, base) : [];
  let from = key.start;
  while (from > key.lead && generated.includes(now.lines[from - 1]!)) from--;
  const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';
  const doubled = instead.length === 0 && from > 0 && isBlank(now.lines[from - 1]) && isBlank(now.lines[key.end]);
  const isFirst = instead.length === 0 && from === 0 && isBlank(now.lines[key.end]);
  return [
    ...now.lines.slice(0, doubled ? from - 1 : from),
    ...instead,
    ...now.lines.slice(isFirst ? key.end + 1 : key.end),
  ];
}

/** The lines of a key at another depth. */
function shifted(key: Key, from: Keys, indent: number, start = key.start): string[] {
  const by = indent - key.indent;
  const lines = ended(from.lines.slice(start, key.end));
  if (by === 0) return lines;
  const move = (line: string): string =>
    by > 0 ? ' '.repeat(by) + line : line.slice(Math.min(-by, /^ */.exec(line)![0].length));
  return lines.map((line) => (line.trim() === '' ? line : move(line)));
}

/**
 * Inserts a missing key after its predecessor in its own text. If its group is missing too, inserts the group's line
 * first. `place`: its earlier position.
 */
function insert(now: Keys, key: Key, from: Keys, place: Key = key): string[] {
  const blankIf = (line: string | undefined): string[] => (line?.trim() === '' ? ['\n'] : []);
  const siblings = [...from.keys.values()].filter((other) => other.parent === key.parent);
  const before = siblings
    .slice(0, siblings.indexOf(key))
    .reverse()
    .find((other) => now.keys.has(other.path));
  const group = now.keys.get(key.parent);
  const depth = before ?? [...now.keys.values()].find((other) => other.parent === key.parent);
  const inGroup = group ? group.indent + 2 : key.indent;
  const indent = depth ? now.keys.get(depth.path)!.indent : inGroup;
  const lines = ended(now.lines);
  const own = shifted(key, from, indent, key.lead);
  if (before) {
    const { end } = now.keys.get(before.path)!;
    return [...lines.slice(0, end), ...blankIf(from.lines[place.lead - 1]), ...own, ...lines.slice(end)];
  }
  if (key.parent === '') {
    const first = [...now.keys.values()][0];
    const { lead } = first ?? { lead: lines.length };
    return [...lines.slice(0, lead), ...own, ...(first ? blankIf(from.lines[place.end]) : []), ...lines.slice(lead)];
  }
  if (group) return [...lines.slice(0, group.start + 1), ...own, ...lines.slice(group.start + 1)];
  return insertGroup(now, key, from);
}

/** Inserts only the group's line and this key. The other keys of the group follow in the next rounds. */
function insertGroup(now: Keys, key: Key, from: Keys): string[] {
  const group = from.keys.get(key.parent)!;
  const head = [...from.lines.slice(group.lead, group.start + 1), ...from.lines.slice(key.lead, key.end)];
  const lead = group.start - group.lead;
  const small: Keys = {
    lines: [...from.lines, ...ended(head)],
    keys: new Map([
      ...from.keys,
      [
        group.path,
        { ...group, lead: from.lines.length, start: from.lines.length + lead, end: from.lines.length + head.length },
      ],
    ]),
  };
  const moved = small.keys.get(group.path)!;
  return insert(
    now,
    moved,
    { ...small, keys: new Map([...from.keys].map(([path, value]) => [path, path === group.path ? moved : value])) },
    group,
  );
}
