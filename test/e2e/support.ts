import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { CONFIG_FILE } from '../../src/core/config-file.ts';
import { prepare } from '../../src/core/generate.ts';
import { proofCatalogue, renderProofs } from '../support/proofs.ts';
import { loadTemplates } from '../support/stacks.ts';
import { given } from '../unit/helpers.ts';
import { keepBytecode, useBytecode } from './bytecode.mjs';
import { cpuSeconds } from './cpu-seconds.ts';

export const ROOT = join(import.meta.dirname, '../..');
/** Generated repositories are kept here after a run, so that you can inspect failures. */
const WORK = join(ROOT, '.e2e');
/**
 * mypy's results for installed packages, from the first repository that was checked. Others start with a copy. mypy
 * compares the content of each file, so the results are valid in another folder.
 */
const TYPES = join(WORK, 'run/types');
/** Compiled modules of installed packages, which the virtual environments of a run share. */
export const BYTECODE = join(WORK, 'run/bytecode');

const COMMIT = 'git -c user.name=e2e -c user.email=e2e@example.com commit';

export type Result = { readonly code: number; readonly output: string };

/**
 * The environment of a new user, without variables of this project or of a developer's shell. setup.ts has already
 * removed the variables that modules read.
 */
export function cleanEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(MLOPS_|VIRTUAL_ENV|PYTHONPATH|PYTHONDONTWRITEBYTECODE|NODE_OPTIONS|VITEST|CI$)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Runs the command `$1`, then writes the CPU time of all its processes to the file descriptor 3. */
const MEASURED = 'trap "times >&3" EXIT; eval "$1" 3>&-';
/** Here a run of several files records the time of each command. */
const COMMANDS = process.env['E2E_RUN'] && join(process.env['E2E_RUN'], 'commands.jsonl');

export function sh(cwd: string, command: string, extra: Record<string, string> = {}, input = ''): Result {
  const from = performance.now();
  const { status, signal, stdout, stderr, output } = spawnSync('bash', ['-c', MEASURED, 'bash', command], {
    cwd,
    input,
    encoding: 'utf8',
    env: cleanEnv(extra),
    timeout: 1_500_000,
    maxBuffer: 64 * 2 ** 20,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (COMMANDS) {
    const seconds = Math.round((performance.now() - from) / 1000);
    const row = { repository: basename(cwd), command, seconds, cpu: cpuSeconds(output[3] ?? '') };
    appendFileSync(COMMANDS, `${JSON.stringify(row)}\n`);
  }
  return { code: status ?? 128, output: `${stdout}${stderr}${signal ? `\nended by ${signal}` : ''}` };
}

/** Runs a command that must succeed. The error contains the end of its output. */
export function must(cwd: string, command: string, extra: Record<string, string> = {}): string {
  const { code, output } = sh(cwd, command, extra);
  if (code !== 0) throw new Error(`${command} ended with ${code} in ${cwd}:\n${output.slice(-6000)}`);
  return output;
}

/**
 * Generates and installs a repository below `parent`. The choices are flags, or values as in a config file. `setup` are
 * variables for `make setup`.
 */
export function makeStack(
  name: string,
  choices: string | Readonly<Record<string, unknown>>,
  parent = WORK,
  setup: Readonly<Record<string, string>> = {},
): string {
  const dir = join(parent, name);
  const flags = typeof choices === 'string' ? choices : `--config ${configOf(name, choices)}`;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  must(parent, `node ${join(ROOT, 'dist/bin.js')} ${name} --yes --no-git ${flags}`);
  // A separate git repository, so that lineage records its commit and not the generator's.
  must(dir, `git init -q && git add -A && ${COMMIT} -qm generated`);
  must(dir, 'make setup', setup);
  for (const environment of environmentsOf(dir)) useBytecode(environment, BYTECODE);
  if (existsSync(TYPES)) cpSync(TYPES, join(dir, '.mypy_cache'), { recursive: true });
  return dir;
}

/** Runs `make check`, and keeps the types of installed packages for the repositories after this one. */
export function makeCheck(dir: string): void {
  must(dir, 'make check');
  for (const environment of environmentsOf(dir)) keepBytecode(environment, BYTECODE);
  if (existsSync(TYPES)) return;
  const copy = `${TYPES}.${process.pid}`;
  cpSync(join(dir, '.mypy_cache'), copy, { recursive: true });
  try {
    renameSync(copy, TYPES);
  } catch {
    // Another process was faster.
    rmSync(copy, { recursive: true, force: true });
  }
}

/**
 * Writes the proofs of the stack in `dir` next to its own tests and commits them. Returns their paths. Existing files
 * are overwritten.
 */
export async function layProofs(dir: string): Promise<readonly string[]> {
  const source = await loadTemplates();
  const catalogue = createCatalogue(source);
  const name = basename(dir);
  const { plan } = prepare(given(catalogue, readFileSync(join(dir, CONFIG_FILE), 'utf8')), catalogue, name);
  const proofs = renderProofs(plan, proofCatalogue(source));
  for (const [path, { content }] of proofs) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  must(dir, `git add -- tests && ${COMMIT} --allow-empty -qm proofs -- tests`);
  return [...proofs.keys()];
}

/** A config file with these choices. JSON is also valid YAML. */
export function configOf(name: string, values: Readonly<Record<string, unknown>>): string {
  const path = join(WORK, 'configs', `${name}.yaml`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ name, ...values }));
  return path;
}

/** The virtual environments of a repository. */
function environmentsOf(dir: string): string[] {
  const own = join(dir, 'environments');
  const folders = existsSync(own) ? readdirSync(own).map((name) => join(own, name)) : [];
  return [dir, ...folders].map((folder) => join(folder, '.venv'));
}

/** Deletes the virtual environments of a stack after its tests: each takes almost a gigabyte. */
export function dropEnvironment(dir: string): void {
  for (const environment of environmentsOf(dir)) {
    keepBytecode(environment, BYTECODE);
    rmSync(environment, { recursive: true, force: true });
  }
}

/** Whether commands can run in a network namespace that has only a loopback device. */
export const hasNamespaces = (): boolean => spawnSync('unshare', ['-rn', 'true']).status === 0;

/** Wraps a command so that it can reach only 127.0.0.1. */
export const offline = (command: string): string => `unshare -rn bash -c 'ip link set lo up && ${command}'`;

export type Report = {
  readonly steps: readonly {
    readonly name: string;
    readonly status: string;
    readonly seconds: number;
    readonly evidence: string;
  }[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly primary: string;
  readonly model_version: string;
  readonly prediction: { readonly request_id: string; readonly outputs: object };
  readonly refused: {
    readonly gate: string;
    readonly metric: string;
    readonly value: number;
    readonly threshold: number;
  };
  readonly drift: { readonly drifted: readonly string[] };
  readonly retrain: { readonly retrain: boolean; readonly reasons: readonly string[] };
  readonly rollback: { readonly from: string; readonly to: string };
  readonly models: Readonly<Record<string, Report>>;
  readonly seconds: number;
};

export function readReport(dir: string): Report {
  const path = join(dir, 'reports/demo.json');
  if (!existsSync(path)) throw new Error(`${path} was not written`);
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}

export const hasTool = (command: string): boolean => spawnSync('bash', ['-c', `command -v ${command}`]).status === 0;
