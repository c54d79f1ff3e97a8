import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environment, FIXTURES, sandbox, warm } from './harness.ts';

/**
 * A tool with a virtual environment of its own (test/fixtures/environments): the generated files, its commands with a uv
 * that only records and writes metadata, and what an update leaves.
 */

const WITH = ['--modules', join(FIXTURES, 'environments')];
const FOLDER = 'environments/loom';

const made = new Map<string, Promise<string>>();
/** A new copy of a generated repository with these flags. */
async function repository(...flags: string[]): Promise<string> {
  const key = flags.join(' ');
  if (!made.has(key))
    made.set(
      key,
      (async () => {
        const cwd = sandbox();
        const { code, err } = await warm(['demo', '--yes', ...WITH, ...flags], { cwd });
        expect([code, err]).toEqual([0, expect.any(String)]);
        return join(cwd, 'demo');
      })(),
    );
  const dir = join(realpathSync(sandbox()), 'demo');
  cpSync(await made.get(key)!, dir, { recursive: true });
  return dir;
}

/** Writes the metadata of every exact requirement into an environment, as `uv sync` does. It ends with `$FAILS`. */
const UV = `#!/usr/bin/env python3
import os, pathlib, re, subprocess, sys, time, tomllib

words = sys.argv[1:]
if words == ["--version"]:
    print("uv", os.environ["UV_TEST_VERSION"])
    raise SystemExit
project = words[words.index("--project") + 1] if "--project" in words else "."
root = pathlib.Path(project)
name = root.resolve().name if "--project" in words else "main"
with open("calls", "a") as calls:
    print(" ".join(words), "UV_LOCKED" in os.environ, file=calls)
plan = os.environ.get("UV_TEST_" + words[0].upper() + "_" + name.upper(), "")
if words[0] == "sync":
    # Each sync waits for the other one.
    pathlib.Path("started-" + name).touch()
    for _ in range(100):
        if pathlib.Path("started-main").exists() and pathlib.Path("started-loom").exists():
            break
        time.sleep(0.1)
    else:
        raise SystemExit("the other environment was not installed at the same time")
if plan.startswith("says "):
    print(plan[5:], file=sys.stderr)
    raise SystemExit(2)
if words[0] == "sync":
    venv = root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--clear", venv], check=True)
    (venv / "bin/activate").write_text(f"VIRTUAL_ENV='{venv.resolve()}'\\n")
    site = next((venv / "lib").glob("python*/site-packages"))
    if name == "main":
        (site / "own.pth").write_text(str(pathlib.Path("src").resolve()))
    text = (root / "pyproject.toml").read_text()
    for package, version in re.findall(r'"([\\w.-]+)(?:\\[[^]]*\\])?==([^ ;"]+)"', text):
        if plan == "without " + package:
            continue
        if plan.startswith(package + " "):
            version = plan.split()[1]
        info = site / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n")
    (root / "uv.lock").touch()
if words[0] == "lock" and "--check" not in words:
    (root / "uv.lock").touch()
if words[0] == "export":
    pathlib.Path(words[words.index("--output-file") + 1]).write_text("{}")
`;

type Done = { readonly status: number | null; readonly output: string; readonly calls: readonly string[] };

function make(dir: string, goal: string, variables: Readonly<Record<string, string>> = {}): Done {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'uv'), UV);
  chmodSync(join(bin, 'uv'), 0o755);
  rmSync(join(dir, 'calls'), { force: true });
  for (const name of ['main', 'loom']) rmSync(join(dir, `started-${name}`), { force: true });
  const version = /^UV_VERSION=(.*)$/m.exec(readFileSync(join(dir, 'scripts/setup.sh'), 'utf8'))![1]!;
  const kept = Object.entries(environment()).filter(([name]) => !/^(?:PIP_|UV_)/.test(name));
  const { status, stdout, stderr } = spawnSync('make', ['--no-print-directory', goal, 'UV=uv'], {
    cwd: dir,
    env: {
      ...Object.fromEntries(kept),
      HOME: dir,
      PATH: `${bin}:${process.env['PATH']}`,
      UV_TEST_VERSION: version,
      ...variables,
    },
    encoding: 'utf8',
  });
  const calls = existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8').split('\n').slice(0, -1) : [];
  return { status, output: `${stdout}${stderr}`, calls };
}

