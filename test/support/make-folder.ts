import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isMakefile } from './checks/makefiles.ts';
import type { Stack } from './stacks.ts';

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
  write('uv.lock', '');
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
