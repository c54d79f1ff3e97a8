import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import type { LockEntry } from '../lock.ts';

/** Python modules that moved: old name -> new name. A package has the name of its folder. */
export type Renames = ReadonlyMap<string, string>;

/** An import of a module that moved, on one line of a file. */
export type RenamedImport = {
  readonly path: string;
  readonly line: number;
  readonly module: string;
  readonly now: string;
};

type Imported = { readonly line: number; readonly module: string };

const PACKAGE_FILE = '__init__';

/**
 * Modules whose generated file has another path after an update. `moved`: old source -> source that replaced it.
 */
export function renamedModules(
  before: readonly LockEntry[],
  after: readonly LockEntry[],
  moved: ReadonlyMap<string, string>,
): Renames {
  const paths = new Map(after.map(({ source, path }) => [source, path]));
  const renames = new Map<string, string>();
  for (const { source, path } of before) {
    const now = paths.get(source) ?? paths.get(moved.get(source) ?? source);
    if (now === undefined || now === path || !path.endsWith('.py') || !now.endsWith('.py')) continue;
    const [from, to] = [moduleOf(path), moduleOf(now)];
    if (from !== to) renames.set(from, to);
  }
  return renames;
}

/** The imports in a Python file that name a module under its old name. The file itself is not changed. */
export function findRenamedImports(path: string, text: string, renames: Renames): RenamedImport[] {
  return importsIn(path, text).flatMap(({ line, module }) => {
    const now = nameNow(module, renames);
    return now === undefined ? [] : [{ path, line, module, now }];
  });
}

/** The new name of a module: its own, or the one below a package that was renamed. */
function nameNow(module: string, renames: Renames): string | undefined {
  const steps = module.split('.');
  for (let length = steps.length; length > 0; length--) {
    const now = renames.get(steps.slice(0, length).join('.'));
    if (now !== undefined) return [now, ...steps.slice(length)].join('.');
  }
  return undefined;
}

/** Every imported module. For `from a import b`, it is `a.b`, which can be a module or a name of `a`. */
function importsIn(path: string, text: string): Imported[] {
  const found: Imported[] = [];
  parser.parse(text).iterate({
    enter: ({ name, node }) => {
      if (name !== 'ImportStatement') return;
      const at = text.slice(0, node.from).split('\n').length;
      for (const { from, module } of modulesOf(node, path, text))
        found.push({ line: at + text.slice(node.from, from).split('\n').length - 1, module });
    },
  });
  return found;
}

type Named = { readonly from: number; readonly module: string };

function modulesOf(node: SyntaxNode, path: string, text: string): Named[] {
  const tokens: { readonly from: number; readonly text: string }[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== 'Comment') tokens.push({ from: child.from, text: text.slice(child.from, child.to) });
  const start = tokens.findIndex((token) => token.text === 'import');
  const names = namesOf(tokens.slice(start + 1));
  if (start <= 0) return names;
  const base = absolute(
    tokens
      .slice(1, start)
      .map((token) => token.text)
      .join(''),
    path,
  );
  if (base === undefined) return [];
  return names.map(({ from, module }) => ({ from, module: module === '*' ? base : `${base}.${module}` }));
}

/** The names of `a.b as c, d`. */
function namesOf(tokens: readonly { readonly from: number; readonly text: string }[]): Named[] {
  const names: { from: number; module: string }[] = [];
  let isOpen = false;
  let isAlias = false;
  for (const { from, text } of tokens) {
    if (text === ',') isOpen = isAlias = false;
    else if (text === 'as') isAlias = true;
    else if (!isAlias && text !== '(' && text !== ')') {
      if (isOpen) names.at(-1)!.module += text;
      else names.push({ from, module: text });
      isOpen = true;
    }
  }
  return names;
}

/** The absolute name of a module that a file imports; undefined above the top. */
function absolute(name: string, path: string): string | undefined {
  const [dots = ''] = /^\.*/.exec(name)!;
  if (dots === '') return name;
  const folder = withoutRoot(path).split('/').slice(0, -1);
  if (dots.length > folder.length) return undefined;
  return [...folder.slice(0, folder.length - dots.length + 1), ...name.slice(dots.length).split('.')]
    .filter(Boolean)
    .join('.');
}

/** `src/` is the root of the package, and the top folder that of the pipelines and tests. */
const withoutRoot = (path: string): string => path.replace(/^src\//, '');

function moduleOf(path: string): string {
  const steps = withoutRoot(path).replace(/\.py$/, '').split('/');
  return (steps.at(-1) === PACKAGE_FILE ? steps.slice(0, -1) : steps).join('.');
}
