import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { whyBadProjectName } from '../../src/core/names.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { BIN, environment, filesOf, NEEDY, ROOT, run, sandbox, snapshot, warm } from './harness.ts';
import { CTRL_C, END, ENTER, hasPty, talk, UP } from './pty.ts';

const YES = ['--yes', '--no-git'];
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const git = (cwd: string, ...args: string[]): string =>
  spawnSync('git', args, { cwd, env: environment(), encoding: 'utf8' }).stdout.trim();
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The command after `To create the same again:`, as a shell would read it, without npm in between. */
function replay(out: string, cwd: string): { status: number | null; stderr: string } {
  const [, dir, flags] = /^To create the same again: npm init mlops-stack@\S+ (\S+) -- (.*)$/m.exec(out) ?? [];
  return spawnSync('sh', ['-c', `"$0" "$1" ${dir} ${flags}`, process.execPath, BIN], {
    cwd,
    env: environment(),
    encoding: 'utf8',
  });
}

async function created(args: readonly string[], cwd = sandbox()): Promise<string> {
  const result = await warm([...args, ...YES], { cwd });
  expect(result).toMatchObject({ code: 0, err: '' });
  return join(cwd, args[0]!);
}

let plain: Promise<string> | undefined;
/** A repository with the defaults in `demo`, created once and only read. */
const reference = (): Promise<string> => (plain ??= created(['demo']));

