import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { serveTarball } from '../support/registry.ts';
import { BYTECODE, must, sh } from './support.ts';

/** Runs generated CI files locally: GitHub's with act, GitLab's with gitlab-ci-local. */

const ROOT = join(import.meta.dirname, '../..');
const TOOLS = join(ROOT, '.tools');
const BYTECODE_LINKS = join(import.meta.dirname, 'bytecode.mjs');
export const ACT = join(TOOLS, 'bin/act');
export const GITLAB = join(TOOLS, 'node/node_modules/.bin/gitlab-ci-local');

export type Job = { readonly id: string; result: string; readonly steps: string[] };
/** Jobs in the order in which they started, with their commands. */
export type Pipeline = { readonly code: number; readonly jobs: readonly Job[]; readonly output: string };

export const results = (pipeline: Pipeline): Record<string, string> =>
  Object.fromEntries(pipeline.jobs.map((job) => [job.id, job.result]));

/** Files next to a repository that replace features of hosted runners. */
export type Bench = {
  readonly dir: string;
  readonly work: string;
  readonly cache: string;
  readonly artifacts: string;
  readonly bin: string;
  readonly env: Record<string, string>;
};

const script = (path: string, lines: string): void => {
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
};

/** The package cache of uv, independent of a job's HOME. */
const packages = (): string =>
  process.env['UV_CACHE_DIR'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'uv');

/**
 * Prepares a generated and installed repository: its branch is main, its lock is committed, and everything that a job
 * cannot reach is replaced.
 */
export function makeBench(dir: string, registry: string): Bench {
  const work = `${dir}.bench`;
  rmSync(work, { recursive: true, force: true });
  const [cache, artifacts, bin, home] = ['cache', 'artifacts', 'bin', 'home'].map((name) => join(work, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [cache, artifacts, bin, home]) mkdirSync(folder, { recursive: true });
  const uv = join(dir, '.tools/uv/bin/uv');
  const real = existsSync(uv) ? uv : must(dir, 'command -v uv').trim();
  // Each job has an environment of its own.
  script(
    join(bin, 'uv'),
    `${real} "$@" || exit\n[ "$1" != sync ] || ${process.execPath} ${BYTECODE_LINKS} use .venv ${BYTECODE}`,
  );
  // The vulnerability database is on the network. A hosted runner provides a container engine and apt.
  script(
    join(bin, 'uv-offline'),
    '[ "$1" = audit ] && { echo \'{"vulnerabilities": [], "adverse_statuses": [], "summary": ' +
      `{"audited_packages": 1}}'; exit 0; }\nexec ${real} "$@"`,
  );
  // A program of an image is the one of this machine.
  for (const name of ['docker', 'apt-get', 'apk'])
    script(
      join(bin, name),
      `echo "$(basename "$0") $*" >> ${work}/calls\n[ "$1 $2" != "image inspect" ] || echo "[]"\n` +
        '[ "$1" != cp ] || cp "$(command -v "$(basename "$2")")" "$3"',
    );
  writeFileSync(join(work, 'npmrc'), `registry=${registry}\naudit=false\nfund=false\nupdate-notifier=false\n`);
  must(
    dir,
    'git add --force uv.lock && git -c user.name=e2e -c user.email=e2e@example.com commit -qm "Lock" && git ' +
      'branch -m main',
  );
  const env = {
    UV_CACHE_DIR: packages(),
    // make takes these as if they were on its command line.
    MAKEFLAGS: `UV=${join(bin, 'uv-offline')} ENGINE=${join(bin, 'docker')} COVERAGE=0`,
    npm_config_userconfig: join(work, 'npmrc'),
    npm_config_cache: join(work, 'npm'),
    // Another test runs the whole suite. This one shows that a job runs it.
    PYTEST_ADDOPTS: 'tests/test_settings.py',
    MYPY_CACHE_DIR: join(work, 'types'),
    STUB_BIN: bin,
    STUB_CACHE: cache,
    STUB_ARTIFACTS: artifacts,
  };
  return { dir, work, cache, artifacts, bin, env };
}

/** The replaced actions as repositories, because act reads actions from repositories. */
function standIns(bench: Bench): string[] {
  const owners: Readonly<Record<string, string>> = { 'setup-uv': 'astral-sh' };
  const text = readdirSync(join(bench.dir, '.github/workflows'))
    .map((name) => readFileSync(join(bench.dir, '.github/workflows', name), 'utf8'))
    .join('\n');
  return readdirSync(join(import.meta.dirname, 'stub-actions'))
    .map((name) => {
      const copy = join(bench.work, 'actions', name);
      if (!existsSync(copy)) {
        cpSync(join(import.meta.dirname, 'stub-actions', name), copy, { recursive: true });
        must(copy, 'git init -q && git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm stub');
      }
      const repository = `${owners[name] ?? 'actions'}/${name}`;
      const commit = new RegExp(`uses: ${repository}(?:/\\w+)?@([0-9a-f]{40})`).exec(text)?.[1];
      return commit ? `--local-repository=${repository}@${commit}=${copy}` : '';
    })
    .filter(Boolean);
}

type Line = {
  jobID?: string;
  jobResult?: string;
  step?: string;
  stepID?: string[];
  stage?: string;
  stepResult?: string;
  msg?: string;
};

/** Runs one workflow for an event. `payload` is the event data from GitHub. */
export async function act(
  bench: Bench,
  event: string,
  workflow: string,
  options: {
    payload?: object;
    job?: string;
    inputs?: Record<string, string>;
    vars?: Record<string, string>;
    secrets?: Record<string, string>;
    env?: Record<string, string>;
    actor?: string;
  } = {},
): Promise<Pipeline> {
  const pairs = (flag: string, values: Record<string, string> = {}): string[] =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  // act does not know `queue` of a concurrency group yet, and refuses it.
  const file = join(bench.work, workflow);
  const text = readFileSync(join(bench.dir, '.github/workflows', workflow), 'utf8');
  writeFileSync(file, text.replace(/^ *queue: max .*\n/gm, ''));
  const payload = join(bench.work, 'event.json');
  writeFileSync(
    payload,
    JSON.stringify({
      repository: { private: false, fork: false, default_branch: 'main' },
      inputs: options.inputs,
      ...options.payload,
    }),
  );
  const args = [
    event,
    '--workflows',
    file,
    '--eventpath',
    payload,
    '--platform',
    'ubuntu-24.04=-self-hosted',
    '--concurrent-jobs',
    '1',
    '--json',
    ...(options.job ? ['--job', options.job] : []),
    ...(options.actor ? ['--actor', options.actor] : []),
    ...standIns(bench),
    ...pairs('--env', { ...bench.env, ...options.env }),
    ...pairs('--input', options.inputs),
    ...pairs('--var', options.vars),
    ...pairs('--secret', options.secrets),
  ];
  const { exitCode, all } = await execa(ACT, args, {
    cwd: bench.dir,
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      HOME: join(bench.work, 'home'),
      XDG_CACHE_HOME: join(bench.work, 'act'),
      LANG: 'C.UTF-8',
    },
  });
  const jobs = new Map<string, Job>();
  let output = '';
  for (const text of all.split('\n')) {
    if (!text.startsWith('{')) continue;
    const line = JSON.parse(text) as Line;
    output += `${line.msg ?? ''}${line.msg?.endsWith('\n') ? '' : '\n'}`;
    if (!line.jobID) continue;
    if (!jobs.has(line.jobID)) jobs.set(line.jobID, { id: line.jobID, result: 'skipped', steps: [] });
    const job = jobs.get(line.jobID)!;
    if (line.jobResult) job.result = line.jobResult;
    if (
      line.stage === 'Main' &&
      line.stepID?.length === 1 &&
      (line.stepResult === 'success' || line.stepResult === 'failure')
    )
      job.steps.push(line.step!.replace(/@[0-9a-f]{40}$/, ''));
  }
  writeFileSync(join(bench.work, `${workflow}.log`), output);
  return { code: exitCode ?? 1, jobs: [...jobs.values()], output };
}

