import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, lineAt, memo, type StackCheck } from './check.ts';

/** Makefile and mk/*.mk of one stack, which make reads as one text. */

export const isMakefile = (path: string): boolean => path === 'Makefile' || /^mk\/[^/]+\.mk$/.test(path);

type Target = {
  readonly name: string;
  readonly line: number;
  readonly isDocumented: boolean;
  readonly hasRecipe: boolean;
};
type Makefile = {
  readonly targets: readonly Target[];
  readonly phony: readonly string[];
  readonly sets: readonly string[];
  readonly uses: readonly { name: string; line: number }[];
  /** Modules of the package that a recipe runs, without the name of the package. */
  readonly modules: readonly { name: string; line: number }[];
  readonly faults: readonly string[];
};

const read = memo((text): Makefile => {
  const targets: Target[] = [];
  const phony: string[] = [];
  const faults: string[] = [];
  const lines = text.split('\n');
  let inDefine = false;
  let hasRule = false;
  lines.forEach((line, index) => {
    if (/^define\b/.test(line)) inDefine = true;
    if (/^endef\b/.test(line)) inDefine = false;
    const continues = lines[index - 1]?.endsWith('\\') ?? false;
    if (inDefine || continues) return;
    if (/^ +\S/.test(line) && hasRule && !/^ +(?:ifeq|ifneq|ifdef|ifndef|else|endif|#)/.test(line))
      faults.push(`line ${index + 1}: begins with spaces instead of the tab of a recipe`);
    if (line.startsWith('\t') && !hasRule) faults.push(`line ${index + 1}: a recipe without a target`);
    const rule = /^([^\s#:=?+!][^:=#?+!]*?)\s*::?(?![:=])(.*)$/.exec(line);
    if (!rule || line.startsWith('\t') || /^(?:ifn?eq\b|ifn?def\b|else\b|endif\b|\$\()/.test(line)) {
      if (/^\S/.test(line) && !/^(?:#|ifeq|ifneq|ifdef|ifndef|else|endif)/.test(line)) hasRule = false;
      return;
    }
    const [, names, rest] = rule as unknown as [string, string, string];
    // `name: VARIABLE := value` sets a variable for a target that is defined elsewhere.
    if (/^\s*(?:export\s+|private\s+)?\w+\s*[:+?]?=/.test(rest)) return;
    if (names === '.PHONY') phony.push(...rest.split('##')[0]!.trim().split(/\s+/).filter(Boolean));
    else if (!names.startsWith('.')) {
      hasRule = true;
      const hasRecipe =
        rest.split('##')[0]!.includes(';') ||
        (lines
          .slice(index + 1)
          .find((next, from) => next !== '' && !lines[index + from]!.endsWith('\\'))
          ?.startsWith('\t') ??
          false);
      for (const name of names.split(/\s+/))
        targets.push({ name, line: index + 1, isDocumented: rest.includes('## '), hasRecipe });
    }
  });
  const sets = [
    ...text.matchAll(/^ *(?:export +|unexport +|override +|define +|[\w.%/-]+: *)?([A-Z_]\w*) *(?:[:?+]?=|$)/gm),
  ].map((match) => match[1]!);
  // Variables that a conditional tests may be unset.
  const asked = new Set(
    [...text.matchAll(/(?:\$\(if |\$\(or |\$\(origin |ifn?def +|ifn?eq +\()\$?[({]?([A-Z_]\w*)/g)].map(
      (match) => match[1]!,
    ),
  );
  const uses = lines
    .flatMap((line, index) =>
      line.startsWith('#')
        ? []
        : [...line.matchAll(/(?<!\$)\$[({]([A-Z_]\w*)[)}]/g)].map((match) => ({ name: match[1]!, line: index + 1 })),
    )
    .filter(({ name }) => !asked.has(name));
  const modules = [...text.matchAll(/-m \$\(PACKAGE\)\.([\w.]+)/g)].map((match) => ({
    name: match[1]!,
    line: lineAt(text, match.index),
  }));
  return { targets, phony, sets, uses, modules, faults };
});

/** Variables that make sets. */
export const OWN: readonly string[] = [
  'CURDIR',
  'MAKE',
  'MAKEFILE_LIST',
  'MAKECMDGOALS',
  'MAKEFLAGS',
  'SHELL',
  'MAKELEVEL',
];

const makefiles = (stack: Stack): OutputFile[] => [...stack.files.values()].filter((file) => isMakefile(file.path));

const targetSets = new Map<string, ReadonlySet<string>>();

/** Every target of a stack. */
export function targetsOf(stack: Stack): ReadonlySet<string> {
  const files = makefiles(stack);
  const key = files.map((file) => file.content.id).join();
  let set = targetSets.get(key);
  if (!set)
    targetSets.set(key, (set = new Set(files.flatMap((file) => read(file)!.targets.map((target) => target.name)))));
  return set;
}

export const makefileCheck: StackCheck = {
  name: 'makefiles',
  find: (stack) => {
    const files = makefiles(stack);
    const targets = targetsOf(stack);
    const faults: Fault[] = [];
    const owners = new Map<string, string>();
    const phony = new Set(files.flatMap((file) => read(file)!.phony));
    const environment = [...(stack.files.get('.env.example')?.content.text ?? '').matchAll(/^(\w+)=/gm)].map(
      (match) => match[1]!,
    );
    const set = new Set([...OWN, ...files.flatMap((file) => read(file)!.sets), ...environment]);
    for (const file of files) {
      const { targets: rules, uses, modules, faults: own } = read(file)!;
      faults.push(...own.map((message) => ({ path: file.path, message })));
      faults.push(
        ...uses
          .filter(({ name }) => !set.has(name))
          .map(({ name, line }) => ({
            path: file.path,
            message: `line ${line}: uses $(${name}), which is not defined`,
          })),
      );
      for (const { name, line } of modules) {
        const path = `src/${stack.plan.stack.project.package}/${name.replaceAll('.', '/')}`;
        if (!stack.paths.has(`${path}.py`) && !stack.paths.has(`${path}/__main__.py`))
          faults.push({ path: file.path, message: `line ${line}: runs $(PACKAGE).${name}, which is not a module` });
      }
      for (const { name, line, isDocumented, hasRecipe } of rules) {
        const owner = owners.get(name);
        // A rule without a recipe only adds prerequisites, which any file may do.
        if (owner && hasRecipe)
          faults.push({ path: file.path, message: `line ${line}: the target ${name} is also in ${owner}` });
        if (hasRecipe) owners.set(name, file.path);
        // Without .PHONY, a folder with the same name disables the command.
        if (isDocumented && !phony.has(name))
          faults.push({ path: file.path, message: `line ${line}: the documented target ${name} is not .PHONY` });
      }
    }
    for (const file of files) {
      for (const name of read(file)!.phony)
        if (!targets.has(name))
          faults.push({ path: file.path, message: `.PHONY names ${name}, which no Makefile defines` });
    }
    return faults;
  },
};