describe('create', () => {
  it('creates a repository with the defaults, leaves no temporary files, and prints the next commands', async () => {
    const cwd = sandbox();
    const { code, out } = await run(['demo', ...YES], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(cwd)).toEqual(['demo']);
    expect(filesOf(join(cwd, 'demo'))).toEqual(
      expect.arrayContaining([
        '.gitignore',
        'Makefile',
        'README.md',
        'mlops-stack.yaml',
        'pyproject.toml',
        '.mlops-stack/lock.json',
        '.mlops-stack/schema.json',
      ]),
    );
    expect(out).toMatch(
      /^Wrote \d+ files to demo\.\nTo create the same again: npm init mlops-stack@\S+ demo -- --yes --no-git\nNext:\n {2}cd demo\n {2}make setup\n {2}make demo\n$/,
    );
    expect((await run(['list', '--verbose'], { cwd })).code).toBe(0);
  });

  it('creates the same bytes in another folder, time zone and language', async () => {
    const [one, two] = [sandbox(), sandbox()];
    await run(['demo', ...YES], { cwd: one });
    await run(['demo', ...YES], {
      cwd: two,
      env: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', USER: 'other' },
    });
    expect(snapshot(two)).toEqual(snapshot(one));
  });

  it('writes text with LF line ends and one final newline, and no path of this computer', async () => {
    const dir = await reference();
    for (const path of filesOf(dir).filter((file) => !file.startsWith('.mlops-stack/base/'))) {
      const bytes = readFileSync(join(dir, path));
      if (bytes.subarray(0, 8000).includes(0)) continue;
      const text = bytes.toString('utf8');
      expect([
        path,
        text.includes('\r'),
        text.includes(dir),
        /<%|\bundefined\b.*<%|\[object Object\]/.test(text),
      ]).toEqual([path, false, false, false]);
      if (text !== '') expect([path, /[^\n]\n$/.test(text)]).toEqual([path, true]);
    }
  });

  it.each([
    ['an absolute path', (cwd: string) => join(cwd, 'demo'), (cwd: string) => join(cwd, 'demo')],
    ['folders that do not exist yet', () => 'a/b/demo', (cwd: string) => join(cwd, 'a/b/demo')],
    ['a slash at the end', () => 'demo/', (cwd: string) => join(cwd, 'demo')],
    ['the folder above', (cwd: string) => `../${basename(cwd)}/demo`, (cwd: string) => join(cwd, 'demo')],
  ])('accepts %s as the target folder', async (_, word, place) => {
    const cwd = sandbox();
    expect(await run([word(cwd), ...YES], { cwd })).toMatchObject({ code: 0 });
    expect(parse(read(place(cwd), 'mlops-stack.yaml'))).toMatchObject({ name: 'demo' });
  });

  it('accepts the current folder as the target', async () => {
    const cwd = join(sandbox({ 'churn-scoring/LICENSE': 'mine' }), 'churn-scoring');
    const { code, out } = await run(['.', ...YES], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('Next:\n  make setup\n');
    expect(parse(read(cwd, 'mlops-stack.yaml'))).toMatchObject({ name: 'churn-scoring' });
    expect(readdirSync(join(cwd, '..'))).toEqual(['churn-scoring']);
  });

  it('accepts a project name that differs from the folder, and uses it as the folder if none is given', async () => {
    const cwd = sandbox();
    await run(['place', '--name', 'churn-scoring', ...YES], { cwd });
    await run(['--name', 'churn-scoring', ...YES], { cwd });
    expect(snapshot(join(cwd, 'place'))).toEqual(snapshot(join(cwd, 'churn-scoring')));
    expect(read(cwd, 'place/pyproject.toml')).toContain('churn-scoring');
  });

  it('lists the files and writes nothing with --dry-run', async () => {
    const cwd = sandbox({ 'here/README.md': 'mine\n' });
    const before = snapshot(cwd);
    const { code, out } = await run(['demo', ...YES, '--dry-run'], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/^write {5}README\.md$/m);
    expect(out).toMatch(/^Would write \d+ files to demo\.$/m);
    expect((await run(['here', ...YES, '--dry-run'], { cwd })).out).toMatch(/^conflict {2}README\.md/m);
    expect(snapshot(cwd)).toEqual(before);
    await run(['demo', ...YES], { cwd });
    expect(filesOf(join(cwd, 'demo')).filter((path) => !path.startsWith('.mlops-stack/base'))).toEqual(
      [...out.matchAll(/^write +(\S+)$/gm)].map(([, path]) => path!).sort(),
    );
  });
});

describe('create in an almost empty folder', () => {
  const mine = {
    'demo/README.md': '# Mine\n',
    'demo/LICENSE': 'My licence\n',
    'demo/LICENSE.txt': 'another\n',
    'demo/.gitignore': 'secret\n',
    'demo/.git/config': '[core]\n\tbare = false\n',
  };

  it('keeps existing files, writes generated files next to them, and exits with 4', async () => {
    const cwd = sandbox(mine);
    const { code, out } = await warm(['demo', '--yes'], { cwd });
    expect(code).toBe(4);
    for (const [path, content] of Object.entries(mine))
      if (path !== 'demo/.gitignore') expect(read(cwd, path)).toBe(content);
    expect(out).toMatch(
      /^conflict {2}README\.md {2}\(your file is kept; the generated one is README\.md\.generated\)$/m,
    );
    const fresh = await reference();
    expect(read(cwd, 'demo', 'README.md.generated')).toBe(read(fresh, 'README.md'));
    expect(read(cwd, 'demo/.gitignore')).toBe(`secret\n\n${read(fresh, '.gitignore')}`);
    const others = filesOf(fresh).filter((path) => !['README.md', '.gitignore'].includes(path));
    for (const path of others)
      expect([path, sha256(readFileSync(join(cwd, 'demo', path)))]).toEqual([
        path,
        sha256(readFileSync(join(fresh, path))),
      ]);
    expect(filesOf(join(cwd, 'demo')).length).toBe(others.length + 5);
    expect(readdirSync(cwd)).toEqual(['demo']);
  });

  it.each([
    ['without a last line end', 'secret', 'secret\n\n'],
    ['with some of the rules', '.env\n/.venv/\n', '.env\n/.venv/\n\n'],
    ['with CRLF', 'secret\r\n', 'secret\r\n\r\n'],
    ['that is empty', '', ''],
  ])('adds the ignore rules to a .gitignore %s, so that git never tracks a password', async (_, rules, start) => {
    const cwd = sandbox({ 'demo/.gitignore': rules });
    expect((await warm(['demo', '--yes'], { cwd })).code).toBe(0);
    const text = read(cwd, 'demo/.gitignore');
    expect(text.startsWith(start)).toBe(true);
    for (const rule of ['.env', '/.venv/', '/.mlops/'])
      expect(text.split(/\r?\n/).filter((line) => line === rule)).toEqual([rule]);
    expect(/[^\r]\n/.test(text)).toBe(!rules.includes('\r'));
    const { out } = await warm(['update', '--yes', '--set', 'tracker=wandb', '--allow-dirty'], {
      cwd: join(cwd, 'demo'),
    });
    expect(out).not.toMatch(/conflict +\.gitignore/);
    expect(read(cwd, 'demo/.gitignore').startsWith(rules)).toBe(true);
  });

  it('adopts an existing file that equals the generated file', async () => {
    const fresh = await reference();
    const cwd = sandbox({ 'demo/README.md': read(fresh, 'README.md') });
    const { code, out } = await warm(['demo', ...YES, '--json'], { cwd });
    expect(code).toBe(0);
    expect((JSON.parse(out) as { actions: object[] }).actions).toContainEqual({
      path: 'README.md',
      action: 'adopt',
      reason: 'the same file existed',
    });
    expect(snapshot(join(cwd, 'demo'))).toEqual(snapshot(fresh));
  });
});

describe('the first commit', () => {
  it('is one commit of all files with the identity of the user', async () => {
    const cwd = sandbox();
    const { code, out, err } = await run(['demo', '--yes'], { cwd });
    expect([code, err]).toEqual([0, '']);
    // The lock file that setup writes belongs to the repository.
    expect(out).toMatch(/\nNext:\n {2}cd demo\n {2}make setup && git add uv\.lock\n {2}make demo\n$/);
    const demo = join(cwd, 'demo');
    expect(git(demo, 'log', '--format=%an %s')).toBe('A Person Create with create-mlops-stack');
    expect(git(demo, 'status', '--porcelain', '--ignored')).toBe('');
  });

  it('is not created inside a git repository or with --no-git', async () => {
    const cwd = sandbox();
    git(cwd, 'init', '--quiet');
    expect(await run(['demo', '--yes'], { cwd })).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(cwd, 'demo/.git'))).toBe(false);
    expect(git(cwd, 'rev-list', '--all', '--count')).toBe('0');
    expect(existsSync(join(await reference(), '.git'))).toBe(false);
  });

  it('is in the new repository if variables name another one, as in a hook of git', async () => {
    const cwd = sandbox();
    const other = join(cwd, 'other');
    git(cwd, 'init', '--quiet', other);
    const env = {
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(other, '.git/objects'),
      GIT_COMMON_DIR: join(other, '.git'),
      GIT_PREFIX: 'sub/',
    };
    expect(await run(['demo', '--yes'], { cwd, env })).toMatchObject({ code: 0, err: '' });
    const demo = join(cwd, 'demo');
    expect(git(demo, 'rev-list', '--all', '--count')).toBe('1');
    expect(git(demo, 'status', '--porcelain')).toBe('');
    expect(git(other, 'rev-list', '--all', '--count')).toBe('0');
    expect(git(other, 'ls-files')).toBe('');
    writeFileSync(join(demo, 'README.md'), 'mine');
    const update = await run(['update', '--set', 'drift=none', '--yes'], { cwd: demo, env });
    expect(update.err).not.toContain('fatal');
    expect(git(other, 'ls-files', '--stage')).toBe('');
  });

  it('creates the branch main, whatever init.defaultBranch is', async () => {
    const home = sandbox({
      '.gitconfig': '[user]\n  name = A\n  email = a@example.com\n[init]\n  defaultBranch = trunk\n',
    });
    const cwd = sandbox();
    expect((await warm(['demo', '--yes'], { cwd, env: { HOME: home } })).code).toBe(0);
    expect(read(cwd, 'demo/.git/HEAD')).toBe('ref: refs/heads/main\n');
  });

  it('is missing without an identity, and all files are staged for it', async () => {
    const home = sandbox({ '.gitconfig': '[user]\n  useConfigOnly = true\n' });
    const cwd = sandbox();
    const { code, err } = await run(['demo', '--yes'], { cwd, env: { HOME: home } });
    expect(code).toBe(0);
    expect(err).toContain('then run git commit');
    git(join(cwd, 'demo'), 'commit', '--quiet', '--message', 'first');
    expect(git(join(cwd, 'demo'), 'status', '--porcelain')).toBe('');
    expect(git(join(cwd, 'demo'), 'rev-list', '--all', '--count')).toBe('1');
  });

  it.each([
    [
      'without an identity',
      '[user]\n  useConfigOnly = true\n',
      {},
      'No commit was created: git has no name and email for commits',
    ],
    ['without git', '', { PATH: '/nowhere' }, 'No commit was created: git is not installed.'],
    [
      'with a hook that refuses',
      '[user]\n  name = A\n  email = a@example.com\n[core]\n  hooksPath = HOOKS\n',
      {},
      'No commit was created: git commit failed',
    ],
  ])('%s, create reports it and keeps the files', async (_, gitconfig, env, says) => {
    const home = sandbox({ 'hooks/pre-commit': '#!/bin/sh\necho no >&2\nexit 1\n' });
    spawnSync('chmod', ['+x', join(home, 'hooks/pre-commit')]);
    writeFileSync(join(home, '.gitconfig'), gitconfig.replace('HOOKS', join(home, 'hooks')));
    const cwd = sandbox();
    const { code, err } = await run(['demo', '--yes'], { cwd, env: { HOME: home, ...env } });
    expect(code).toBe(0);
    expect(err).toContain(says);
    expect(snapshot(join(cwd, 'demo'))).toEqual(snapshot(await reference()));
  });
});

