import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registry, startRegistry } from '../support/registry.ts';
import { answers, free, stop, takePorts } from './processes.ts';
import { cleanEnv, ROOT } from './support.ts';

/**
 * Follows docs/tutorial.md exactly, in the order of the page: writes files, applies diffs, runs commands and compares
 * their output. `npm init` uses a local registry that has the tarball of this checkout.
 */

type Step =
  | { readonly kind: 'run' | 'fails' | 'background'; readonly text: string }
  | { readonly kind: 'write' | 'edit'; readonly path: string; readonly text: string }
  | { readonly kind: 'says'; readonly text: string };

const KINDS: Readonly<Record<string, Step['kind']>> = {
  sh: 'run',
  'sh fails': 'fails',
  'sh background': 'background',
  text: 'says',
  diff: 'edit',
};

/** The blocks of the page. If the line before a block has a file name, the block is that file or a diff of it. */
function stepsOf(page: string): Step[] {
  return [...page.matchAll(/(?:^`([^`\n]+)`:\n\n)?^```([\w ]+)\n([\s\S]*?)^```$/gm)].map(([, path, info, text]) => {
    const kind = KINDS[info!] ?? 'write';
    if (kind === 'write' || kind === 'edit') {
      if (!path) throw new Error(`a block of ${info} has no file's name before it: ${text!.slice(0, 60)}`);
      return { kind, path, text: text! };
    }
    return { kind, text: text! };
  });
}

/** `…` matches any text in a line, and a line can have more text after the expected one. */
const linePattern = (line: string): RegExp =>
  new RegExp(
    line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ {2,}/g, ' +'))
      .join('.*'),
  );

/** Each run of `-` lines is replaced by the `+` lines that follow it. Every run must occur exactly once. */
function applyDifference(text: string, difference: string): string {
  return [...difference.matchAll(/((?:^-.*\n)+)((?:^\+.*\n)*)/gm)].reduce((now, [, from, to]) => {
    const [old, next] = [from!, to!].map((lines) => lines.replace(/^[-+]/gm, '')) as [string, string];
    if (now.split(old).length !== 2)
      throw new Error(`${JSON.stringify(old)} is in the file ${now.split(old).length - 1} times`);
    return now.replace(old, () => next);
  }, text);
}

/**
 * Outside of this checkout, like a reader's folder: inside it, `create` would find a git repository and not create one.
 */
const WORK = mkdtempSync(join(tmpdir(), 'tutorial-'));
let registry: Registry;
let service: ChildProcess | undefined;
let givePorts = (): void => undefined;
let cwd = WORK;

beforeAll(async () => {
  mkdirSync(join(WORK, 'npm'), { recursive: true });
  registry = await startRegistry(ROOT, join(WORK, 'npm'));
});
afterAll(async () => {
  await stop(service);
  givePorts();
  registry.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** The environment of a user: npm without prompts, and a git identity. The Python index is unchanged. */
const environment = (): Record<string, string> => ({
  npm_config_userconfig: registry.npmrc,
  npm_config_cache: join(WORK, 'npm/cache'),
  npm_config_yes: 'true',
  GIT_AUTHOR_NAME: 'reader',
  GIT_AUTHOR_EMAIL: 'reader@example.com',
  GIT_COMMITTER_NAME: 'reader',
  GIT_COMMITTER_EMAIL: 'reader@example.com',
});

/** The asynchronous variant, because the registry in this process must respond. */
async function shell(
  dir: string,
  command: string,
  extra: Record<string, string>,
): Promise<{ code: number | undefined; output: string }> {
  const { exitCode, all } = await execa('bash', ['-c', command], {
    cwd: dir,
    env: cleanEnv(extra),
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: 600_000,
  });
  return { code: exitCode, output: all };
}

describe('the tutorial', () => {
  it('works when every command and every edit is applied as written', async () => {
    const steps = stepsOf(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8'));
    expect(steps.map((step) => step.kind)).toEqual(
      expect.arrayContaining(['run', 'fails', 'background', 'write', 'edit', 'says']),
    );
    let said = '';
    for (const step of steps) {
      switch (step.kind) {
        case 'write':
          mkdirSync(join(cwd, step.path, '..'), { recursive: true });
          writeFileSync(join(cwd, step.path), step.text);
          break;
        case 'edit':
          writeFileSync(join(cwd, step.path), applyDifference(readFileSync(join(cwd, step.path), 'utf8'), step.text));
          break;
        case 'background':
          givePorts = await takePorts();
          await free(8000);
          service = spawn('bash', ['-c', step.text], {
            cwd,
            env: cleanEnv(environment()),
            stdio: 'ignore',
            detached: true,
          });
          await answers('http://127.0.0.1:8000/readyz', 60);
          break;
        case 'says':
          for (const line of step.text.trimEnd().split('\n')) expect(said).toMatch(linePattern(line));
          break;
        default: {
          // The next commands start in the folder where these end.
          const { code, output } = await shell(cwd, `set -e\n${step.text}\npwd > '${WORK}/cwd'`, environment());
          if ((code === 0) !== (step.kind === 'run'))
            throw new Error(`${step.text}ended with ${code}:\n${output.slice(-4000)}`);
          said = output;
          if (code === 0) cwd = readFileSync(join(WORK, 'cwd'), 'utf8').trim();
        }
      }
    }
    const report = JSON.parse(readFileSync(join(cwd, 'reports/demo.json'), 'utf8')) as {
      steps: { name: string; status: string }[];
    };
    expect(report.steps.filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  it('is parsed into the expected blocks', () => {
    expect(stepsOf('Text.\n\n`a/b.yaml`:\n\n```diff\n-a: 1\n+a: 2\n```\n\n```sh fails\nfalse\n```\n')).toEqual([
      { kind: 'edit', path: 'a/b.yaml', text: '-a: 1\n+a: 2\n' },
      { kind: 'fails', text: 'false\n' },
    ]);
    expect(() => stepsOf('```python\nx\n```\n')).toThrow("no file's name");
    expect(applyDifference('x\na: 1\ny\nb: 1\n', '-a: 1\n+a: 2\n-b: 1\n+b: 2\n')).toBe('x\na: 2\ny\nb: 2\n');
    expect(() => applyDifference('a: 1\n', '-a: 3\n+a: 2\n')).toThrow('0 times');
    expect('  gate      ok   0.01 s  version 3 accepted').toMatch(linePattern('  gate   ok …  version … accepted'));
    expect('  gate      failed').not.toMatch(linePattern('  gate   ok …'));
  });
});
