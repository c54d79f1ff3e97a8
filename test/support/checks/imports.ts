import { posix } from 'node:path';
import { whyBadProjectName } from '../../../src/core/names.ts';
import { importNames } from '../../../src/core/slots.ts';
import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, lineAt, memo, type StackCheck } from './check.ts';

/**
 * Python imports refer to a file of the stack and a name in it, to the standard library, or to a package that the stack
 * pins. Where a file uses a name of an imported module of the stack (`module.name`), the module has it.
 */

type Import = { readonly module: string; readonly names: readonly Name[]; readonly line: number };
type Name = { readonly name: string; readonly as: string };
/** `module.name` in the code of a file. */
type Use = { readonly of: string; readonly name: string; readonly line: number };

const code = (text: string): string =>
  text
    .replace(/("""|''')[\s\S]*?\1/g, (match) => match.replace(/[^\n]/g, ' '))
    .replace(/(^|\s)#[^\n]*/g, (match) => match.replace(/[^\n]/g, ' '));

const imports = memo((text): Import[] => {
  const source = code(text);
  const from = [...source.matchAll(/^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n]+))/gm)].map(
    (match) => ({
      module: match[1]!,
      names: (match[2] ?? match[3]!)
        .split(',')
        .map((name) => name.trim().split(/\s+as\s+/))
        .filter(([name]) => name)
        .map(([name, as]): Name => ({ name: name!, as: as ?? name! })),
      line: lineAt(source, match.index + match[0].search(/\S/)),
    }),
  );
  const plain = [...source.matchAll(/^[ \t]*import[ \t]+([^\n(]+)/gm)].flatMap((match) =>
    match[1]!.split(',').map((name) => ({
      module: name.trim().split(/\s+as\s+/)[0]!,
      names: [],
      line: lineAt(source, match.index + match[0].search(/\S/)),
    })),
  );
  return [...from, ...plain];
});

/** The uses of names through a module. A variable or parameter with the name of a module hides it. */
const uses = memo((text): Use[] => {
  const source = code(text)
    .replace(/(["'])(?:\\.|(?!\1)[^\\\n])*\1/g, (match) => ' '.repeat(match.length))
    .replace(/^[ \t]*(?:from|import)[ \t][^\n]*/gm, (match) => ' '.repeat(match.length));
  const bound = source.matchAll(/\b(?:(\w+)(?: *=(?!=)|: )|(?:for|as) (\w+))/g);
  const hidden = new Set([...bound].map(([, assigned, named]) => assigned ?? named));
  return [...source.matchAll(/(?<![\w.])([a-z]\w*)\.([A-Za-z]\w*)/g)]
    .filter(([, of]) => !hidden.has(of!))
    .map((match) => ({ of: match[1]!, name: match[2]!, line: lineAt(source, match.index) }));
});

/** The top-level names of a module; undefined if the module defines them at run time. */
const topLevel = memo((text): { readonly names: ReadonlySet<string>; readonly isDynamic: boolean } => {
  const source = code(text);
  // One level of indentation is still the top level below `if TYPE_CHECKING:` and `try:`.
  const defined = [
    ...source.matchAll(
      /^(?: {4})?(?:(?:async +)?def|class) +(\w+)|^(?: {4})?(\w+(?:, \w+)*) *(?::[^\n=]+)?=(?!=)|^type +(\w+)/gm,
    ),
  ].flatMap((match) => (match[1] ?? match[2] ?? match[3])!.split(', '));
  const imported = [
    ...source.matchAll(/^[ \t]*(?:from[ \t]+[.\w]+[ \t]+)?import[ \t]+(?:\(([^)]*)\)|([^\n]+))/gm),
  ].flatMap((match) =>
    (match[1] ?? match[2]!).split(',').map(
      (name) =>
        name
          .trim()
          .split(/\s+as\s+/)
          .at(-1)!
          .split('.')[0]!,
    ),
  );
  return { names: new Set([...defined, ...imported]), isDynamic: /^def __getattr__|^from .+ import \*/m.test(source) };
});

/** Folders of a repository from which Python imports: the root for pipelines and tests, src for the package. */
const ROOTS = ['', 'src/'];

function fileOf(stack: Stack, module: string): OutputFile | 'folder' | undefined {
  return (
    stack.files.get(`${module}.py`) ??
    stack.files.get(`${module}/__init__.py`) ??
    (stack.paths.has(module) ? 'folder' : undefined)
  );
}

const standard = (root: string): boolean =>
  root.startsWith('_') || /standard library|keyword/.test(whyBadProjectName(root.replaceAll('_', '-')) ?? '');

function find(stack: Stack): Fault[] {
  const python = [...stack.files.values()].filter((file) => file.path.endsWith('.py'));
  const own = new Set(
    python.flatMap(({ path }) =>
      ROOTS.filter((root) => path.startsWith(root)).map((root) =>
        path.slice(root.length).split('/')[0]!.replace(/\.py$/, ''),
      ),
    ),
  );
  own.delete('src');
  const installed = importNames(stack.plan.stack.parts);
  return python.flatMap((file) =>
    imports(file)!.flatMap((each): Fault[] => {
      const fault = (message: string): Fault[] => [{ path: file.path, message: `line ${each.line}: ${message}` }];
      const dots = /^\.*/.exec(each.module)![0].length;
      const steps = each.module.slice(dots).split('.').filter(Boolean);
      const beside = posix.dirname(file.path);
      const places =
        dots > 0
          ? [posix.join(beside, ...Array<string>(dots - 1).fill('..'), ...steps)]
          : ROOTS.map((root) => root + steps.join('/'));
      if (dots === 0 && !own.has(steps[0]!)) {
        // pytest adds the folder of a test to the path.
        if (standard(steps[0]!) || installed.has(steps[0]!) || fileOf(stack, posix.join(beside, ...steps))) return [];
        return fault(`imports ${steps[0]}, which no module of this stack pins`);
      }
      const target = places.map((place) => ({ place, file: fileOf(stack, place) })).find((place) => place.file);
      if (!target) return fault(`imports ${each.module}, which does not exist`);
      const module = target.file === 'folder' ? undefined : topLevel(target.file!);
      if (module?.isDynamic) return [];
      return each.names.flatMap(({ name, as }) => {
        if (name === '*' || module?.names.has(name)) return [];
        const part = fileOf(stack, `${target.place}/${name}`);
        if (!part) return fault(`imports ${name} from ${each.module}, which has no such name`);
        return part === 'folder' ? [] : findUses(stack, file, as, part);
      });
    }),
  );
}

/** The uses of a module of the stack under the name `as`, of names that it does not have. */
function findUses(stack: Stack, file: OutputFile, as: string, module: OutputFile): Fault[] {
  const { names, isDynamic } = topLevel(module)!;
  if (isDynamic) return [];
  return uses(file)!
    .filter(({ of, name }) => of === as && !names.has(name) && !fileOf(stack, `${posix.dirname(module.path)}/${name}`))
    .map(({ name, line }) => ({
      path: file.path,
      message: `line ${line}: uses ${as}.${name}, which ${module.path} does not have`,
    }));
}

export const importCheck: StackCheck = { name: 'imports', find };
