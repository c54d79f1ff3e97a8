import type { Catalogue } from '../../core/catalogue.ts';
import { compareText } from '../../core/compare.ts';
import { type Config, showValue } from '../../core/config.ts';

/** Lists as many names as fit on one line next to a folder, and counts the others. */
const WIDTH = 78;

/** The choices, one line per group. */
export function showChoices(config: Config, catalogue: Catalogue): string {
  const groups = new Map<string, string[]>();
  for (const { group, id } of catalogue.choices)
    groups.set(group, [...(groups.get(group) ?? []), `${id} ${showValue(config.choices[id]!)}`]);
  groups.set('Models and environments', [
    `models ${config.models.map((model) => model.name).join(',')}`,
    `environments ${config.environments.join(',')}`,
    `trunk ${config.trunk}`,
  ]);
  const wide = Math.max(...[...groups.keys()].map((title) => title.length));
  return [...groups].map(([title, values]) => `  ${title.padEnd(wide)}  ${wrap(values, ', ', wide + 4)}\n`).join('');
}

/** A tree of the files. Each top-level folder is collapsed to its file count. */
export function showTree(name: string, paths: readonly string[]): string {
  const folders = new Map<string, string[]>();
  const files: string[] = [];
  for (const path of paths) {
    const slash = path.indexOf('/');
    if (slash < 0) files.push(path);
    else folders.set(path.slice(0, slash), [...(folders.get(path.slice(0, slash)) ?? []), path.slice(slash + 1)]);
  }
  const rows = [...folders]
    .sort(([a], [b]) => compareText(a, b))
    .map(([folder, below]) => ({ ...joinLone(folder, below), count: below.length }));
  const wide = Math.max(0, ...rows.map((row) => row.folder.length + 1));
  const digits = String(paths.length).length;
  const lines = rows.map(({ folder, names, count }) => {
    const start = `  ${`${folder}/`.padEnd(wide)}  ${String(count).padStart(digits)}`;
    return `${start}  ${shorten(names, WIDTH - wide - digits - 6)}`.trimEnd();
  });
  return [`${name}/  ${paths.length} files`, ...lines, `  ${wrap(files.sort(), '  ', 2)}`]
    .map((line) => `${line}\n`)
    .join('');
}

/** `src` is shown as `src/demo` if it holds only `demo`. Folders come before files. */
function joinLone(folder: string, below: readonly string[]): { folder: string; names: string[] } {
  const heads = [...new Set(below.map((path) => path.split('/')[0]!))];
  const [only] = heads;
  if (heads.length === 1 && below.every((path) => path.includes('/')))
    return joinLone(
      `${folder}/${only}`,
      below.map((path) => path.slice(only!.length + 1)),
    );
  const isFolder = (head: string): boolean => below.some((path) => path.startsWith(`${head}/`));
  return {
    folder,
    names: [
      ...heads
        .filter(isFolder)
        .sort()
        .map((head) => `${head}/`),
      ...heads.filter((head) => !isFolder(head)).sort(),
    ],
  };
}

function shorten(names: readonly string[], width: number): string {
  for (let count = names.length; count > 0; count--) {
    const text = names.slice(0, count).join(' ') + (count < names.length ? ' …' : '');
    if (text.length <= width) return text;
  }
  return '';
}

function wrap(words: readonly string[], between: string, indent: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && indent + line.length + between.length + word.length <= WIDTH)
      lines[lines.length - 1] = line + between + word;
    else lines.push(word);
  }
  return lines.join(`${between.trimEnd()}\n${' '.repeat(indent)}`);
}