/** Runs the pipeline that GitLab would create with these variables, and the named manual jobs. */
export async function gitlab(
  bench: Bench,
  options: {
    variables?: Record<string, string>;
    without?: string[];
    manual?: string[];
    job?: string;
    env?: Record<string, string>;
  } = {},
): Promise<Pipeline> {
  if (!existsSync(join(bench.dir, '.uv-cache'))) symlinkSync(packages(), join(bench.dir, '.uv-cache'));
  // The git values that gitlab-ci-local reads.
  sh(bench.dir, 'git remote add origin https://gitlab.example.com/team/project.git');
  must(
    bench.dir,
    'git update-ref refs/remotes/origin/main HEAD && git symbolic-ref refs/remotes/origin/HEAD ' +
      'refs/remotes/origin/main',
  );
  const { UV_CACHE_DIR: _, ...env } = bench.env;
  const args = [
    '--force-shell-executor',
    '--shell-isolation=false',
    '--concurrency=1',
    '--color=false',
    ...Object.entries(options.variables ?? {}).flatMap(([name, value]) => ['--variable', `${name}=${value}`]),
    ...(options.without ?? []).flatMap((name) => ['--unset-variable', name]),
    ...(options.manual ?? []).flatMap((name) => ['--manual', name]),
    ...(options.job ? [options.job] : []),
  ];
  const { exitCode, all } = await execa(GITLAB, args, {
    cwd: bench.dir,
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: {
      ...env,
      ...options.env,
      PATH: `${bench.bin}:${process.env['PATH']}`,
      HOME: join(bench.work, 'home'),
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
    },
  });
  const jobs = new Map<string, Job>();
  for (const line of all.split('\n')) {
    const [, name, rest] = /^(\S+) +(.*)$/.exec(line) ?? [];
    if (!name) continue;
    if (/^starting /.test(rest!)) jobs.set(name, { id: name, result: 'running', steps: [] });
    if (/^\$ /.test(rest!)) jobs.get(name)?.steps.push(rest!.slice(2));
  }
  for (const [, verdict, name] of all.matchAll(/^ *(PASS|FAIL|WARN) +(\S+)/gm)) {
    const job = jobs.get(name!);
    if (job) job.result = { PASS: 'success', FAIL: 'failure', WARN: 'warning' }[verdict!]!;
  }
  writeFileSync(join(bench.work, 'gitlab.log'), all);
  return { code: exitCode ?? 1, jobs: [...jobs.values()], output: all };
}

/** Serves the package of this checkout as its registry would: create-mlops-stack in one version. */
export async function serveRegistry(
  work: string,
): Promise<{ readonly url: string; readonly asked: string[]; readonly server: Server }> {
  mkdirSync(work, { recursive: true });
  const packed = Object.values(
    JSON.parse(must(ROOT, `npm pack --silent --json --ignore-scripts --pack-destination ${work}`)) as Record<
      string,
      { filename: string }
    >,
  )[0]!;
  const tarball = readFileSync(join(work, packed.filename));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { name: string; version: string };
  return serveTarball(manifest, tarball);
}
