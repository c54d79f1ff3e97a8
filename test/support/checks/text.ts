import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { whyBadName } from '../../../src/core/names.ts';
import type { OutputFile } from '../stacks.ts';
import { type FileCheck, lineAt } from './check.ts';

/** Text that no generated file may contain, in any language. */

const all = (): boolean => true;
const isMarkdown = (path: string): boolean => path.endsWith('.md');

const finder =
  (patterns: readonly (readonly [RegExp, string])[]) =>
  (text: string): string[] =>
    patterns.flatMap(([pattern, what]) =>
      [...text.matchAll(pattern)].map(
        (match) => `line ${lineAt(text, match.index)}: ${what} ${JSON.stringify(match[0])}`,
      ),
    );

const VALUES = [
  [/\bundefined\b/g, 'a missing value'],
  [/\[object \w+\]/g, 'a value that is no text'],
  [/\bNaN\b/g, 'a number that is none'],
] as const;

/** The author of a template intended its text outside tags. A copied file consists only of such text. */
function literal(file: OutputFile): string {
  const source = file.intent?.source;
  return source && 'file' in source ? String(source.file.content()).replace(/<%[\s\S]*?%>/g, '') : '';
}

const values: FileCheck = {
  name: 'values',
  accepts: (file) => file.kind !== 'copy',
  find: (text, file) =>
    finder(VALUES.filter(([pattern]) => text.search(pattern) >= 0 && literal(file).search(pattern) < 0))(text),
};

const tags: FileCheck = {
  name: 'tags',
  accepts: all,
  key: (file) => (file.path.endsWith('.py') ? 'py' : ''),
  find: (text, file) =>
    finder([
      [/<%|%>/g, 'a tag'],
      // Python has a variable with the first name.
      [file.path.endsWith('.py') ? /__model__/g : /__(?:package|model)__/g, 'a token'],
    ])(text),
};

const placeholders: FileCheck = {
  name: 'placeholders',
  accepts: all,
  find: finder([
    [/\b(?:TODO|FIXME|CHANGEME|XXX)\b|<your-|\byour-(?:project|bucket|account|registry|org)\b/g, 'a placeholder'],
  ]),
};

const ROOT = join(import.meta.dirname, '../../..');
const machine = [...new Set([ROOT, ...(hostname().length >= 8 ? [hostname()] : [])])]
  .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  .join('|');
const home = homedir().replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const machinePaths: FileCheck = {
  name: 'machine paths',
  accepts: all,
  key: (file) => (/Dockerfile|compose|(^|\/)image\.mk$|^\.devcontainer\//.test(file.path) ? 'image' : ''),
  find: (text, file) =>
    finder([
      [new RegExp(machine, 'g'), 'this machine'],
      [/(?<![\w.])\/(?:Users|work)\/\w+/g, 'a path of a machine'],
      // Inside an image, these paths belong to the image.
      ...(/Dockerfile|compose|(^|\/)image\.mk$|^\.devcontainer\//.test(file.path)
        ? []
        : ([[new RegExp(`(?<![\\w.])(?:/home/\\w+|${home}/)`, 'g'), 'a path of a machine']] as const)),
    ])(text),
};

const lines: FileCheck = {
  name: 'lines',
  accepts: all,
  key: (file) => (isMarkdown(file.path) ? 'md' : ''),
  find: (text, file) => {
    if (text === '') return [];
    const faults: string[] = [];
    if (text.includes('\r')) faults.push('it holds a carriage return');
    if (text.charCodeAt(0) === 0xfeff) faults.push('it begins with a byte order mark');
    if (!text.endsWith('\n')) faults.push('it does not end with a newline');
    if (text.endsWith('\n\n')) faults.push('it ends with more than one newline');
    if (!isMarkdown(file.path))
      for (const match of text.matchAll(/[ \t]+$/gm)) faults.push(`line ${lineAt(text, match.index)}: trailing blanks`);
    return faults;
  },
};

/**
 * The names that a pattern matches in every folder, as a pattern of names; undefined if it is for one place. Docker
 * reads patterns from the top folder.
 */
function everywhere(line: string, isDocker: boolean): string | undefined {
  const [, start, name] = /^!?(\*\*\/)?([^/#]+)\/?$/.exec(line) ?? [];
  return isDocker && start === undefined ? undefined : name;
}

/** Whether a model can have a name that the pattern matches. Wildcards stand for letters. */
const matchesAName = (pattern: string): boolean =>
  pattern.startsWith('*')
    ? /^[*?[\]a-z0-9_-]+$/.test(pattern)
    : whyBadName(pattern.replaceAll(/[*?[\]]/g, 'x').replaceAll('_', '-')) === undefined;

/** A project, a model or an environment can have the name of a folder that a pattern means only at the top level. */
const ignoredNames: FileCheck = {
  name: 'ignored names',
  accepts: (file) => /(?:^|\/)\.\w+ignore$/.test(file.path),
  key: (file) => String(file.path.endsWith('.dockerignore')),
  find: (text, file) =>
    text.split('\n').flatMap((line, index) => {
      const name = everywhere(line, file.path.endsWith('.dockerignore'));
      const fault = `line ${index + 1}: the pattern ${line} also matches a folder of that name below src/; begin it with /`;
      return name !== undefined && matchesAName(name) ? [fault] : [];
    }),
};

/** For git, the last pattern that matches a file decides: a pattern after an exception can cancel it. */
const exceptionsLast: FileCheck = {
  name: 'exceptions of .gitignore',
  accepts: (file) => file.path === '.gitignore',
  find: (text) => {
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.startsWith('!'));
    const after = lines.findIndex((line, index) => index > first && /^[^!#\s]/.test(line));
    if (first === -1 || after === -1) return [];
    return [`line ${after + 1}: the pattern ${lines[after]} follows the exception ${lines[first]} and can cancel it`];
  },
};

export const TEXT_CHECKS: readonly FileCheck[] = [
  values,
  tags,
  placeholders,
  machinePaths,
  lines,
  ignoredNames,
  exceptionsLast,
];
