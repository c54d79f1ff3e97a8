import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, lineAt, memo, type StackCheck } from './check.ts';
import { isMakefile, OWN } from './makefiles.ts';

/**
 * A variable of the user's shell changes nothing in make: a Makefile assigns each variable that it reads, so that only
 * the command line of make can set it. The exceptions are the variables of `.env.example` and names with a prefix of
 * the project or of the tool that reads them.
 */

/** Names that no shell has by accident. */
export const PREFIXES =
  /^(?:MLOPS_|TF_VAR_|UV_|PIP_|AWS_|DOCKER_|BUILDX_|GIT_|CI_|XDG_|(?:HTTPS?|ALL|NO)_PROXY$|(?:https?|all|no)_proxy$|SSL_CERT_FILE$|(?:REQUESTS|CURL)_CA_BUNDLE$)/;
/** Variables that every process has. */
const SYSTEM = ['PATH', 'HOME', 'PWD', 'TMPDIR', 'VIRTUAL_ENV'];

export type Read = { readonly name: string; readonly line: number };
type Makefile = {
  /** Variables that the file assigns, with the text of each assignment. */
  readonly sets: ReadonlyMap<string, string>;
  readonly conditional: readonly Read[];
  /** Variables that make, or the shell of a recipe, expands. */
  readonly reads: readonly Read[];
  /** Variables that the file assigns only if no other Makefile does. */
  readonly fallbacks: ReadonlySet<string>;
  /** Variables that the shell of a recipe sets. Their names have lower-case letters. */
  readonly local: ReadonlySet<string>;
};

const found = (text: string, pattern: RegExp): Read[] =>
  [...text.matchAll(pattern)].map((match) => ({ name: match[1]!, line: lineAt(text, match.index) }));
const withoutComments = (text: string): string => text.replace(/^[ \t]*#.*$/gm, '');

const read = memo((source): Makefile => {
  const text = withoutComments(source);
  const assigned = text.matchAll(
    /^ *(?:[\w.%-]+: *)?(?:(?:export|override) +)?(?:define +)?([A-Za-z_]\w*) *(?:(?::|:::?)?=[^\n]*|$)/gm,
  );
  const loops = [...text.matchAll(/\$\(foreach +(\w+),/g)].map((match): [string, string] => [match[1]!, 'foreach']);
  return {
    sets: new Map([
      ...[...assigned].map((match): [string, string] => [match[1]!, match[0].replace(/^[\w.%-]+: */, '').trim()]),
      ...loops,
    ]),
    conditional: found(text, /^ *(?:[\w.%-]+: *)?(?:export +)?([A-Za-z_]\w*) *(?:\?=|\+=)/gm),
    reads: [
      ...found(text, /(?<!\$)\$[({](?:value +|origin +|flavor +)?([A-Za-z_]\w*)[):}]/g),
      ...found(text, /\bif(?:n?def|n?eq) +"?(?:\$\(origin )?([A-Z_]\w*)(?=[\s)])/g),
      ...found(text, /\$\$\{?([A-Za-z_]\w*)/g),
    ],
    fallbacks: new Set(found(text, /^ifneq "\$\(origin (\w+)\)" "file"/gm).map(({ name }) => name)),
    local: new Set(
      [...text.matchAll(/(?:\bfor +|\bread +(?:-r +)?|[\s;&|({@])([a-z_][a-z0-9_]*)(?:=| +in\b|;|$)/gm)].map(
        (match) => match[1]!,
      ),
    ),
  };
});

type Script = { readonly sets: ReadonlySet<string>; readonly reads: readonly Read[] };
const readScript = memo((source): Script => {
  // Text in single quotes is a program in another language.
  const text = withoutComments(source).replace(/'[^']*'/g, (quoted) => quoted.replace(/[^\n]/g, ' '));
  return {
    sets: new Set(
      [
        ...text.matchAll(
          /(?:^|[\s;(])(?:export +|local +)?([A-Za-z_]\w*)=|\bfor +(\w+) +in\b|\bread +(?:-r +)?(\w+)/gm,
        ),
      ].map((match) => (match[1] ?? match[2] ?? match[3])!),
    ),
    reads: found(text, /(?<!\\)\$\{?([A-Za-z_]\w*)/g),
  };
});

const isScript = (file: OutputFile): boolean => file.path.startsWith('scripts/') && file.path.endsWith('.sh');
const makefiles = (stack: Stack): OutputFile[] => [...stack.files.values()].filter(({ path }) => isMakefile(path));

/** The variables of `.env.example`. */
export const settingsOf = (stack: Stack): string[] =>
  [...(stack.files.get('.env.example')?.content.text ?? '').matchAll(/^(\w+)=/gm)].map((match) => match[1]!);

/** Every variable that the Makefiles and scripts of a stack set or read. */
export function variablesOf(stack: Stack): ReadonlySet<string> {
  const names = makefiles(stack).flatMap((file) => [
    ...read(file)!.sets.keys(),
    ...read(file)!.reads.map(({ name }) => name),
  ]);
  const scripts = [...stack.files.values()].filter(isScript).flatMap((file) => {
    const { sets, reads } = readScript(file)!;
    return reads.flatMap(({ name }) => (sets.has(name) ? [] : [name]));
  });
  return new Set([...names, ...scripts].filter((name) => !SYSTEM.includes(name)));
}

/** The parameters without a default. */
export const requiredOf = (stack: Stack): string[] =>
  makefiles(stack).flatMap((file) => [...read(file)!.sets].flatMap(([name, text]) => (/:=$/.test(text) ? [name] : [])));

export const parameterCheck: StackCheck = {
  name: 'parameters',
  find: (stack) => {
    const faults: Fault[] = [];
    const owners = new Map<string, { path: string; text: string }>();
    const known = new Set([...OWN, ...SYSTEM, ...settingsOf(stack)]);
    const files = makefiles(stack);
    for (const file of files)
      for (const [name, text] of read(file)!.sets) {
        const owner = owners.get(name);
        const isFallback = read(file)!.fallbacks.has(name);
        if (owner && owner.path !== file.path && owner.text !== text && text !== 'foreach' && !isFallback)
          faults.push({ path: file.path, message: `assigns ${name}, which ${owner.path} assigns differently` });
        if (!isFallback) owners.set(name, { path: file.path, text });
      }
    for (const name of files.flatMap((file) => [...read(file)!.fallbacks])) known.add(name);
    for (const file of files) {
      const { conditional, reads, local } = read(file)!;
      for (const { name, line } of conditional)
        faults.push({ path: file.path, message: `line ${line}: ?= and += take ${name} from the shell of the user` });
      for (const { name, line } of reads)
        if (!owners.has(name) && !known.has(name) && !PREFIXES.test(name) && !local.has(name))
          faults.push({ path: file.path, message: `line ${line}: takes ${name} from the shell of the user` });
    }
    for (const file of [...stack.files.values()].filter(isScript)) {
      const { sets, reads } = readScript(file)!;
      for (const { name, line } of reads)
        if (!sets.has(name) && !known.has(name) && !PREFIXES.test(name))
          faults.push({ path: file.path, message: `line ${line}: takes ${name} from the shell of the user` });
    }
    for (const file of [...stack.files.values()].filter(({ path }) => path.startsWith('deploy/compose/')))
      for (const { name, line } of found(file.content.text ?? '', /(?<!\$)\$\{?([A-Za-z_]\w*)/g))
        if (!known.has(name) && !PREFIXES.test(name))
          faults.push({ path: file.path, message: `line ${line}: takes ${name} from the shell of the user` });
    return faults;
  },
};
