import { stringify } from 'yaml';

/**
 * A string in double quotes with the escapes of JSON, which YAML, TOML and Python share. Invisible characters are
 * escaped.
 */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Python and other tools read YAML 1.1, in which `yes`, `on` and `12:30` are not text. */
const YAML = { lineWidth: 0, compat: 'yaml-1.1' } as const;

/** Unquoted if every YAML parser reads the same text, also inside a flow collection. */
function yamlText(text: string): string {
  return /^[\w./@+-]([\w ./@+-]*[\w./@+-])?$/.test(text) && stringify(text, YAML).trimEnd() === text
    ? text
    : quoted(text);
}

function yaml(value: unknown): string {
  if (typeof value === 'string') return yamlText(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(yaml).join(', ')} ]`;
  if (value === null || typeof value !== 'object') return stringify(value, YAML).trimEnd();
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, item]) => `${yamlText(key)}: ${yaml(item)}`).join(', ')} }`;
}

function make(value: unknown): string {
  const text = String(value)
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('$', '$$$$')
    .replace(/(\\*)#/g, '$1$1\\#');
  // An empty expansion protects leading blanks and a trailing backslash, which Make would interpret.
  return `${/^\s/.test(text) ? '$()' : ''}${text}${text.endsWith('\\') ? '$()' : ''}`;
}

/** `line-length` of Ruff in the generated pyproject.toml. */
const PYTHON_COLUMNS = 100;

/**
 * Text of the user is written to each language through its quoting helper. Every helper takes a value and returns
 * source text for one value of that language.
 */
export const q = {
  /** A JSON document on one line. */
  json: (value: unknown): string => JSON.stringify(value),
  /** A YAML scalar or flow collection on one line. */
  yaml,
  /** A TOML value. Strings are basic strings, which have the escapes of JSON. */
  toml: (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map((item) => q.toml(item)).join(', ')}]`;
    return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
  },
  /** An HCL expression. `${` and `%{` in a text do not start a template. */
  hcl: (value: unknown): string => {
    if (typeof value === 'string')
      return quoted(value)
        .replace(/\\./g, (sequence) => ({ '\\b': '\\u0008', '\\f': '\\u000c' })[sequence] ?? sequence)
        .replace(/[$%](?=\{)/g, '$&$&');
    if (Array.isArray(value)) return `[${value.map(q.hcl).join(', ')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const entries = Object.entries(value);
    return entries.length === 0
      ? '{}'
      : '{ ' +
          `${entries.map(([key, item]) => `${/^[a-z_]\w*$/i.test(key) ? key : q.hcl(key)} = ${q.hcl(item)}`).join(', ')} ` +
          '}';
  },
  /** A Python literal. */
  py: (value: unknown): string => {
    if (value === null) return 'None';
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (Array.isArray(value)) return `[${value.map((item) => q.py(item)).join(', ')}]`;
    if (typeof value === 'object')
      return `{${Object.entries(value)
        .map(([key, item]) => `${quoted(key)}: ${q.py(item)}`)
        .join(', ')}}`;
    return typeof value === 'string' ? quoted(value) : String(value);
  },
  /**
   * Python between brackets, formatted as by Ruff at 100 columns: everything on one line, or all arguments on a line of
   * their own, or one item on each line. `indent` is the indentation of the line. The first line is returned without
   * it.
   */
  pyFit: (open: string, items: readonly string[], close: string, indent = 0): string => {
    const joined = items.join(', ');
    const fits = (line: string, start: number): boolean =>
      start + line.length <= PYTHON_COLUMNS && !line.includes('\n');
    if (fits(`${open}${joined}${close}`, indent)) return `${open}${joined}${close}`;
    const [outer, inner] = [' '.repeat(indent), ' '.repeat(indent + 4)];
    const isCall = /\w\($/.test(open);
    const body =
      isCall && fits(joined, indent + 4) ? inner + joined : items.map((item) => `${inner}${item},`).join('\n');
    return `${open}\n${body}\n${outer}${close}`;
  },
  /** A word of a POSIX shell. */
  shell: (value: unknown): string =>
    /^[\w@%+=:,./-]+$/.test(String(value)) ? String(value) : `'${String(value).replaceAll("'", `'\\''`)}'`,
  /** The value of a variable in a Makefile. */
  make,
  /** Plain text in Markdown, outside code. */
  md: (value: unknown): string =>
    String(value)
      .replace(/[\\`*_{}[\]<>#|&~]/g, '\\$&')
      .replaceAll('\n', ' '),
  /** A value after ENV, ARG or LABEL in a Dockerfile. */
  docker: (value: unknown): string => JSON.stringify(String(value)).replaceAll('$', '\\$'),
};

export type Quote = typeof q;
