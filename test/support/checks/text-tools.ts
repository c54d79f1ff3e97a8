import type { OutputFile } from '../stacks.ts';
import { type FileCheck, lineAt } from './check.ts';
import { isMakefile } from './makefiles.ts';

/**
 * Recipes, scripts and jobs read JSON, YAML and TOML with a parser. A pattern of `grep`, `sed` or `awk` no longer
 * matches after a formatter changed the layout of the file.
 */

const TOOLS = /(?:^|[\s;&|(`'"=@])(?:[ef]?grep|sed|g?awk|cut|perl|tr|head|tail)\s/;
/** A file with such a format, or the output of a command that prints one. */
const FORMATS = /\.(?:json|ya?ml|toml)\b|(?:^|\s)--?(?:output|format|o)?[= ]?(?:json|yaml)\b/;

const isShell = ({ path }: OutputFile): boolean =>
  isMakefile(path) || /\.(?:sh|ya?ml)$|(?:^|\/)Dockerfile[^/]*$/.test(path);

/** Each line with its continuations, and the offset at which it starts. */
const logicalLines = (text: string): { readonly line: string; readonly at: number }[] =>
  [...text.matchAll(/(?:[^\n]*\\\n)*[^\n]+/g)].map((match) => ({ line: match[0], at: match.index }));

/** The pipelines of a line: commands that pass their output on stay together. */
const pipelines = (line: string): string[] => line.split(/;|&&|\|\||\bthen\b|\belse\b/);

export const textToolCheck: FileCheck = {
  name: 'text tools',
  accepts: isShell,
  find: (text) =>
    logicalLines(text)
      .filter(({ line }) => !/^\s*#/.test(line))
      .flatMap(({ line, at }) =>
        pipelines(line)
          .filter((part) => TOOLS.test(part) && FORMATS.test(part))
          .map((part) => `line ${lineAt(text, at)}: reads a format without its parser: ${part.trim()}`),
      ),
};