describe('the replay command', () => {
  it.each([
    [['demo', ...YES]],
    [
      [
        'demo',
        '--yes',
        '--no-git',
        '--name',
        'churn-scoring',
        '--orchestrator',
        'none',
        '--protocols=rest',
        '--monitoring',
        'none',
      ],
    ],
    [['demo', ...YES, '--models', '[churn, {name: fraud, framework: xgboost}]', '--environments', 'staging,prod']],
    [['demo', ...YES, '--set', 'models=[churn,fraud]', '--set', 'unmanaged=["docs/*", "it\'s $HOME"]']],
    [['demo', ...YES, '--modules', NEEDY, '--cloud', 'bucket', '--target', 'cluster']],
  ])('of %j creates the same bytes', async (args) => {
    const [one, two] = [sandbox(), sandbox()];
    const { code, out } = await run(args, { cwd: one });
    expect(code).toBe(0);
    expect(replay(out, two)).toMatchObject({ status: 0, stderr: '' });
    expect(snapshot(two)).toEqual(snapshot(one));
  });
});

describe('lock and base', () => {
  it('record the source and the exact content of every generated file', async () => {
    const dir = await created(['demo', '--models', '[churn, {name: fraud, framework: xgboost}]']);
    type Entry = { path: string; source: string; sha256: string; state: string; owner: string; executable?: true };
    const lock = JSON.parse(read(dir, '.mlops-stack/lock.json')) as {
      schema: number;
      generator: string;
      config: { name: string };
      entries: Entry[];
    };
    expect(lock).toMatchObject({
      schema: 1,
      generator: (JSON.parse(read(ROOT, 'package.json')) as { version: string }).version,
      config: { name: 'demo' },
    });
    expect(lock.entries.map(({ path }) => path)).toEqual(
      filesOf(dir).filter((path) => !path.startsWith('.mlops-stack/') && path !== 'mlops-stack.yaml'),
    );
    const onDisk = snapshot(dir);
    for (const { path, source, sha256: hash, state, executable } of lock.entries) {
      expect([path, sha256(inflateSync(readFileSync(join(dir, '.mlops-stack/base', hash))))]).toEqual([path, hash]);
      expect([path, sha256(readFileSync(join(dir, path)))]).toEqual([path, hash]);
      expect([path, onDisk[path]!.startsWith('executable')]).toEqual([path, executable === true]);
      expect(state).toBe('managed');
      expect(source).toMatch(/^(slot:[\w.@-]+|[\w-]+\/[\w+-]+\/(parts\/[\w-]+\/)?files\/.+)$/);
    }
    expect(new Set(readdirSync(join(dir, '.mlops-stack/base')))).toEqual(
      new Set(lock.entries.map((entry) => entry.sha256)),
    );
    expect(
      read(dir, '.mlops-stack/lock.json')
        .split('\n')
        .filter((line) => line.startsWith('    {"path"')).length,
    ).toBe(lock.entries.length);
  });
});

