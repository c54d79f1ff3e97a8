import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { AnyChoice } from './contract.ts';
import { type Problem, UserError } from './errors.ts';
import { conflictLine } from './update/text.ts';

/** The input of the user, from a file and from flags, before validation. `where` returns the position of a value. */
export type Given = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly where: (path: readonly (string | number)[]) => Pick<Problem, 'file' | 'line' | 'column'>;
  /** The YAML document with the flags applied and its comments kept; undefined without a file. */
  readonly document?: Document;
  /** The text of the file, unchanged. */
  readonly text?: string;
  /** Top-level keys that the user set in the file or with a flag. */
  readonly explicit: ReadonlySet<string>;
  /** Those of them that the user set with a flag over a file: a suggested fix changes them last. */
  readonly flagged?: ReadonlySet<string>;
};

export type FlagValue = { readonly key: string; readonly text: string; readonly flag: string };

/** Larger than any config, and small enough to read at once. */
export const MAX_CONFIG_BYTES = 1_000_000;

/** Reads a config document and applies flags over it. `file.text` is YAML or JSON. Errors have its line and column. */
export function readGiven(
  file: { readonly path: string; readonly text: string } | undefined,
  flags: readonly FlagValue[],
  choices: readonly AnyChoice[],
): Given {
  const lines = new LineCounter();
  const document = file && parse(file, lines);
  const values: Record<string, unknown> = Object.assign(
    Object.create(null),
    document ? plain(document, file!.path) : {},
  );
  const fromFlag = new Set<string>();
  for (const flag of flags) {
    const [head, ...rest] = flag.key.split('.') as [string, ...string[]];
    const value = readFlag(flag, rest.length > 0 ? undefined : choices.find((choice) => choice.id === head));
    if (rest.length === 0) values[head] = value;
    else values[head] = setIn(values[head], rest, value);
    if (document) setKept(document, [head, ...rest], value, values[head]);
    fromFlag.add(flag.key);
  }
  const where = (path: readonly (string | number)[]) => {
    const key = path.join('.');
    if (!file || !document || [...fromFlag].some((flag) => key === flag || key.startsWith(`${flag}.`))) return {};
    const offset = offsetOf(document, path);
    if (offset === undefined) return { file: file.path };
    const { line, col } = lines.linePos(offset);
    return { file: file.path, line, column: col };
  };
  return {
    values,
    where,
    document,
    text: file?.text,
    explicit: new Set(Object.keys(values)),
    ...(file && { flagged: new Set([...fromFlag].map((key) => key.split('.')[0]!)) }),
  };
}

function parse(file: { readonly path: string; readonly text: string }, lineCounter: LineCounter): Document {
  let document: Document;
  try {
    document = parseDocument(file.text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  } catch (error) {
    // Nesting exceeds the parser's stack. No valid config is nested that deeply.
    throw new UserError('E-CONFIG-FILE', [
      { file: file.path, message: `it cannot be parsed: ${(error as Error).message}` },
    ]);
  }
  const marker = conflictLine(file.text);
  if (marker !== undefined)
    throw new UserError(
      'E-CONFIG-FILE',
      [{ file: file.path, line: marker, message: 'it contains merge conflict markers.' }],
      'Resolve them in an editor; during a merge, create-mlops-stack update --resolve merges the choices.',
    );
  if (document.errors.length > 0) {
    throw new UserError(
      'E-CONFIG-FILE',
      document.errors.slice(0, 10).map((error) => {
        const { line, col } = lineCounter.linePos(error.pos[0]);
        return {
          file: file.path,
          line,
          column: col,
          message: /call stack/.test(error.message)
            ? 'it is nested too deeply.'
            : `it is not valid YAML: ${error.message}`,
        };
      }),
    );
  }
  if (document.contents !== null && !isMap(document.contents)) {
    if (!(isScalar(document.contents) && document.contents.value === null))
      throw new UserError('E-CONFIG-FILE', [
        {
          file: file.path,
          line: 1,
          column: 1,
          message: 'it has no keys. Start with a line such as "orchestrator: prefect".',
        },
      ]);
    document.contents = null;
  }
  verifyKeys(document, file.path, lineCounter);
  return document;
}

/** Every key of a document must be a scalar: YAML would turn a list or mapping as a key into an unexpected text. */
function verifyKeys(document: Document, path: string, lineCounter: LineCounter): void {
  const offset = badKey(document);
  if (offset === undefined) return;
  const { line, col } = lineCounter.linePos(offset);
  throw new UserError('E-CONFIG-FILE', [
    { file: path, line, column: col, message: 'a key is not text; quote it if it should be.' },
  ]);
}

function badKey(document: Document): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key)) return undefined;
      offset = (key as Node | null)?.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** The values of a document, with at most `maxAliasCount` aliases. An alias inside its own anchor is an error. */
