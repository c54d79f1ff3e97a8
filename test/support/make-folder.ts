import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { caseOf, factorsOf, SEED } from './cases.ts';
import { isMakefile, targetsOf } from './checks/makefiles.ts';
import { requiredOf } from './checks/parameters.ts';
import { BUILT_IN, refusals } from './compatibility.ts';
import { seeded } from './covering.ts';
import { Contents, loadTemplates, renderCase, type Stack } from './stacks.ts';

/** The Makefiles and scripts of a stack in a temporary folder, with programs that write down how they were called. */

export type Ran = { readonly code: number | null; readonly output: string };
export type MakeFolder = {
  readonly dir: string;
  readonly write: (path: string, text: string | Uint8Array) => void;
  /** Runs make with these words, and with only these variables in the environment. */
  readonly make: (words: readonly string[], env?: Readonly<Record<string, string>>) => Ran;
  readonly remove: () => void;
};

/** Prints its arguments and the environment whose settings it would read. */
const PYTHON = '#!/bin/sh\nprintf "%s|" "$MLOPS_ENV" "$@"\necho\n';

export function makeFolder(stack: Stack): MakeFolder {
  const dir = mkdtempSync(join(tmpdir(), 'make-'));
  const write: MakeFolder['write'] = (path, text) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const file of stack.files.values())
    if (isMakefile(file.path) || file.path.startsWith('scripts/')) {
      write(file.path, file.content.bytes);
      if (file.executable) chmodSync(join(dir, file.path), 0o755);
    }
  write('.venv/bin/python', PYTHON);
  chmodSync(join(dir, '.venv/bin/python'), 0o755);
  for (const path of stack.files.keys())
    if (/^(?:environments\/[\w-]+\/)?pyproject\.toml$/.test(path)) write(path.replace('pyproject.toml', 'uv.lock'), '');
  return {
    dir,
    write,
    make: (words, env = {}) => {
      const { status, stdout, stderr } = spawnSync('make', ['--no-print-directory', ...words], {
        cwd: dir,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env },
        maxBuffer: 64_000_000,
      });
      return { code: status, output: stdout + stderr };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Random stacks that together contain every Makefile of the catalog. */
export async function stacksWithEveryMakefile(): Promise<Stack[]> {
  const catalogue = createCatalogue(await loadTemplates());
  const contents = new Contents();
  const isMake = (path: string): boolean => /^(?:Makefile|mk\/.*\.mk)(?:\.ejs)?$/.test(path);
  const missing = new Set(
    catalogue.parts.flatMap(({ id }) =>
      catalogue
        .files(id)
        .filter(({ path }) => isMake(path))
        .map(({ path }) => `${id}:${path.replace(/\.ejs$/, '')}`),
    ),
  );
  const chosen: Stack[] = [];
  const factors = factorsOf(catalogue);
  const random = seeded(SEED);
  for (let tries = 0; tries < 1000 && missing.size > 0; tries++) {
    const item = caseOf(
      factors.map(({ levels }) => Math.floor(random() * levels.length)),
      factors,
      catalogue,
    );
    if (refusals(BUILT_IN, item.values).length > 0) continue;
    const stack = renderCase(item, catalogue, contents);
    const before = missing.size;
    for (const node of stack.plan.stack.parts)
      for (const path of stack.files.keys()) if (isMake(path)) missing.delete(`${node.id}:${path}`);
    if (missing.size < before) chosen.push(stack);
  }
  if (missing.size > 0) throw new Error(`no stack contains ${[...missing].join(', ')}`);
  return chosen;
}

/** Writes down the text that make gives to the shell, and runs nothing. */
const RECORDER = '#!/bin/sh\nprintf "%s\\0" "$2" >>"$RECORD"\n';

/** The text of every recipe and of every call of `shell`, as the shell gets it. */
export function recipesOf(stack: Stack): Set<string> {
  const folder = makeFolder(stack);
  try {
    const record = join(folder.dir, 'recorded');
    folder.write('recorder', RECORDER);
    chmodSync(join(folder.dir, 'recorder'), 0o755);
    folder.write('monitoring/targets/local.yml', '');
    const targets = [...targetsOf(stack)].filter((name) => /^[a-z][\w-]*$/.test(name));
    const given = ['ENGINE=docker', 'GRAFANA_ADMIN_PASSWORD=x', `SHELL=${join(folder.dir, 'recorder')}`];
    // With and without the parameters that have no value by default.
    for (const names of [requiredOf(stack), ['NAME']]) {
      const { code, output } = folder.make([...targets, ...given, ...names.map((name) => `${name}=x`)], {
        RECORD: record,
      });
      if (code !== 0) throw new Error(output);
    }
    return new Set(readFileSync(record, 'utf8').split('\0').filter(Boolean));
  } finally {
    folder.remove();
  }
}