describe('the config file', () => {
  it('creates the same files again, including itself', async () => {
    const cwd = sandbox();
    await warm(
      [
        'demo',
        ...YES,
        '--orchestrator',
        'none',
        '--models',
        '[churn, {name: fraud, framework: xgboost}]',
        '--set',
        'unmanaged=[notes/**]',
      ],
      { cwd },
    );
    expect(await warm(['again', '--no-git', '--config', 'demo/mlops-stack.yaml'], { cwd })).toMatchObject({
      code: 0,
      err: '',
    });
    expect(snapshot(join(cwd, 'again'))).toEqual(snapshot(join(cwd, 'demo')));
  });

  it("keeps the comments, order and layout of the user's file, and adds missing keys", async () => {
    const text =
      '# yaml-language-server: $schema=.mlops-stack/schema.json\n\n# Why: the team knows it\n' +
      'orchestrator: none # and make is enough\n\nname: demo\nprotocols:\n  # both\n  - rest # for people\n' +
      '  - v2 # for machines\n';
    const cwd = sandbox({ 'c.yaml': text });
    const again = join(cwd, 'demo/mlops-stack.yaml');
    await warm(['demo', '--no-git', '--config', 'c.yaml'], { cwd });
    expect(readFileSync(again, 'utf8').startsWith(text)).toBe(true);
    expect(parse(readFileSync(again, 'utf8'))).toMatchObject({
      tracker: 'mlflow',
      models: ['churn'],
      environments: ['dev', 'prod'],
    });
    await warm(['full', '--no-git', '--config', 'demo/mlops-stack.yaml'], { cwd });
    expect(read(cwd, 'full/mlops-stack.yaml')).toBe(readFileSync(again, 'utf8'));
  });

  it('keeps comments, order and layout with --set', async () => {
    const cwd = sandbox({
      'c.yaml':
        '# top\norchestrator: prefect # why\n# above the list\nprotocols: [ rest, v2 ] # flow\ntarget:\n' +
        '  # local first\n  - compose # here\n# below\nci: none # end\n',
    });
    const { code } = await warm(
      [
        'demo',
        '--no-git',
        '--modules',
        NEEDY,
        '--config',
        'c.yaml',
        '--set',
        'orchestrator=none',
        '--protocols',
        'rest',
        '--set',
        'target=compose,cluster',
        '--cloud',
        'bucket',
      ],
      { cwd },
    );
    expect(code).toBe(0);
    const text = read(cwd, 'demo/mlops-stack.yaml');
    expect(text).toContain(
      '# top\norchestrator: none # why\n# above the list\nprotocols: [ rest ] # flow\ntarget:\n' +
        '  # local first\n  - compose # here\n  - cluster\n# below\nci: none # end\n',
    );
    expect(parse(text)).toMatchObject({ cloud: 'bucket' });
  });

  it('is read with CRLF line ends and a byte order mark, and written with LF', async () => {
    const cwd = sandbox({ 'c.yaml': '\ufeff# mine\r\norchestrator: none\r\ntarget:\r\n  - compose\r\n' });
    expect(await warm(['demo', '--no-git', '--config', 'c.yaml'], { cwd })).toMatchObject({ code: 0 });
    const text = read(cwd, 'demo/mlops-stack.yaml');
    expect(text).not.toMatch(/[\r\ufeff]/);
    expect(text).toContain('# mine\norchestrator: none\n');
  });

  it('does not fold long lines', async () => {
    const cwd = sandbox({
      'long.yaml': `unmanaged: ["${'a-long-folder/'.repeat(12)}*.md"] # ${'a long reason '.repeat(12)}\n`,
    });
    await warm(['demo', '--no-git', '--config', 'long.yaml'], { cwd });
    expect(read(cwd, 'demo/mlops-stack.yaml')).toContain(`# ${'a long reason '.repeat(12).trim()}`);
    expect(parse(read(cwd, 'demo/mlops-stack.yaml'))).toMatchObject({
      unmanaged: [`${'a-long-folder/'.repeat(12)}*.md`],
    });
  });
});

describe('an interruption', () => {
  it('leaves either no files or all files', async () => {
    const whole = snapshot(await reference());
    const codes: (number | string | null)[] = [];
    for (const after of [30, 70, 100, 130, 180]) {
      const cwd = sandbox();
      codes.push(
        await new Promise((done) => {
          const child = spawn(process.execPath, [BIN, 'demo', ...YES], { cwd, env: environment(), stdio: 'ignore' });
          setTimeout(() => child.kill('SIGINT'), after);
          child.on('exit', (code, signal) => done(code ?? signal));
        }),
      );
      expect(readdirSync(cwd)).toEqual(existsSync(join(cwd, 'demo')) ? ['demo'] : []);
      if (existsSync(join(cwd, 'demo'))) expect(snapshot(join(cwd, 'demo'))).toEqual(whole);
    }
    for (const code of codes) expect([0, 130, 'SIGINT']).toContain(code);
  });
});

