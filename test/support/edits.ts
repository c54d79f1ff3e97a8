import type { DiskFile } from '../../src/core/update/types.ts';
import { fileOf, textOf } from './repositories.ts';

/**
 * Random edits like those of users, in all lines of all kinds of files. Every written text contains a unique word, so
 * that a test can find it.
 */

export type Random = () => number;
type Files = Map<string, DiskFile>;
type Pen = { readonly random: Random; readonly word: () => string; readonly notes: string[] };

/** A word that no template contains. `hand` distinguishes the edits of different rounds. */
const WORD = /zq\d+x\d+w/g;

/** Every word of a user edit, with the paths of the files that contain it. */
export function wordsOf(files: ReadonlyMap<string, DiskFile>): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const [path, file] of files)
    for (const [word] of textOf(file).matchAll(WORD)) words.set(word, [...(words.get(word) ?? []), path]);
  return words;
}

const EDITS: readonly (readonly [weight: number, edit: (files: Files, path: string, pen: Pen) => void])[] = [
  [34, insertLine],
  [22, changeLine],
  [14, deleteLines],
  [8, addFile],
  [6, deleteFile],
  [5, renameFile],
  [
    4,
    (files, path, { notes }) => (
      notes.push(`chmod ${path}`), files.set(path, { ...files.get(path)!, executable: !files.get(path)!.executable })
    ),
  ],
  [
    4,
    (files, path, { notes }) =>
      rewrite(files, path, (text) => (notes.push(`CRLF ${path}`), text.replaceAll(/\r?\n/g, '\r\n'))),
  ],
  [
    2,
    (files, path, { notes }) =>
      rewrite(files, path, (text) => (notes.push(`no end of line ${path}`), text.replace(/\r?\n$/, ''))),
  ],
  [
    1,
    (files, path, { notes, word }) =>
      rewrite(
        files,
        path,
        (text) => (notes.push(`binary ${path}`), `${text.slice(0, 20)}\0${word()}${text.slice(20)}`),
      ),
  ],
];
const TOTAL = EDITS.reduce((sum, [weight]) => sum + weight, 0);

/** Files after some edits, with a description of the edits. The paths in `likely` are edited more often than others. */
export function scribble(
  before: ReadonlyMap<string, DiskFile>,
  random: Random,
  hand: number,
  likely: readonly string[] = [],
): { files: ReadonlyMap<string, DiskFile>; notes: readonly string[] } {
  const files: Files = new Map(before);
  const notes: string[] = [];
  let count = 0;
  const pen = { random, word: () => `zq${hand}x${count++}w`, notes };
  for (let left = 3 + Math.floor(random() * 12); left > 0; left--) {
    const among = likely.filter((path) => files.has(path));
    const path = pick(among.length > 0 && random() < 0.6 ? among : [...files.keys()], random);
    let at = random() * TOTAL;
    const [, edit] = EDITS.find(([weight]) => (at -= weight) < 0)!;
    edit(files, path, pen);
  }
  return { files, notes };
}

export const pick = <T>(items: readonly T[], random: Random): T => items[Math.floor(random() * items.length)]!;

function rewrite(files: Files, path: string, change: (text: string) => string): void {
  const { content, executable } = files.get(path)!;
  files.set(path, fileOf(change(textOf({ content, executable })), executable));
}

/** The text of an edit: usually valid in the language, sometimes arbitrary. */
function written(path: string, { random, word }: Pen): string {
  if (random() < 0.3) return `${word()} ${word()}`;
  if (path.endsWith('.md')) return `Mind the ${word()}.`;
  if (path.endsWith('.json')) return `  "${word()}": 1,`;
  return `# ${word()}`;
}

function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function insertLine(files: Files, path: string, pen: Pen): void {
  rewrite(files, path, (text) => {
    const all = lines(text);
    const at = Math.floor(pen.random() * (all.length + 1));
    const end = text.includes('\r\n') ? '\r\n' : '\n';
    const line = written(path, pen);
    pen.notes.push(`insert ${path}:${at + 1} ${line}`);
    if (at === all.length && all.length > 0 && !all.at(-1)!.endsWith('\n')) return `${text}${end}${line}${end}`;
    return [...all.slice(0, at), `${line}${end}`, ...all.slice(at)].join('');
  });
}

function changeLine(files: Files, path: string, pen: Pen): void {
  rewrite(files, path, (text) => {
    const all = lines(text);
    const at = Math.floor(pen.random() * all.length);
    const [, body = '', end = ''] = /^([^\r\n]*)(\r?\n)?$/.exec(all[at] ?? '') ?? [];
    const value = /^(\s*(?:- )?[\w."-]+\s*[:=]\s*)(\S.*)$/.exec(body);
    const other = (): string => (pen.random() < 0.5 ? `${body} # ${pen.word()}` : written(path, pen));
    all[at] = `${value ? value[1] + pen.word() : other()}${end}`;
    pen.notes.push(`change ${path}:${at + 1} ${all[at]!.trimEnd()}`);
    return all.join('');
  });
}

function deleteLines(files: Files, path: string, { random, notes }: Pen): void {
  rewrite(files, path, (text) => {
    const all = lines(text);
    const at = Math.floor(random() * all.length);
    const count = 1 + Math.floor(random() * 3);
    notes.push(`delete ${path}:${at + 1} +${count}`);
    return [...all.slice(0, at), ...all.slice(at + count)].join('');
  });
}

function addFile(files: Files, path: string, pen: Pen): void {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
  const name = `${folder}own-${pen.word()}${pick(['.py', '.md', '.yaml', ''], pen.random)}`;
  pen.notes.push(`add ${name}`);
  files.set(name, fileOf(`${written(name, pen)}\n`));
}

function deleteFile(files: Files, path: string, { notes }: Pen): void {
  notes.push(`remove ${path}`);
  files.delete(path);
}

function renameFile(files: Files, path: string, { notes, random, word }: Pen): void {
  const to = random() < 0.5 ? `${path}.${word()}` : `elsewhere/${word()}/${path.split('/').at(-1)!}`;
  notes.push(`rename ${path} -> ${to}`);
  files.set(to, files.get(path)!);
  files.delete(path);
}
