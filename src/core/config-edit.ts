import { isDeepStrictEqual } from 'node:util';
import { type Document, isCollection, isMap, isScalar, type Node, parseDocument } from 'yaml';
import type { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import { completeEntries, writeConfig } from './config-file.ts';
import type { Given } from './input.ts';
import { q } from './quote.ts';

type Edit = { readonly from: number; readonly to: number; readonly text: string };

/**
 * The text of mlops-stack.yaml after flags, migrations and completion. Everything that did not change keeps its bytes:
 * comments, order, blank lines, quotes and line ends. If a change cannot be made in the text, the document is printed
 * again, still with its comments.
 */
export function editConfig(config: Config, catalogue: Catalogue, given: Given): string {
  if (given.text === undefined || !given.document) return writeConfig(config, catalogue);
  const wanted: Record<string, unknown> = {
    ...Object.fromEntries(completeEntries(config, catalogue)),
    ...given.values,
  };
  const eol = given.text.includes('\r\n') ? '\r\n' : '\n';
  const edited = editText(given.text, wanted, eol);
  if (edited !== undefined) return edited;
  const document = given.document.clone();
  const now = (document.toJS() ?? {}) as Record<string, unknown>;
  for (const key of Object.keys(now)) if (!(key in wanted)) document.delete(key);
  for (const [key, value] of Object.entries(wanted))
    if (!isDeepStrictEqual(now[key], value)) document.set(key, document.createNode(value, { flow: true }));
  return writeConfig(config, catalogue, document).replaceAll('\n', eol);
}

/** The text with the smallest edit that gives `wanted`, or undefined if there is none. */
function editText(text: string, wanted: Readonly<Record<string, unknown>>, eol: string): string | undefined {
  const document = parseDocument(text, { prettyErrors: false });
  const now = (document.toJS() ?? {}) as Record<string, unknown>;
  const gone = Object.keys(now).filter((key) => !(key in wanted));
  const missing = Object.keys(wanted).filter((key) => !(key in now));
  // A migration renames keys. The new key takes the line of the old one and the comments above it.
  const renamed = pairUp(gone, missing, (from, to) => isDeepStrictEqual(now[from], wanted[to]));
  if (gone.length > renamed.size) return undefined;
  const edits: Edit[] = [];
  for (const [key, value] of Object.entries(now)) {
    const next = renamed.get(key) ?? key;
    if (next !== key) {
      const range = keyRange(document, key);
      if (!range) return undefined;
      edits.push({ from: range[0]!, to: range[1]!, text: q.yaml(next) });
    }
    if (isDeepStrictEqual(value, wanted[next])) continue;
    const own = editValue(document, text, [key], value, wanted[next]);
    if (!own) return undefined;
    edits.push(...own);
  }
  let result = text;
  for (const edit of edits.sort((a, b) => b.from - a.from))
    result = result.slice(0, edit.from) + edit.text + result.slice(edit.to);
  const taken = new Set(renamed.values());
  const added = missing.filter((key) => !taken.has(key)).map((key) => `${q.yaml(key)}: ${q.yaml(wanted[key])}`);
  if (added.length > 0)
    result = `${result}${result === '' || result.endsWith('\n') ? '' : eol}${added.join(eol)}${eol}`;
  return isRight(result, wanted) ? result : undefined;
}

/**
 * Which new key replaces which old one: the key with the same value, or the key at the same position if as many were
 * added as removed.
 */
function pairUp(
  gone: readonly string[],
  missing: readonly string[],
  isSame: (from: string, to: string) => boolean,
): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const from of gone) {
    const to = missing.find((key) => isSame(from, key) && ![...pairs.values()].includes(key));
    if (to !== undefined) pairs.set(from, to);
  }
  if (gone.length === missing.length && pairs.size < gone.length)
    return new Map(gone.map((key, index) => [key, missing[index]!]));
  return pairs;
}

function keyRange(document: Document, key: string): readonly number[] | undefined {
  const pair = isMap(document.contents)
    ? document.contents.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  return (pair?.key as Node | undefined)?.range ?? undefined;
}

function editValue(
  document: Document,
  text: string,
  path: readonly string[],
  now: unknown,
  next: unknown,
): Edit[] | undefined {
  const node: unknown = document.getIn(path, true);
  if (
    isMap(node) &&
    isRecord(now) &&
    isRecord(next) &&
    Object.keys(now).every((key) => key in next) &&
    Object.keys(next).every((key) => key in now)
  ) {
    const parts = Object.keys(next)
      .filter((key) => !isDeepStrictEqual(now[key], next[key]))
      .map((key) => editValue(document, text, [...path, key], now[key], next[key]));
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  const isInLine = isScalar(node) || (isCollection(node) && node.flow === true);
  const range = isInLine ? (node as Node).range : undefined;
  if (!range || (node as Node).tag || hasAnchor(node)) return undefined;
  const [from, to] = range;
  const old = text.slice(from, to);
  // A value over several lines can contain comments.
  if (from === to || old.includes('\n')) return undefined;
  const written = q.yaml(next);
  return [{ from, to, text: /^\[\S/.test(old) ? written.replace(/^\[ (.*) \]$/, '[$1]') : written }];
}

const hasAnchor = (node: unknown): boolean => Boolean((node as { anchor?: string }).anchor);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isRight(text: string, wanted: Readonly<Record<string, unknown>>): boolean {
  const document = parseDocument(text, { prettyErrors: false });
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS() ?? {}, { ...wanted });
}