describe.skipIf(!hasPty)('the wizard', () => {
  const questions = async (): Promise<string[]> =>
    (await loadSource(join(ROOT, 'templates'))).choices
      .filter((choice) => choice.asked === 'first')
      .sort((a, b) => a.order - b.order)
      .map((choice) => choice.question);

  it('asks the first questions, accepts Enter for the defaults, and creates what --yes creates', async () => {
    const cwd = sandbox();
    const steps = [
      ...['Where should the repository be created?', ...(await questions())].map(
        (question) => [question, ENTER] as const,
      ),
      ...END,
    ];
    const { code, out, unasked } = await talk(['--no-git'], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(snapshot(join(cwd, 'my-project'))).toEqual(snapshot(await created(['my-project'])));
    const plain = out.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '');
    const again = sandbox();
    expect(replay(plain, again)).toMatchObject({ status: 0 });
    expect(snapshot(again)).toEqual(snapshot(cwd));
  });

  it('asks only questions without a flag, and accepts an answer that is not the default', async () => {
    const cwd = sandbox();
    const [, orchestrator, ...rest] = await questions();
    const { code, unasked, out } = await talk(['demo', '--no-git', '--cloud', 'local', '--tracker', 'mlflow'], {
      cwd,
      steps: [[orchestrator!, `${UP}${ENTER}`], ...rest.slice(1).map((question) => [question, ENTER] as const), ...END],
    });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(out).not.toContain((await questions())[0]);
    expect((parse(read(cwd, 'demo/mlops-stack.yaml')) as { orchestrator: string }).orchestrator).not.toBe('prefect');
  });

  it('rejects an invalid name as soon as it is entered', async () => {
    const { out } = await talk([], {
      cwd: sandbox(),
      steps: [
        ['Where should', `class${ENTER}`],
        ['Python keyword', CTRL_C],
      ],
    });
    expect(out).toContain('Python keyword');
  });

  it.each([0, 2])('leaves no files if Ctrl-C ends it after %i answers', async (answers) => {
    const cwd = sandbox();
    const all = ['Where should the repository be created?', ...(await questions())];
    const { code, out, unasked } = await talk([], {
      cwd,
      steps: all.slice(0, answers + 1).map((question, index) => [question, index < answers ? ENTER : CTRL_C] as const),
    });
    expect({ code, unasked }).toEqual({ code: 130, unasked: [] });
    expect(out).toContain('E-INTERRUPTED');
    expect(out).not.toMatch(/^ {4}at /m);
    expect(snapshot(cwd)).toEqual({});
  });
});

describe('files that git ignores', () => {
  /** Creates `demo` with one model `data` for a user with these patterns in the file of `core.excludesFile`. */
  const withExcludes = async (patterns: string, args: readonly string[], cwd = sandbox()) => {
    const home = sandbox({ excludes: patterns });
    writeFileSync(
      join(home, '.gitconfig'),
      `[user]\n  name = A\n  email = a@example.com\n[core]\n  excludesFile = ${join(home, 'excludes')}\n`,
    );
    const result = await warm(['demo', '--yes', '--models', '[data]', ...args], { cwd, env: { HOME: home } });
    return { ...result, home, demo: join(cwd, 'demo') };
  };

  it('are reported with the pattern, its file and the lines that track them', async () => {
    const { code, err, home, demo } = await withExcludes('*.swp\ndata/\nMakefile\n', []);
    expect(code).toBe(0);
    expect(err).toContain(`  Makefile: the pattern Makefile in ${home}/excludes:3\n`);
    expect(err).toMatch(/^git ignores \d+ of the \d+ files that were written/);
    expect(err).toMatch(/ {2}src\/demo\/models\/data\/ \(\d files\): the pattern data\/ in .*excludes:2\n/);
    const untracked = (): string[] => {
      const tracked = new Set(git(demo, 'ls-files').split('\n'));
      return filesOf(demo).filter((path) => !tracked.has(path));
    };
    expect(untracked()).toContain('src/demo/models/data/contract.py');

    const lines = err.split('\n').filter((line) => line.startsWith('  !/'));
    writeFileSync(
      join(demo, '.gitignore'),
      `${read(demo, '.gitignore')}${lines.map((line) => `${line.trim()}\n`).join('')}`,
    );
    spawnSync('git', ['add', '--all'], { cwd: demo, env: environment({ HOME: home }) });
    expect(untracked()).toEqual([]);
  });

  it('have a line each, also if there are many', async () => {
    const { err, home, demo } = await withExcludes('*.yaml\n', []);
    expect(err).toMatch(/^ {2}and \d+ more$/m);
    const lines = err.split('\n').flatMap((line) => (line.startsWith('  !/') ? [line.trim()] : []));
    writeFileSync(join(demo, '.gitignore'), `${read(demo, '.gitignore')}${lines.join('\n')}\n`);
    spawnSync('git', ['add', '--all'], { cwd: demo, env: environment({ HOME: home }) });
    const tracked = new Set(git(demo, 'ls-files').split('\n'));
    expect(filesOf(demo).filter((path) => path.endsWith('.yaml') && !tracked.has(path))).toEqual([]);
  });

  it('are listed in the JSON document', async () => {
    const { out, home } = await withExcludes('Makefile\n', ['--json']);
    expect(JSON.parse(out)).toMatchObject({
      ignored: [{ path: 'Makefile', files: 1, source: join(home, 'excludes'), line: 1, pattern: 'Makefile' }],
    });
  });

  it('are reported in a repository above, also if it ignores the complete folder', async () => {
    const cwd = sandbox({ '.gitignore': 'params/\n' });
    git(cwd, 'init', '--quiet');
    const above = await withExcludes('', [], cwd);
    expect(above.err).toContain(`  params/ (1 file): the pattern params/ in ${cwd}/.gitignore:1\n`);
    writeFileSync(join(cwd, '.gitignore'), 'dem*\n');
    rmSync(above.demo, { recursive: true });
    const { err } = await withExcludes('', ['--no-git'], cwd);
    expect(err).toBe(
      `git ignores this folder because of the pattern dem* in ${cwd}/.gitignore:1. No commit contains its files. ` +
        'To track them, remove the pattern.\n',
    );
  });

  it('are reported if no commit was created, and because of a .gitignore that was there before', async () => {
    const cwd = sandbox({ 'demo/.gitignore': '# mine\nparams\n' });
    const home = sandbox({ '.gitconfig': '[user]\n  useConfigOnly = true\n' });
    const { err } = await warm(['demo', '--yes'], { cwd, env: { HOME: home } });
    expect(err).toContain('No commit was created');
    expect(err).toContain('  params/ (1 file): the pattern params in .gitignore:2\n');
    expect(existsSync(join(cwd, 'demo/.git'))).toBe(true);
  });

  it('are not reported without git, outside of a repository with --no-git, or with --dry-run', async () => {
    expect((await withExcludes('data/\n', ['--no-git'])).err).toBe('');
    expect((await withExcludes('data/\n', ['--dry-run'])).err).toBe('');
    const cwd = sandbox({ '.gitignore': 'params/\n' });
    git(cwd, 'init', '--quiet');
    expect(await warm(['demo', '--yes'], { cwd, env: { PATH: '/nowhere' } })).toMatchObject({ code: 0, err: '' });
  });

  it('are reported because of the excludes of the repository', async () => {
    const cwd = sandbox();
    git(cwd, 'init', '--quiet', 'demo');
    mkdirSync(join(cwd, 'demo/.git/info'), { recursive: true });
    writeFileSync(join(cwd, 'demo/.git/info/exclude'), '# mine\nlib\n');
    const { err } = await withExcludes('', ['--models', '[lib]'], cwd);
    expect(err).toMatch(/^ {2}src\/demo\/models\/lib\/ \(\d files\): the pattern lib in \.git\/info\/exclude:2$/m);
    expect(err).toContain('\n  !/src/demo/models/lib/\n');
  });

  it.each([
    'audit',
    'reports',
    'dist',
    'build',
    'data',
    'env',
    'kept',
    'lib',
    'load',
    'models',
    'names',
    'site',
    'venv',
  ])('do not exist for a model or a project named %s', async (name) => {
    const cwd = sandbox();
    const project = whyBadProjectName(name) === undefined ? name : 'demo';
    const { code, err } = await warm([project, '--yes', '--models', `[${name}]`], { cwd });
    expect([code, err]).toEqual([0, '']);
    expect(git(join(cwd, project), 'ls-files').split('\n').sort()).toEqual(filesOf(join(cwd, project)).sort());
  });
});