describe('a tool with its own virtual environment', () => {
  it('adds the pyproject.toml with the pins and the Python versions of the environment', async () => {
    const dir = await repository();
    const text = readFileSync(join(dir, FOLDER, 'pyproject.toml'), 'utf8');
    expect(text).toContain('requires-python = ">=3.11,<3.13"\n');
    expect(text).toContain('dependencies = [\n    "colorama==0.4.6",\n]\n');
    // The day after the newest pin.
    expect(text).toContain('exclude-newer = "2026-11-21T00:00:00Z"\n');
    expect(readFileSync(join(dir, 'pyproject.toml'), 'utf8')).not.toContain('colorama');
  });

  it('is known to every file that knows .venv and uv.lock', async () => {
    const dir = await repository('--ci', 'github-actions');
    const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
    expect(read('.gitignore')).toContain('/environments/*/.venv/');
    expect(read('README.md')).toContain(`git add uv.lock ${FOLDER}/uv.lock`);
    expect(read('docs/versions.md')).toMatch(/^\| colorama \| 0\.4\.6 \| environment loom \|/m);
    expect(read('docs/README.md')).toContain('environments.md');
    const { updates } = parse(read('.github/dependabot.yml')) as { updates: Record<string, unknown>[] };
    expect(updates.find((entry) => entry['package-ecosystem'] === 'uv')!['directories']).toEqual(['/', `/${FOLDER}`]);
    expect(read('.github/workflows/bump.yml')).toMatch(/add-paths: \|\n.*\n.*\n +environments\/\*\/pyproject\.toml\n/);
    const hooks = parse(read('.pre-commit-config.yaml')) as { repos: { hooks: { id: string; files?: string }[] }[] };
    const files = new RegExp(hooks.repos[0]!.hooks.find(({ id }) => id === 'uv-lock')!.files!);
    expect(
      ['uv.lock', `${FOLDER}/uv.lock`, `${FOLDER}/pyproject.toml`, 'a/uv.lock'].map((path) => files.test(path)),
    ).toEqual([true, true, true, false]);
  });

  it('is part of the cache key and of the proposals in GitLab', async () => {
    const dir = await repository('--ci', 'gitlab-ci');
    expect(readFileSync(join(dir, '.gitlab-ci.yml'), 'utf8')).toContain(`files: [uv.lock, ${FOLDER}/uv.lock]`);
    const own = readFileSync(join(dir, 'mk/gitlab-ci.mk'), 'utf8');
    expect(own.split(`pyproject.toml uv.lock ${FOLDER}/pyproject.toml ${FOLDER}/uv.lock`)).toHaveLength(3);
  });

  it('leaves no trace in a stack without it', async () => {
    const dir = await repository('--weaver', 'none');
    expect(existsSync(join(dir, 'environments'))).toBe(false);
    expect(existsSync(join(dir, 'scripts/environments.sh'))).toBe(false);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).not.toContain('environments');
    expect(readFileSync(join(dir, 'scripts/setup.sh'), 'utf8')).not.toContain('environments');
  });

  it('names both locks in the next command', async () => {
    const { out } = await warm(['demo', '--yes', '--dry-run', '--json', ...WITH], { cwd: sandbox() });
    expect((JSON.parse(out) as { next: string[] }).next).toContain(`make setup && git add uv.lock ${FOLDER}/uv.lock`);
  });
});

