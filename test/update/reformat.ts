import { Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { format, type Options } from 'prettier';

const PARSERS: Readonly<Record<string, Options['parser']>> = {
  json: 'json',
  yaml: 'yaml',
  yml: 'yaml',
  md: 'markdown',
};
const STYLES: readonly Options[] = [
  {},
  { singleQuote: true, tabWidth: 4, printWidth: 60, proseWrap: 'always' },
  { bracketSpacing: false, proseWrap: 'never' },
];

const RUFF = [
  { 'line-length': 60 },
  { 'line-length': 120, format: { 'quote-style': 'single' } },
  { format: { 'skip-magic-trailing-comma': true } },
].map((options) => new Workspace(options, 'Utf32' as never));
const done = new Map<string, Promise<string>>();

/** The styles in which `reformat` writes a file. */
export const STYLE_COUNT = 3;

/** What another formatter or another setting makes of a generated file; undefined if no formatter knows its type. */
export function reformat(path: string, text: string, style: number): Promise<string> | undefined {
  const end = path.split('.').at(-1)!;
  const parser = PARSERS[end];
  if (end !== 'py' && !parser) return undefined;
  const key = `${style} ${end} ${text}`;
  const known = done.get(key);
  if (known) return known;
  const made = parser ? format(text, { parser, ...STYLES[style] }) : Promise.resolve(RUFF[style]!.format(text));
  done.set(key, made);
  return made;
}