describe('options', () => {
  it('create the same plan in a Node.js that cannot load them on demand', () => {
    const plan = (...flags: string[]) =>
      spawnSync(process.execPath, [...flags, BIN, 'plan', '--json', '--name', 'demo'], {
        cwd: sandbox(),
        env: environment(),
        encoding: 'utf8',
      });
    const complete = plan('--no-experimental-require-module');
    expect([complete.status, complete.stderr]).toEqual([0, '']);
    expect(complete.stdout).toBe(plan().stdout);
  });
});

describe('output that cannot be written', () => {
  const into = (place: string, cwd: string, ...args: string[]) =>
    spawnSync('sh', ['-c', `"$@" ${place}`, 'sh', process.execPath, BIN, ...args], {
      cwd,
      env: environment(),
      encoding: 'utf8',
    });

  it
    .skipIf(!existsSync('/dev/full'))
    .each([[['demo', ...YES]], [['list']], [['schema']], [['--version']], [['--help']]])(
    '%j on a full disk ends with one sentence and code 3',
    (args) => {
      const { status, stderr } = into('>/dev/full', sandbox(), ...args);
      expect(stderr).toBe('The command finished, but its output could not be written: the disk is full.\n');
      expect(status).toBe(3);
    },
  );

  it.skipIf(!existsSync('/dev/full'))('keeps the code of an error that cannot be written', () => {
    expect(into('2>/dev/full', sandbox(), 'list', '--nope')).toMatchObject({ status: 2, stdout: '' });
  });

  it('is no error if the reader has closed the pipe', () => {
    const cwd = sandbox();
    const { stderr } = into('| true', cwd, 'demo', ...YES);
    expect(stderr).toBe('');
    expect(existsSync(join(cwd, 'demo/Makefile'))).toBe(true);
  });
});