describe('make setup', () => {
  it('installs all environments at the same time, with the interpreter of .venv', async () => {
    const dir = await repository();
    const { status, output, calls } = make(dir, 'setup');
    expect([status, output]).toEqual([0, expect.stringContaining('Ready: .venv')]);
    const syncs = calls.filter((call) => call.startsWith('sync'));
    expect(syncs).toHaveLength(2);
    const python = new Set(syncs.map((call) => /--python (\S+)/.exec(call)![1]));
    expect(python.size).toBe(1);
    expect(output).toContain(`${FOLDER}/uv.lock is not in git: run git add ${FOLDER}/uv.lock`);
  });

  it('gives uv the range of an environment that does not support the interpreter of .venv', async () => {
    const dir = await repository();
    const path = join(dir, FOLDER, 'pyproject.toml');
    for (const range of ['>=3.5,<3.9', '>=3.14,<3.16']) {
      writeFileSync(path, readFileSync(path, 'utf8').replace(/requires-python = .*/, `requires-python = "${range}"`));
      const { calls } = make(dir, 'setup');
      expect(calls.find((call) => call.startsWith('sync') && call.includes(FOLDER))).toContain(`--python ${range} `);
    }
  });

  it.each([
    [
      'cannot be installed',
      { UV_TEST_SYNC_LOOM: 'says cause: operation timed out' },
      /^The packages of environments\/loom\/ could not be installed: the package index .* did not answer in time/m,
    ],
    [
      'lacks a package',
      { UV_TEST_SYNC_LOOM: 'without colorama' },
      /^environments\/loom: colorama 0\.4\.6 is not installed\nSetup is not complete: delete environments\/loom\/\.venv/m,
    ],
    [
      'has another version',
      { UV_TEST_SYNC_LOOM: 'colorama 0.4.5' },
      /^environments\/loom: colorama is 0\.4\.5 instead of 0\.4\.6\n/m,
    ],
    [
      'is missing although .venv is complete',
      { UV_TEST_SYNC_MAIN: 'says no' },
      /^The packages could not be installed/m,
    ],
    [
      'has a lock that does not match',
      { UV_TEST_LOCK_LOOM: 'says needs to be updated' },
      /^environments\/loom\/uv\.lock does not match environments\/loom\/pyproject\.toml: run make lock/m,
    ],
  ])('is not ready if an environment %s', async (_, fault, says) => {
    const dir = await repository();
    if ('UV_TEST_LOCK_LOOM' in fault) writeFileSync(join(dir, FOLDER, 'uv.lock'), '');
    const { status, output } = make(dir, 'setup', fault);
    expect([status, output]).toEqual([2, expect.stringMatching(says)]);
    expect(output).not.toContain('Ready');
  });

  it('refuses a missing lock of an environment in CI, and writes none', async () => {
    const dir = await repository();
    writeFileSync(join(dir, 'uv.lock'), '');
    const { status, output, calls } = make(dir, 'setup', { UV_LOCKED: '1' });
    expect([status, output]).toEqual([
      2,
      expect.stringContaining(`${FOLDER}/uv.lock is not in git: run make setup && git add`),
    ]);
    expect(calls.filter((call) => call.startsWith('sync'))).toEqual([]);
    writeFileSync(join(dir, FOLDER, 'uv.lock'), '');
    expect(make(dir, 'setup', { UV_LOCKED: '1' })).toMatchObject({ status: 0 });
  });

  it('creates an environment again after the repository was moved', async () => {
    const before = await repository();
    expect(make(before, 'setup')).toMatchObject({ status: 0 });
    const dir = join(realpathSync(sandbox()), 'moved');
    renameSync(before, dir);
    const { status, output } = make(dir, 'setup');
    expect(status).toBe(0);
    expect(output).toContain(`moved or copied from ${before}: ${FOLDER}/.venv is created again`);
  });

  it('ends what it started if it fails', async () => {
    const dir = await repository();
    writeFileSync(join(dir, 'uv.lock'), '');
    // The environment waits for .venv, whose installation never starts.
    const { status } = make(dir, 'setup', { UV_TEST_LOCK_MAIN: 'says needs to be updated' });
    expect(status).toBe(2);
    await expect.poll(() => spawnSync('pgrep', ['-f', join(dir, 'bin/uv')]).status, { timeout: 5000 }).toBe(1);
  });
});

