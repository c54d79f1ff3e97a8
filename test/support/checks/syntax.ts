import { Workspace } from '@astral-sh/ruff-wasm-nodejs';
import { validate } from 'dockerfile-utils';
import picomatch from 'picomatch';
import { parse as parseToml } from 'smol-toml';
import { type CollectionTag, type Document, parseAllDocuments, type ScalarTag } from 'yaml';
import type { OutputFile, Stack } from '../stacks.ts';
import type { FileCheck } from './check.ts';

/** Parses each language with its own parser. */

/** GitLab's own tag: the list after it names a key of another job. */
const REFERENCE: CollectionTag = { tag: '!reference', collection: 'seq', resolve: (node) => node };
const TAGS: (ScalarTag | CollectionTag)[] = [REFERENCE];

export const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);
export const readYaml = (text: string): Document.Parsed[] => [
  ...(parseAllDocuments(text, { customTags: TAGS, uniqueKeys: true }) as Document.Parsed[]),
];

const yaml: FileCheck = {
  name: 'yaml',
  accepts: (file) => isYaml(file.path),
  find: (text) =>
    readYaml(text).flatMap((document) => [...document.errors, ...document.warnings].map((error) => error.message)),
};

const thrown =
  (parse: (text: string) => unknown) =>
  (text: string): string[] => {
    try {
      parse(text);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  };

const toml: FileCheck = { name: 'toml', accepts: (file) => file.path.endsWith('.toml'), find: thrown(parseToml) };
const json: FileCheck = {
  name: 'json',
  accepts: (file) => /\.(json|ipynb)$/.test(file.path),
  find: thrown((text) => JSON.parse(text) as unknown),
};

const dockerfile: FileCheck = {
  name: 'dockerfile',
  accepts: (file) => /(^|\/)([\w-]+\.)?Dockerfile(\.[\w-]+)?$/.test(file.path),
  find: (text) => validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`),
};

type RuffTable = Record<string, unknown> & {
  lint?: Record<string, unknown> & { 'per-file-ignores'?: Record<string, string[]> };
};
type Ruff = {
  readonly key: string;
  readonly workspace: Workspace;
  readonly ignores: readonly (readonly [(path: string) => boolean, readonly string[]])[];
};

/** The Ruff rules that apply in addition to those of the repository, or alone if its settings cannot be read. */
const LEAST = ['E9', 'F', 'E501', 'SIM108'];
const LINE_LENGTH = 100;

const settings = new Map<number, Ruff>();
const workspaces = new Map<string, Workspace>();

/** Runs Ruff with the settings of the stack's pyproject.toml, like `make check`. */
function ruffOf(stack: Stack): Ruff {
  const project = stack.files.get('pyproject.toml');
  const id = project?.content.id ?? -1;
  let ruff = settings.get(id);
  if (!ruff) settings.set(id, (ruff = readRuff(project)));
  return ruff;
}

function readRuff(project: OutputFile | undefined): Ruff {
  const table = tableOf(project);
  const { 'per-file-ignores': ignores = {}, ...lint } = table.lint ?? {};
  const [selected, ignored] = ['select', 'ignore'].map((key) => (lint[key] as string[] | undefined) ?? []);
  const select = [...new Set([...LEAST, ...selected!])];
  const ignore = ignored!.filter((code) => !LEAST.includes(code));
  const options = {
    'line-length': table['line-length'] ?? LINE_LENGTH,
    'target-version': 'py311',
    src: table['src'] ?? ['src'],
    lint: { ...lint, select, ignore },
    ...(table['format'] ? { format: table['format'] } : {}),
  };
  const key = JSON.stringify(options);
  let workspace = workspaces.get(key);
  if (!workspace) workspaces.set(key, (workspace = new Workspace(options, 0)));
  return {
    key,
    workspace,
    ignores: Object.entries(ignores).map(
      ([glob, codes]) => [picomatch(glob, { dot: true, basename: !glob.includes('/') }), codes] as const,
    ),
  };
}

function tableOf(project: OutputFile | undefined): RuffTable {
  try {
    // A structured clone: the tables of the parser have no prototype, which wasm cannot read.
    return structuredClone(
      (parseToml(project?.content.text ?? '') as { tool?: { ruff?: RuffTable } }).tool?.ruff ?? {},
    );
  } catch {
    return {};
  }
}

const isPython = (file: OutputFile): boolean => file.path.endsWith('.py');
const isInit = (file: OutputFile): boolean => file.path.endsWith('/__init__.py');
const ignored = (ruff: Ruff, path: string): string[] =>
  ruff.ignores.flatMap(([matches, codes]) => (matches(path) ? codes : []));
const pythonKey = (file: OutputFile, stack: Stack): string => {
  const ruff = ruffOf(stack);
  return `${ruff.key} ${ignored(ruff, file.path).join()} ${isInit(file)}`;
};

const python: FileCheck = {
  name: 'python',
  accepts: isPython,
  key: pythonKey,
  find: (text, file, stack) => {
    const ruff = ruffOf(stack);
    const without = ignored(ruff, file.path);
    type Diagnostic = { code: string | null; message: string; start_location: { row: number; column: number } };
    return (
      (ruff.workspace.check(text) as Diagnostic[])
        .filter(({ code }) => !without.some((prefix) => code?.startsWith(prefix)))
        // The text has no file name, so Ruff cannot know that it is a module of the package.
        .filter(({ message }) => !(isInit(file) && message === 'Undefined name `__path__`'))
        .map(({ code, message, start_location: at }) => `line ${at.row}: ${code} ${message}`)
    );
  },
};

const pythonFormat: FileCheck = {
  name: 'python format',
  accepts: isPython,
  key: (_file, stack) => ruffOf(stack).key,
  find: (text, _file, stack) => {
    let formatted: string;
    try {
      formatted = ruffOf(stack).workspace.format(text);
    } catch {
      // The `python` check reports syntax errors.
      return [];
    }
    if (formatted === text) return [];
    const [was, is] = [text.split('\n'), formatted.split('\n')];
    const line = was.findIndex((each, index) => each !== is[index]);
    return [
      `line ${line + 1}: ruff format would write ${JSON.stringify(is[line] ?? '')} for ${JSON.stringify(was[line])}`,
    ];
  },
};

export const SYNTAX_CHECKS: readonly FileCheck[] = [yaml, toml, json, dockerfile, python, pythonFormat];