describe('a folder whose path holds a character with a meaning of its own', () => {
  it.each(['a$b', 'a"b', "a'b", 'a`b', 'a\\b', 'a?b', 'a:b', 'a#b', 'a\nb'])(
    '%j is refused by create',
    async (name) => {
      const cwd = sandbox({ [`${name}/keep`]: '' });
      const { code, err } = await warm(['demo', ...YES], { cwd: join(cwd, name) });
      expect(code).toBe(3);
      expect(err).toMatch(/^E-TARGET: .*\n.*it cannot be used: its path holds ".+", which the shell, PATH or a URL/s);
      expect(filesOf(cwd)).toEqual([`${name}/keep`]);
    },
  );

  it.each(['a$b', 'a"b', "a'b", 'a`b', 'a\\b', 'a?b', 'a:b', 'a#b'])('%j is refused by make setup', async (name) => {
    const home = join(sandbox(), name);
    cpSync(await reference(), home, { recursive: true });
    const { status, stderr } = spawnSync('sh', ['scripts/setup.sh'], {
      cwd: home,
      env: environment(),
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^This folder cannot be used: its path .* holds one of .*Rename or move it.*\n$/);
    expect(status).toBe(1);
  });

  // Some file systems accept only text as names.
  it.skipIf(process.platform !== 'linux')('a byte that is no text is refused, in the name and around it', () => {
    const cwd = sandbox();
    for (const dir of ['demo', '.', String.raw`../$'b\xff'`]) {
      const script = String.raw`mkdir -p $'a\xff' && cd $'a\xff' && "$0" "$1" ${dir} ${YES.join(' ')}`;
      const args = ['-c', script, process.execPath, BIN];
      const { status, stderr } = spawnSync('bash', args, { cwd, env: environment(), encoding: 'utf8' });
      expect(stderr).toMatch(/^E-TARGET: .*\n.*it cannot be used: its path holds a byte that is no UTF-8 text/);
      expect(status).toBe(3);
    }
    expect(readdirSync(cwd)).toHaveLength(1);
  });

  it('the folder of git is refused', async () => {
    const cwd = sandbox({ '.git/HEAD': 'ref: refs/heads/main' });
    const { code, err } = await run(['.git/demo', ...YES], { cwd });
    expect(code).toBe(3);
    expect(err).toContain('it cannot be used: it is inside a folder that belongs to git');
    expect(readdirSync(join(cwd, '.git'))).toEqual(['HEAD']);
  });

  it.each(['demo', 'below/demo', '.'])('a bare repository is refused as the place of %s', async (dir) => {
    const cwd = sandbox({
      'store.git/HEAD': 'ref: refs/heads/main',
      'store.git/objects/x': '',
      'store.git/refs/x': '',
    });
    const { code, err } = await warm([dir, ...YES], { cwd: join(cwd, 'store.git') });
    expect(code).toBe(3);
    expect(err).toContain(`it cannot be used: it is inside the bare git repository ${join(cwd, 'store.git')}.`);
    expect(readdirSync(join(cwd, 'store.git')).sort()).toEqual(['HEAD', 'objects', 'refs']);
  });

  it('but a work tree in a bare repository is accepted', async () => {
    const bare = {
      HEAD: 'ref: refs/heads/main',
      'objects/x': '',
      'refs/x': '',
      'tree/.git': 'gitdir: ../worktrees/tree',
    };
    const cwd = sandbox(bare);
    expect(await warm(['demo', ...YES, '--no-git'], { cwd: join(cwd, 'tree') })).toMatchObject({ code: 0 });
  });

  it.each(['100%', 'with space', 'space at the end ', 'ä(é)&+,;='])('but %j is accepted', async (name) => {
    const cwd = sandbox({ [`${name}/keep`]: '' });
    expect(await warm(['demo', ...YES], { cwd: join(cwd, name) })).toMatchObject({ code: 0, err: '' });
  });
});

describe('make setup', () => {
  /** Runs setup with these programs first on PATH. */
  const setUp = async (programs: Readonly<Record<string, string>>) => {
    const home = join(sandbox(), 'demo');
    cpSync(await reference(), home, { recursive: true });
    const bin = sandbox(
      Object.fromEntries(Object.entries(programs).map(([name, text]) => [name, `#!/bin/sh\n${text}\n`])),
    );
    for (const name of Object.keys(programs)) spawnSync('chmod', ['+x', join(bin, name)]);
    const { status, stderr } = spawnSync('/bin/sh', ['scripts/setup.sh'], {
      cwd: home,
      env: environment({ PATH: `${bin}:/usr/bin:/bin` }),
      encoding: 'utf8',
    });
    return { status, stderr, home };
  };
  const oldUv = 'echo uv 0.0.1';
  const venv =
    '[ "$1 $2" = "-m venv" ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && exit 0; echo no index >&2; exit 1';

  it('says that the package index is the problem if this Python has venv', async () => {
    const { status, stderr } = await setUp({ uv: oldUv, python3: venv });
    expect(status).toBe(1);
    expect(stderr).toContain('pip did not get it from the package index');
    expect(stderr).not.toContain('neither venv nor pip');
  });

  it('says that this Python has neither venv nor pip if that is so', async () => {
    const { status, stderr } = await setUp({ uv: oldUv, python3: 'exit 1' });
    expect(status).toBe(1);
    expect(stderr).toContain('this Python has neither venv nor pip');
    expect(stderr).not.toContain('package index');
  });

  /** A uv that records its commands. `lock --check` ends as it does for a current, a stale or an unknown lock. */
  const lockingUv = async (check: 'current' | 'stale' | 'unknown') => {
    const text = readFileSync(join(await reference(), 'scripts/setup.sh'), 'utf8');
    const version = text.match(/^UV_VERSION=(.*)$/m)![1]!;
    const stale = 'echo "error: The lockfile at uv.lock needs to be updated, but --check was provided." >&2; exit 1';
    const checks = { current: 'exit 0', stale, unknown: 'echo "no network" >&2; exit 1' };
    return [
      `[ "$1" = --version ] && { echo "uv ${version}"; exit 0; }`,
      'echo "$* UV_LOCKED=${UV_LOCKED-unset}" >>"$LOG"',
      `[ "$1 $2" = "lock --check" ] && { ${checks[check]}; }`,
      '[ "$1" = lock ] && { echo new >uv.lock; exit 0; }',
      'mkdir -p .venv/bin && printf "#!/bin/sh\\necho 3.12.0\\n" >.venv/bin/python && chmod +x .venv/bin/python',
      'test -f uv.lock || echo new >uv.lock',
    ].join('\n');
  };

  describe('and the lock file', () => {
    const lockOf = async (
      check: 'current' | 'stale' | 'unknown',
      lock: string | undefined,
      { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
    ) => {
      const home = join(sandbox(), 'demo');
      cpSync(await reference(), home, { recursive: true });
      if (lock !== undefined) writeFileSync(join(home, 'uv.lock'), lock);
      git(home, 'init', '--quiet');
      const bin = sandbox({ uv: `#!/bin/sh\n${await lockingUv(check)}\n` });
      spawnSync('chmod', ['+x', join(bin, 'uv')]);
      const log = join(bin, 'log');
      const { status, stderr } = spawnSync('sh', ['scripts/setup.sh', ...args], {
        cwd: home,
        env: environment({ PATH: `${bin}:${process.env['PATH']}`, UV_PYTHON_DOWNLOADS: 'automatic', LOG: log, ...env }),
        encoding: 'utf8',
      });
      const text = existsSync(join(home, 'uv.lock')) ? read(home, 'uv.lock') : undefined;
      return { status, stderr, lock: text, uv: existsSync(log) ? readFileSync(log, 'utf8') : '' };
    };

    it('writes the first one, and says to commit it', async () => {
      const first = await lockOf('current', undefined);
      expect(first).toMatchObject({ status: 0, lock: 'new\n' });
      expect(first.stderr).toContain('uv.lock is not in git: run git add uv.lock and commit it');
      expect(first.uv).not.toContain('--locked');
    });

    it('installs an existing one without a change of it', async () => {
      const made = await lockOf('current', 'mine\n');
      expect(made).toMatchObject({ status: 0, lock: 'mine\n' });
      expect(made.uv).toMatch(/^sync --no-progress --locked /m);
    });

    it('refuses a stale one in one sentence that names the command, and changes nothing', async () => {
      const made = await lockOf('stale', 'mine\n');
      expect(made).toMatchObject({ status: 1, lock: 'mine\n' });
      expect(made.stderr).toBe(
        'uv.lock does not match pyproject.toml: run make lock, which updates it, then make setup again.\n',
      );
      expect(made.uv).not.toMatch(/^sync/m);
    });

    it('leaves other errors of uv to the installation, which also changes nothing', async () => {
      const made = await lockOf('unknown', 'mine\n');
      expect(made.lock).toBe('mine\n');
      expect(made.uv).toMatch(/^sync --no-progress --locked /m);
    });

    it.each(['1', 'true', 'yes'])(
      'refuses a missing one in one sentence if UV_LOCKED is %s, as in CI',
      async (value) => {
        const made = await lockOf('current', undefined, { env: { UV_LOCKED: value } });
        expect(made).toMatchObject({ status: 1, lock: undefined });
        expect(made.stderr).toBe(
          'uv.lock is not in git: run make setup && git add uv.lock on your machine, then commit and push it.\n',
        );
      },
    );

    it.each(['', '0', 'false'])('writes a missing one if UV_LOCKED is "%s"', async (value) => {
      expect(await lockOf('current', undefined, { env: { UV_LOCKED: value } })).toMatchObject({ status: 0 });
    });

    it('is updated by make lock, also in CI', async () => {
      const made = await lockOf('stale', 'mine\n', { args: ['lock'], env: { UV_LOCKED: '1' } });
      expect(made).toMatchObject({ status: 0, lock: 'new\n' });
      expect(made.uv).toMatch(/^lock --no-progress --python .* UV_LOCKED=unset$/m);
    });
  });

  it('removes an environment that was created in another folder, which the other targets refuse, as they do without one', async () => {
    const home = join(sandbox(), 'demo');
    cpSync(await reference(), home, { recursive: true });
    const make = (...args: string[]) => spawnSync('make', args, { cwd: home, env: environment(), encoding: 'utf8' });
    const activate = (place: string): void => {
      mkdirSync(join(home, '.venv/bin'), { recursive: true });
      writeFileSync(join(home, '.venv/bin/activate'), `VIRTUAL_ENV='${place}/.venv'\n`);
    };
    expect(make('test').stderr).toContain(`${realpathSync(home)} has no .venv: run make setup`);
    activate('/old/place');
    expect(make('test').stderr).toContain(
      `.venv was created in /old/place, and this folder is ${realpathSync(home)}: run make setup`,
    );
    expect(make('help').status).toBe(0);
    const uv = readFileSync(join(home, 'scripts/setup.sh'), 'utf8').match(/^UV_VERSION=(.*)$/m)![1]!;
    const bin = sandbox({ uv: `#!/bin/sh\n[ "$1" = --version ] && echo "uv ${uv}" || exit 1\n` });
    spawnSync('chmod', ['+x', join(bin, 'uv')]);
    const { stderr } = spawnSync('sh', ['scripts/setup.sh'], {
      cwd: home,
      env: environment({ PATH: `${bin}:${process.env['PATH']}`, UV_PYTHON_DOWNLOADS: 'automatic' }),
      encoding: 'utf8',
    });
    expect(stderr).toContain('moved or copied from /old/place: .venv is created again');
    expect(existsSync(join(home, '.venv'))).toBe(false);
  });

  it('and all other targets ignore the variables that git sets in hooks', async () => {
    const home = await reference();
    writeFileSync(join(home, '../probe.mk'), 'probe:\n\t@env | grep ^GIT_ || true\n');
    const env = environment({ GIT_DIR: '/other/.git', GIT_INDEX_FILE: '/other/index', GIT_WORK_TREE: '/other' });
    const args = ['--no-print-directory', '-f', 'Makefile', '-f', '../probe.mk', 'probe'];
    const { stdout } = spawnSync('make', args, { cwd: home, env, encoding: 'utf8' });
    expect(stdout).not.toMatch(/^GIT_(DIR|INDEX_FILE|WORK_TREE)=/m);
    rmSync(join(home, '../probe.mk'));
  });
});