describe('the commands about locks', () => {
  it('make lock updates every lock, also where CI forbids it', async () => {
    const dir = await repository();
    const { status, output, calls } = make(dir, 'lock', { UV_LOCKED: '1' });
    expect(status).toBe(0);
    expect(calls.filter((call) => call.startsWith('lock'))).toEqual([
      expect.stringMatching(/^lock --no-progress --python \S+ False$/),
      expect.stringMatching(/^lock --no-progress --project environments\/loom\/ --python \S+ False$/),
    ]);
    expect(output).toContain(`${FOLDER}/uv.lock matches ${FOLDER}/pyproject.toml.`);
    const failed = make(dir, 'lock', { UV_TEST_LOCK_LOOM: 'says no' });
    expect([failed.status, failed.output]).toEqual([2, expect.stringContaining(`${FOLDER}/uv.lock was not changed`)]);
  });

  it.each([
    ['lock-check', `${FOLDER}/uv.lock is missing: run make setup && git add ${FOLDER}/uv.lock`],
    ['sbom', `make sbom needs ${FOLDER}/uv.lock: run make setup`],
    ['scan', `make scan needs ${FOLDER}/uv.lock: run make setup`],
  ])('make %s names a missing lock of an environment', async (goal, says) => {
    const dir = await repository();
    writeFileSync(join(dir, 'uv.lock'), '');
    const { status, output } = make(dir, goal);
    expect([status, output]).toEqual([2, expect.stringContaining(says)]);
  });

  it('make lock-check names a stale lock of an environment', async () => {
    const dir = await repository();
    for (const path of ['uv.lock', `${FOLDER}/uv.lock`]) writeFileSync(join(dir, path), '');
    expect(make(dir, 'lock-check')).toMatchObject({ status: 0 });
    const { status, output } = make(dir, 'lock-check', { UV_TEST_LOCK_LOOM: 'says stale' });
    expect([status, output]).toEqual([
      2,
      expect.stringContaining(`${FOLDER}/uv.lock does not match ${FOLDER}/pyproject.toml: run make lock`),
    ]);
  });

  it('make sbom writes a bill of materials for each environment', async () => {
    const dir = await repository();
    for (const path of ['uv.lock', `${FOLDER}/uv.lock`]) writeFileSync(join(dir, path), '');
    expect(make(dir, 'sbom')).toMatchObject({ status: 0 });
    for (const name of ['sbom', 'sbom-loom']) expect(existsSync(join(dir, 'reports', `${name}.json`))).toBe(true);
  });
});

describe('update', () => {
  it('lists the lock and the packages of an environment whose tool was removed', async () => {
    const dir = await repository();
    expect(make(dir, 'setup')).toMatchObject({ status: 0 });
    const { code, out, err } = await warm(
      ['update', '--yes', '--json', '--allow-dirty', ...WITH, '--set', 'weaver=none'],
      { cwd: dir },
    );
    expect([code, err]).toEqual([0, '']);
    const { leftovers, next } = JSON.parse(out) as { leftovers: object[]; next: string[] };
    expect(leftovers).toEqual([
      {
        module: 'weaver/loom',
        what: `the virtual environment ${FOLDER}/.venv and its lock ${FOLDER}/uv.lock`,
        remove: `run rm -r ${FOLDER} in the repository, and commit`,
      },
    ]);
    expect(next).toContain('make lock setup');
    expect(existsSync(join(dir, FOLDER, 'pyproject.toml'))).toBe(false);
    expect(existsSync(join(dir, FOLDER, 'uv.lock'))).toBe(true);
    // The environment is named once, and not at a later update.
    const later = await warm(['update', '--yes', '--json', '--allow-dirty', ...WITH], { cwd: dir });
    expect((JSON.parse(later.out) as { leftovers: object[] }).leftovers).toEqual([]);
  });

  it('keeps an edited pyproject.toml of an environment, and brings it back with its tool', async () => {
    const dir = await repository();
    const path = join(dir, FOLDER, 'pyproject.toml');
    const edited = readFileSync(path, 'utf8').replace('dependencies = [\n', 'dependencies = [\n    "six==1.17.0",\n');
    writeFileSync(path, edited);
    const set = (value: string) =>
      warm(['update', '--yes', '--allow-dirty', ...WITH, '--set', `weaver=${value}`], { cwd: dir });
    expect(await set('none')).toMatchObject({ code: 0 });
    expect(existsSync(path)).toBe(false);
    expect(await set('loom')).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toBe(edited);
  });
});

describe('a module', () => {
  it.each([
    [
      'defines an environment without packages',
      /venv: 'loom'/,
      "groups: ['train']",
      'weaver/loom defines the virtual environment loom, but pins no package in it',
    ],
    [
      'names an environment like a path',
      /key: 'loom'/,
      "key: '../loom'",
      'weaver/loom gives a virtual environment the name ../loom',
    ],
  ])('that %s is refused', async (_, from, to, says) => {
    const folder = join(sandbox(), 'modules');
    cpSync(join(FIXTURES, 'environments'), folder, { recursive: true });
    const path = join(folder, 'weaver/loom/module.mjs');
    const before = readFileSync(path, 'utf8');
    expect(before).toMatch(from);
    writeFileSync(path, before.replace(from, to));
    const { code, err } = await warm(['demo', '--yes', '--modules', folder], { cwd: sandbox() });
    expect([code, err]).toEqual([expect.any(Number), expect.stringContaining(says)]);
    expect(code).not.toBe(0);
  });
});
