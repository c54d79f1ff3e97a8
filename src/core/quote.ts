import { stringify } from 'yaml';

/**
 * User text reaches each language through its quoting helper, never raw.
 * Every helper takes a value and returns source text for one value of that language.
 */
export const q = {
  /** A JSON document, in one line. */
  json: (value: unknown): string => JSON.stringify(value),
  /** A YAML scalar or flow collection, in one line. */
  yaml: (value: unknown): string =>
    value !== null && typeof value === 'object' ? stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd() : stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN', doubleQuotedAsJSON: true }).trimEnd(),
  /** A TOML value: strings are basic strings, whose escapes are those of JSON. */
  toml: (value: unknown): string => (Array.isArray(value) ? `[${value.map((item) => q.toml(item)).join(', ')}]` : JSON.stringify(value).replaceAll('\u007f', '\\u007f')),
  /** A Python literal. */
  py: (value: unknown): string => {
    if (value === null) return 'None';
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (Array.isArray(value)) return `[${value.map((item) => q.py(item)).join(', ')}]`;
    return JSON.stringify(value);
  },
  /** A word of a POSIX shell. */
  shell: (value: unknown): string => (/^[\w@%+=:,./-]+$/.test(String(value)) ? String(value) : `'${String(value).replaceAll("'", `'\\''`)}'`),
  /** The value of a variable in a Makefile. */
  make: (value: unknown): string => String(value).replaceAll('$', '$$$$').replaceAll('#', '\\#').replaceAll('\n', ' '),
  /** Plain words in Markdown, outside of code. */
  md: (value: unknown): string => String(value).replace(/[\\`*_{}[\]<>#|]/g, '\\$&').replaceAll('\n', ' '),
  /** A value after ENV, ARG or LABEL in a Dockerfile. */
  docker: (value: unknown): string => JSON.stringify(String(value)).replaceAll('$', '\\$'),
};

export type Quote = typeof q;
