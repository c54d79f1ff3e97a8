import { isMap, isPair, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { linesOf } from './text.ts';

/** One key of a YAML document, as lines. `path`: its keys from the root, joined by dots. */
export type Key = {
  readonly path: string;
  readonly name: string;
  readonly parent: string;
  /** A block mapping, whose keys are listed too. Anything else is one value. */
  readonly isBlock: boolean;
  /** The value for comparison; undefined for a block. */
  readonly value: string | undefined;
  /**
   * The first line of the comments directly above it, the first line of the key, and the first line after its value.
   */
  readonly lead: number;
  readonly start: number;
  readonly end: number;
  readonly indent: number;
  /** The columns of a value on the key's own line. It can be replaced there. */
  readonly span?: readonly [number, number];
};

export type Keys = { readonly lines: readonly string[]; readonly keys: ReadonlyMap<string, Key> };

/** The keys of a YAML document in text order; undefined if it is not a single block mapping with one key per line. */
export function keysOf(text: string): Keys | undefined {
  const document = parseDocument(text, { strict: true, uniqueKeys: true, logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  const lines = linesOf(text);
  const keys = new Map<string, Key>();
  if (document.contents === null) return { lines, keys };
  if (!isMap(document.contents) || document.contents.flow || document.contents.tag) return undefined;
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length);
  const lineAt = (offset: number): number => {
    let line = 0;
    while (line + 1 < lines.length && starts[line + 1]! <= offset) line++;
    return line;
  };
  let isPlain = true;
  const visit = (map: YAMLMap, parent: string): void => {
    for (const pair of map.items) {
      const key =
        isPair(pair) && isScalar(pair.key) && pair.key.range ? (pair as Pair<typeof pair.key, unknown>) : undefined;
      if (!key || typeof key.key !== 'object' || !isScalar(key.key)) return void (isPlain = false);
      const start = lineAt(key.key.range![0]);
      const indent = key.key.range![0] - starts[start]!;
      const name = String(key.key.value);
      const path = parent === '' ? name : `${parent}.${name}`;
      if (!/^ *$/.test(lines[start]!.slice(0, indent)) || keys.has(path)) return void (isPlain = false);
      const isBlock =
        isMap(key.value) && !key.value.flow && key.value.items.length > 0 && !key.value.anchor && !key.value.tag;
      keys.set(path, {
        path,
        name,
        parent,
        isBlock,
        value: isBlock ? undefined : plainOf(key.value),
        lead: leadOf(lines, start),
        start,
        end: start + 1,
        indent,
      });
      if (isBlock) visit(key.value as YAMLMap, path);
      const end = isBlock
        ? Math.max(...[...keys.values()].filter((child) => child.parent === path).map((child) => child.end), start + 1)
        : endOf(key.value, lineAt, start, starts, lines);
      const range = isScalar(key.value) && end === start + 1 ? key.value.range : undefined;
      const span =
        range && range[1] > range[0] ? ([range[0] - starts[start]!, range[1] - starts[start]!] as const) : undefined;
      keys.set(path, { ...keys.get(path)!, end, ...(span && { span }) });
    }
  };
  visit(document.contents, '');
  return isPlain ? { lines, keys } : undefined;
}

/** The value without its layout: `5` and `5 # five` are equal, `5` and `"5"` are not. */
function plainOf(node: unknown): string {
  const plain = node === null || node === undefined ? null : (node as { toJSON: () => unknown }).toJSON();
  return JSON.stringify(plain) ?? 'null';
}

function endOf(
  node: unknown,
  lineAt: (offset: number) => number,
  start: number,
  starts: readonly number[],
  lines: readonly string[],
): number {
  const range = (node as { range?: readonly [number, number, number] } | null)?.range;
  if (!range || range[1] <= starts[start]!) return start + 1;
  let end = lineAt(Math.max(range[1] - 1, range[0])) + 1;
  // A block value may include the blank lines below it.
  while (end > start + 1 && lines[end - 1]!.trim() === '') end--;
  return Math.max(end, start + 1);
}

function leadOf(lines: readonly string[], start: number): number {
  let lead = start;
  while (lead > 0 && /^\s*#/.test(lines[lead - 1]!) && !KEPT.test(lines[lead - 1]!)) lead--;
  return lead;
}

/** A changed value of a removed key is kept in a comment with the whole path of the key. */
export const KEPT = /^\s*# kept: ?/;

/** The lines of a key as a comment that keeps them. */
export function keptLines(key: Key, lines: readonly string[], indent: number): string[] {
  const own = lines.slice(key.start, key.end).map((line) => line.replace(/\n?$/, '\n'));
  const rest = own[0]!.slice(key.indent).replace(/^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^:]*?)\s*:/, '');
  const name = /^[\w.-]+$/.test(key.path) ? key.path : JSON.stringify(key.path);
  const margin = ' '.repeat(indent);
  return [
    `${margin}# kept: ${name}:${rest}`,
    ...own.slice(1).map((line) => `${margin}# kept: ${line.slice(Math.min(key.indent, /^ */.exec(line)![0].length))}`),
  ];
}

/** The text of a key. */
export const rawOf = (key: Key, { lines }: Keys): string =>
  lines
    .slice(key.start, key.end)
    .map((line) => line.replace(/\n?$/, '\n'))
    .join('');

/** The comments directly above a key. */
export const leadLines = (key: Key, { lines }: Keys): readonly string[] => lines.slice(key.lead, key.start);

export type Kept = {
  readonly path: string;
  readonly start: number;
  readonly end: number /** Lines after the key's name, the first from its colon on. */;
  readonly rest: readonly string[];
};

/** The comments with kept values. */
export function keptIn(lines: readonly string[]): Kept[] {
  const found: Kept[] = [];
  for (let start = 0; start < lines.length; start++) {
    if (!KEPT.test(lines[start]!)) continue;
    const head = lines[start]!.replace(KEPT, '');
    const name = /^([\w.-]+|"(?:[^"\\]|\\.)*"):/.exec(head);
    if (!name) continue;
    let end = start + 1;
    while (end < lines.length && KEPT.test(lines[end]!) && /^(?:\s|-)/.test(lines[end]!.replace(KEPT, '') || ' '))
      end++;
    const path = name[1]!.startsWith('"') ? (JSON.parse(name[1]!) as string) : name[1]!;
    found.push({
      path,
      start,
      end,
      rest: [head.slice(name[1]!.length), ...lines.slice(start + 1, end).map((line) => line.replace(KEPT, ''))],
    });
    start = end - 1;
  }
  return found;
}