function expand(document: Document, maxAliasCount: number): unknown {
  const value: unknown = document.toJS({ maxAliasCount });
  try {
    JSON.stringify(value);
  } catch {
    throw new Error('an alias refers to its own anchor');
  }
  return value;
}

function plain(document: Document, path: string): Record<string, unknown> {
  try {
    return (expand(document, 100) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw new UserError('E-CONFIG-FILE', [
      {
        file: path,
        message: `its aliases cannot be expanded: ${(error as Error).message}. Write the values without aliases.`,
      },
    ]);
  }
}

/**
 * Sets a value in the document and keeps comments, including those of the replaced value. `whole` is the resulting
 * top-level value.
 */
function setKept(document: Document, path: readonly string[], value: unknown, whole: unknown): void {
  const isBlocked = path.some((_, index) => {
    const parent: unknown = index === 0 ? undefined : document.getIn(path.slice(0, index), true);
    return parent !== undefined && !isMap(parent);
  });
  const [place, next] = isBlocked ? [path.slice(0, 1), whole] : [path, value];
  const old: unknown = document.getIn(place, true);
  if (!isCollection(old) || typeof next !== 'object') {
    document.setIn(place, next);
    return;
  }
  const node = document.createNode(next) as Node;
  if (isSeq(node) && isSeq(old))
    node.items = node.items.map(
      (item) => old.items.find((was) => isScalar(was) && isScalar(item) && was.value === item.value) ?? item,
    );
  document.setIn(
    place,
    Object.assign(node, {
      flow: old.flow,
      comment: old.comment,
      commentBefore: old.commentBefore,
      spaceBefore: old.spaceBefore,
    }),
  );
}

/** Keys whose value is text. */
const TEXT_KEYS: ReadonlySet<string> = new Set(['name', 'trunk', 'folder']);
/** Keys whose value is a list of words. */
const LIST_KEYS: ReadonlySet<string> = new Set(['models', 'environments', 'unmanaged', 'owners']);

/** `many` choices accept `a,b`, and `none` for the empty list. Every other key that is not a choice is YAML flow. */
function readFlag({ key, text, flag }: FlagValue, choice: AnyChoice | undefined): unknown {
  if (choice?.takes === 'one' || TEXT_KEYS.has(key)) return text;
  // The name of an owner begins with @, which is no YAML.
  if ((choice?.takes === 'many' || key === 'owners') && !text.trimStart().startsWith('['))
    return text === 'none' || text === '' ? [] : text.split(',').map((word) => word.trim());
  const fail = (why: string): never => {
    throw new UserError('E-ARGS', [
      { key: flag, value: text, message: `${flag}: ${JSON.stringify(text)} is not a value: ${why}` },
    ]);
  };
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) fail(document.errors[0]!.message);
  if (badKey(document) !== undefined) fail('a key is not text');
  let value: unknown;
  try {
    value = expand(document, 0);
  } catch (error) {
    fail((error as Error).message);
  }
  return typeof value === 'string' && LIST_KEYS.has(key) ? value.split(',').map((word) => word.trim()) : value;
}

function setIn(target: unknown, path: readonly string[], value: unknown): unknown {
  const [head, ...rest] = path as [string, ...string[]];
  const base =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? (target as Record<string, unknown>) : {};
  return { ...base, [head]: rest.length === 0 ? value : setIn(base[head], rest, value) };
}

/** The position of a key (for an entry of a mapping) or of a value (for an item of a list). */
function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const last = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
    const node = pair?.value as { range?: readonly number[] | null } | null | undefined;
    const key = pair?.key as { range?: readonly number[] | null } | undefined;
    return (isScalar(pair?.value) ? node?.range?.[0] : undefined) ?? key?.range?.[0];
  }
  const node = document.getIn(path, true) as { range?: readonly number[] | null } | undefined;
  return node?.range?.[0];
}
