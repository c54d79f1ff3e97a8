import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OutputFile } from '../stacks.ts';
import type { BatchCheck } from './check.ts';
import { isMakefile } from './makefiles.ts';
import { kindOf } from './schemas.ts';
import { isYaml, readYaml } from './syntax.ts';

/**
 * Checks by a program of the system. Files are collected, and the program runs once at the end. If the program is
 * missing, the checks are skipped with its name.
 */

const there = new Map<string, boolean>();
function isThere(command: string): boolean {
  if (!there.has(command)) there.set(command, spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0);
  return there.get(command)!;
}

function inFolder<T>(use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'matrix-'));
  try {
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs one command for each numbered file or folder of `dir`, in one shell. Returns the output of the failed ones. */
function runEach(dir: string, count: number, command: string): Map<number, string> {
  const script =
    `for i in $(seq 0 ${count - 1}); do out=$( { ${command}; } 2>&1 </dev/null) || { printf '@@%s\\n%s\\n' "$i" ` +
    '"$out"; }; done';
  const output = execFileSync('bash', ['-c', script], { cwd: dir, encoding: 'utf8', maxBuffer: 64_000_000 });
  return new Map(
    output
      .split(/^@@/m)
      .slice(1)
      .map((block): [number, string] => [Number(block.split('\n', 1)[0]), block.slice(block.indexOf('\n') + 1).trim()]),
  );
}

const isShell = (file: OutputFile): boolean =>
  file.path.endsWith('.sh') || /^#!.*\b(?:ba|da)?sh\b/.test(file.content.text?.slice(0, 80) ?? '');

/**
 * The shell scripts that a CI system runs: every `run:`, and every `script:` as one text. CI expressions are replaced
 * before the shell parses them.
 */
function shellIn(file: OutputFile): string[] {
  const found: string[] = [];
  const lines = (value: unknown): string | undefined => {
    if (typeof value === 'string') return value;
    return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : undefined;
  };
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const text = ['run', 'script', 'before_script', 'after_script'].includes(key) ? lines(inner) : undefined;
      if (text === undefined) walk(inner);
      else found.push(text.replace(/\$\{\{[\s\S]*?\}\}|\$\[\[[\s\S]*?\]\]/g, 'x'));
    }
  };
  for (const document of readYaml(file.content.text!)) if (document.errors.length === 0) walk(document.toJS());
  return found;
}

export function shellCheck(): BatchCheck {
  const files = new Map<number, { file: OutputFile; stack: string; texts: readonly string[] }>();
  const textsOf = (file: OutputFile): readonly string[] => {
    if (isShell(file)) return [file.content.text!];
    return isYaml(file.path) && kindOf(file.path) ? shellIn(file) : [];
  };
  return {
    name: 'shell',
    add: (stack) => {
      for (const file of stack.files.values()) {
        if (file.content.text === undefined || files.has(file.content.id) || !(isShell(file) || kindOf(file.path)))
          continue;
        files.set(file.content.id, { file, stack: stack.label, texts: textsOf(file) });
      }
    },
    finish: () => {
      if (!isThere('bash')) return { faults: [], skipped: 'bash is not installed' };
      const list = [...files.values()].flatMap(({ texts, ...rest }) => texts.map((text) => ({ ...rest, text })));
      if (list.length === 0) return { faults: [] };
      return inFolder((dir) => {
        for (const [index, { text }] of list.entries()) writeFileSync(join(dir, String(index)), text);
        return {
          faults: [...runEach(dir, list.length, 'bash -n $i')].map(([index, message]) => ({
            ...list[index]!,
            message,
          })),
        };
      });
    },
  };
}

/** The script that make runs while it reads the Makefile. */
const AT_PARSE = 'scripts/network.sh';

/** make parses every distinct set of Makefiles without a warning. */
export function makeCheck(): BatchCheck {
  const sets = new Map<string, { files: OutputFile[]; stack: string }>();
  return {
    name: 'make',
    add: (stack) => {
      const files = [...stack.files.values()].filter((file) => isMakefile(file.path) || file.path === AT_PARSE);
      const key = files.map((file) => file.content.id).join();
      if (files.length > 0 && !sets.has(key)) sets.set(key, { files, stack: stack.label });
    },
    finish: () => {
      if (!isThere('make') || !isThere('bash')) return { faults: [], skipped: 'make is not installed' };
      const list = [...sets.values()];
      return inFolder((dir) => {
        list.forEach(({ files }, index) => {
          for (const file of files) {
            const path = join(dir, String(index), file.path);
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, file.content.bytes);
          }
        });
        const failed = runEach(
          dir,
          list.length,
          '! make --no-print-directory -C $i -n --warn-undefined-variables help 2>&1 >/dev/null | grep .',
        );
        return {
          faults: [...failed].map(([index, message]) => ({
            file: list[index]!.files[0]!,
            stack: list[index]!.stack,
            message,
          })),
        };
      });
    },
  };
}
