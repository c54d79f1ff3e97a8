import { execFileSync, spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stageConflicts } from '../../src/fs/update/git.ts';
import { environment, type Run, run, sandbox, warm } from '../cli/harness.ts';

/**
 * An update in a git repository: the state of the real git before and after. Each refusal has a positive control next
 * to it.
 */

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: environment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const update = (cwd: string, ...args: string[]): Promise<Run> => warm(['update', '--yes', ...args], { cwd });
const swap = (cwd: string, ...args: string[]): Promise<Run> => update(cwd, '--set', 'tracker=wandb', ...args);
const read = (dir: string, path: string): string => nodeFs.readFileSync(join(dir, path), 'utf8');
const edit = (dir: string, path: string, change: (text: string) => string): void =>
  nodeFs.writeFileSync(join(dir, path), change(read(dir, path)));
const lines = (text: string): string[] => text.split('\n').filter(Boolean);

/** A line that the swap of the tracker changes, and one elsewhere in a file that the swap rewrites. */
const ADAPTER = 'src/demo/tracking/__init__.py';
const clash = (dir: string): void => edit(dir, ADAPTER, (text) => text.replaceAll(/mlflow/g, 'mlflow_of_mine'));
const harmless = (dir: string): void => edit(dir, 'Makefile', (text) => `# mine\n${text}`);
const hasMarkers = (text: string): boolean =>
  /^<<<<<<< yours$[^]*^\|\|\|\|\|\|\| base$[^]*^=======$[^]*^>>>>>>> generated$/m.test(text);

let original: string;
beforeAll(async () => {
  original = join(sandbox(), 'demo');
  const made = await run([original, '--yes', '--tracker', 'mlflow'], { cwd: sandbox() });
  expect([made.code, made.err]).toEqual([0, '']);
});

/** A separate repository with a commit. */
function repository(): string {
  const dir = join(sandbox(), 'demo');
  nodeFs.cpSync(original, dir, { recursive: true });
  return dir;
}

describe('uncommitted changes', () => {
  it.each([
    ['changed', (_dir: string) => {}],
    ['staged', (dir: string) => void git(dir, 'add', 'Makefile')],
  ])('stop an update of a %s file with advice, until they are committed or allowed', async (_state, after) => {
    const dir = repository();
    harmless(dir);
    after(dir);
    const before = git(dir, 'status', '--porcelain=v2');
    const refused = await swap(dir);
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringMatching(/^E-DIRTY[^]*Makefile[^]*(Commit|stash)[^]*--allow-dirty[^]*Nothing was changed/),
    ]);
    expect(git(dir, 'status', '--porcelain=v2')).toBe(before);

    const allowed = repository();
    harmless(allowed);
    expect((await swap(allowed, '--allow-dirty')).code).toBe(0);
    expect(read(allowed, 'Makefile')).toMatch(/^# mine\n/);

    git(dir, 'commit', '--quiet', '--all', '--message', 'Mine');
    expect((await swap(dir)).code).toBe(0);
    expect(read(dir, 'Makefile')).toMatch(/^# mine\n/);
    expect(nodeFs.existsSync(join(dir, 'src/demo/tracking/wandb.py'))).toBe(true);
  });

  it.each([
    ['in a file that the update does not change', (dir: string) => edit(dir, 'LICENSE', (text) => `${text}mine\n`)],
    ['in the config', (dir: string) => edit(dir, 'mlops-stack.yaml', (text) => `${text}# mine\n`)],
    ['in a file that git does not track', (dir: string) => nodeFs.writeFileSync(join(dir, 'notes.txt'), 'mine')],
  ])('do not stop an update if they are %s', async (_where, change) => {
    const dir = repository();
    if (!nodeFs.existsSync(join(dir, 'LICENSE'))) nodeFs.writeFileSync(join(dir, 'LICENSE'), 'free\n');
    change(dir);
    expect((await swap(dir)).code).toBe(0);
  });

  it('stop an update during a merge', async () => {
    const dir = repository();
    git(dir, 'switch', '--quiet', '--create', 'other');
    edit(dir, 'Makefile', (text) => `# theirs\n${text}`);
    git(dir, 'commit', '--quiet', '--all', '--message', 'Theirs');
    git(dir, 'switch', '--quiet', 'main');
    edit(dir, 'Makefile', (text) => `# mine\n${text}`);
    git(dir, 'commit', '--quiet', '--all', '--message', 'Mine');
    expect(spawnSync('git', ['merge', 'other'], { cwd: dir, env: environment() }).status).toBe(1);
    const refused = await swap(dir);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('Makefile')]);
  });

  it('are detected without a write to the git index', async () => {
    const dir = repository();
    const index = join(dir, '.git/index');
    // Dates that git would refresh if it were permitted to.
    for (const path of lines(git(dir, 'ls-files'))) nodeFs.utimesSync(join(dir, path), 1_700_000_000, 1_700_000_000);
    const before = nodeFs.statSync(index).mtimeMs;
    expect((await swap(dir)).code).toBe(0);
    expect(nodeFs.statSync(index).mtimeMs).toBe(before);
  });

  it('are reported as unknown if git fails, and --allow-dirty continues', async () => {
    const dir = repository();
    nodeFs.writeFileSync(join(dir, '.git/config'), '[core\n');
    const refused = await swap(dir);
    expect([refused.code, refused.err]).toEqual([
      3,
      expect.stringMatching(/E-DIRTY[^]*git rev-parse failed[^]*--allow-dirty/),
    ]);
    expect((await swap(dir, '--allow-dirty')).code).toBe(0);
  });
});

describe('a conflict', () => {
  it('is written with markers and as index stages 1, 2 and 3, and git can choose either side', async () => {
    const dir = repository();
    const base = read(dir, ADAPTER);
    clash(dir);
    const yours = read(dir, ADAPTER);
    git(dir, 'commit', '--quiet', '--all', '--message', 'Mine');
    expect((await swap(dir)).code).toBe(4);
    const fresh = join(sandbox(), 'demo');
    expect((await run([fresh, '--yes', '--no-git', '--tracker', 'wandb'], { cwd: sandbox() })).code).toBe(0);
    const generated = read(fresh, ADAPTER);
    expect(hasMarkers(read(dir, ADAPTER))).toBe(true);
    expect(lines(git(dir, 'ls-files', '--unmerged')).map((line) => line.slice(-ADAPTER.length - 2))).toEqual(
      [1, 2, 3].map((stage) => `${stage}\t${ADAPTER}`),
    );
    expect([1, 2, 3].map((stage) => git(dir, 'show', `:${stage}:${ADAPTER}`))).toEqual([base, yours, generated]);
    expect(git(dir, 'status', '--porcelain')).toContain(`UU ${ADAPTER}`);
    // git refuses a commit until the user marks the conflict as resolved.
    expect(
      spawnSync('git', ['commit', '--quiet', '--message', 'x'], { cwd: dir, env: environment(), encoding: 'utf8' }),
    ).toMatchObject({ status: 128, stderr: expect.stringContaining('unmerged files') });

    git(dir, 'checkout', '--ours', '--', ADAPTER);
    expect(read(dir, ADAPTER)).toBe(yours);
    git(dir, 'checkout', '--theirs', '--', ADAPTER);
    expect(read(dir, ADAPTER)).toBe(generated);
    git(dir, 'checkout', '--merge', '--conflict=diff3', '--', ADAPTER);
    expect(read(dir, ADAPTER)).toMatch(/^<{7} ours[^]*^>{7} theirs/m);
    git(dir, 'checkout', '--ours', '--', ADAPTER);
    git(dir, 'add', '--all');
    git(dir, 'commit', '--quiet', '--message', 'Resolved');
    expect((await update(dir)).code).toBe(0);
  });

  it('passes the clean filters of git on its way into the index', async () => {
    const dir = repository();
    git(dir, 'config', 'filter.shout.clean', 'tr a-z A-Z');
    nodeFs.writeFileSync(join(dir, '.git/info/attributes'), `${ADAPTER} filter=shout\n`);
    expect(
      await stageConflicts(dir, [
        { path: ADAPTER, yours: Buffer.from('yours\n'), generated: Buffer.from('generated\n') },
      ]),
    ).toBeUndefined();
    expect([2, 3].map((stage) => git(dir, 'show', `:${stage}:${ADAPTER}`))).toEqual(['YOURS\n', 'GENERATED\n']);
  });

  it('is resolved by git mergetool', async () => {
    const dir = repository();
    clash(dir);
    const yours = read(dir, ADAPTER);
    git(dir, 'commit', '--quiet', '--all', '--message', 'Mine');
    expect((await swap(dir)).code).toBe(4);
    git(dir, 'config', 'mergetool.mine.cmd', 'cat "$LOCAL" > "$MERGED"');
    git(dir, 'config', 'mergetool.mine.trustExitCode', 'true');
    git(dir, 'config', 'mergetool.keepBackup', 'false');
    git(dir, 'mergetool', '--no-prompt', '--tool=mine');
    expect(read(dir, ADAPTER)).toBe(yours);
    expect(git(dir, 'ls-files', '--unmerged')).toBe('');
    expect((await update(dir)).code).toBe(0);
  });

  it.each([
    ['does not track', ''],
    ['ignores', `/${ADAPTER}\n`],
  ])('has markers but no index stages in a file that git %s', async (_what, ignored) => {
    const dir = repository();
    nodeFs.appendFileSync(join(dir, '.git/info/exclude'), ignored);
    git(dir, 'rm', '--quiet', '--cached', ADAPTER);
    git(dir, 'commit', '--quiet', '--message', 'Not tracked');
    clash(dir);
    expect((await swap(dir)).code).toBe(4);
    expect(hasMarkers(read(dir, ADAPTER))).toBe(true);
    expect(git(dir, 'ls-files', '--unmerged')).toBe('');
  });

  it('leaves the file and the index unchanged with --conflict=side', async () => {
    const dir = repository();
    clash(dir);
    const yours = read(dir, ADAPTER);
    git(dir, 'commit', '--quiet', '--all', '--message', 'Mine');
    expect((await swap(dir, '--conflict=side')).code).toBe(4);
    expect(read(dir, ADAPTER)).toBe(yours);
    expect(nodeFs.existsSync(join(dir, `${ADAPTER}.generated`))).toBe(true);
    expect(git(dir, 'ls-files', '--unmerged')).toBe('');
  });
});

/**
 * Possible states of a repository in git. Each is made from a committed repository, and returns the folder to update.
 */
const PLACES: readonly [string, (made: string) => string][] = [
  ['at the top', (made) => made],
  [
    'in a subfolder of a bigger one',
    (made) => {
      const outer = sandbox();
      const dir = join(outer, 'teams and more/é/demo');
      nodeFs.cpSync(made, dir, { recursive: true });
      nodeFs.rmSync(join(dir, '.git'), { recursive: true });
      nodeFs.writeFileSync(join(outer, 'Makefile'), 'of somebody else\n');
      git(outer, 'init', '--quiet');
      git(outer, 'add', '--all');
      git(outer, 'commit', '--quiet', '--message', 'All');
      // The same file name in the parent folder, changed. The update does not write that file.
      nodeFs.writeFileSync(join(outer, 'Makefile'), 'changed by somebody else\n');
      return dir;
    },
  ],
  [
    'in a worktree',
    (made) => {
      const dir = join(sandbox(), 'tree');
      git(made, 'worktree', 'add', '--quiet', dir);
      return dir;
    },
  ],
  [
    'in a shallow clone',
    (made) => {
      const dir = join(sandbox(), 'shallow');
      git(made, 'commit', '--quiet', '--allow-empty', '--message', 'Second');
      git(made, 'clone', '--quiet', '--depth=1', `file://${made}`, dir);
      return dir;
    },
  ],
  [
    'with core.fileMode=false, and no executable bits',
    (made) => {
      git(made, 'config', 'core.fileMode', 'false');
      for (const line of lines(git(made, 'ls-files', '--stage')))
        if (line.startsWith('100755')) nodeFs.chmodSync(join(made, line.split('\t')[1]!), 0o644);
      return made;
    },
  ],
  [
    'with core.autocrlf=true, checked out with CRLF',
    (made) => {
      const dir = join(sandbox(), 'crlf');
      // Without the attributes that require LF, as in a repository whose owner removed them.
      edit(made, '.gitattributes', (text) => text.replace(/^\* text=auto eol=lf$/m, '* text=auto'));
      git(made, 'commit', '--quiet', '--all', '--message', 'No line ends asked for');
      git(made, 'clone', '--quiet', '--config', 'core.autocrlf=true', `file://${made}`, dir);
      expect(read(dir, 'Makefile')).toContain('\r\n');
      return dir;
    },
  ],
];

describe.each(PLACES)('a repository %s', (where, place) => {
  it('is not changed if nothing changes', async () => {
    const dir = place(repository());
    const before = git(dir, 'status', '--porcelain', '--', '.');
    const done = await update(dir);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining('Nothing to do')]);
    expect(git(dir, 'status', '--porcelain', '--', '.')).toBe(before);
  });

  it('changes its tracker with an edit and a conflict', async () => {
    const dir = place(repository());
    const isCrlf = where.includes('CRLF');
    harmless(dir);
    const refused = await swap(dir);
    expect([refused.code, refused.err]).toEqual([3, expect.stringMatching(/Makefile/)]);
    expect(lines(refused.err).filter((line) => line.includes('Makefile'))).toHaveLength(1);
    clash(dir);
    git(dir, 'add', '--', '.');
    git(dir, 'commit', '--quiet', '--message', 'Mine');
    const done = await swap(dir);
    expect([done.code, done.err]).toEqual([4, '']);
    expect(read(dir, 'Makefile')).toMatch(/^# mine\n/);
    expect(hasMarkers(read(dir, ADAPTER).replaceAll('\r\n', '\n'))).toBe(true);
    const stages = lines(git(dir, 'ls-files', '--unmerged', '--', '.'));
    expect(stages.map((line) => line.split('\t')[0]!.at(-1))).toEqual(['1', '2', '3']);
    expect(stages.every((line) => line.endsWith(ADAPTER))).toBe(true);
    git(dir, 'checkout', '--ours', '--', ADAPTER);
    expect(read(dir, ADAPTER)).toContain('mlflow_of_mine');
    if (isCrlf) {
      expect(read(dir, ADAPTER)).toContain('\r\n');
      // The index of git has LF, so that choosing a side of a conflict changes no line ending.
      expect(git(dir, 'cat-file', 'blob', stages[2]!.split(' ')[1]!)).not.toContain('\r');
    }
    git(dir, 'add', '--', '.');
    git(dir, 'commit', '--quiet', '--message', 'Swapped');
    const again = await update(dir);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Nothing to do')]);
  });
});

it('update adopts files that both branches generated if a merge kept the lock of one side', async () => {
  const dir = repository();
  git(dir, 'switch', '--quiet', '--create', 'other');
  expect((await swap(dir)).code).toBe(0);
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--message', 'wandb');
  git(dir, 'switch', '--quiet', 'main');
  expect((await update(dir, '--set', 'environments=[dev, staging, prod]')).code).toBe(0);
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--message', 'staging');
  const merged = spawnSync('git', ['merge', 'other'], { cwd: dir, env: environment(), encoding: 'utf8' });
  expect(merged.status).toBe(1);
  const refused = await update(dir);
  expect([refused.code, refused.err]).toEqual([
    3,
    expect.stringMatching(/E-LOCK[^]*lock\.json:\d+[^]*markers[^]*update --resolve/),
  ]);
  git(dir, 'checkout', '--ours', '--', '.mlops-stack/lock.json');
  for (const path of new Set(lines(git(dir, 'diff', '--name-only', '--diff-filter=U'))))
    if (!path.startsWith('.mlops-stack/')) git(dir, 'checkout', '--theirs', '--', path);
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--message', 'Merged');
  const done = await update(dir);
  expect([0, 4]).toContain(done.code);
  expect(done.out + done.err).not.toContain('E-');
  const again = await update(dir);
  expect(again.code).toBe(done.code);
});

describe('files that git ignores', () => {
  /** The environment of a user who ignores these patterns everywhere. */
  const ignoring = (patterns: string): Record<string, string> => {
    const home = sandbox({ excludes: patterns });
    nodeFs.writeFileSync(join(home, '.gitconfig'), `[core]\n  excludesFile = ${join(home, 'excludes')}\n`);
    return { HOME: home };
  };
  const addModel = (dir: string, patterns: string, ...args: string[]): Promise<Run> =>
    run(['update', '--yes', '--models', '[churn, data]', ...args], { cwd: dir, env: ignoring(patterns) });

  it('are reported after an update that wrote them, and only those', async () => {
    const dir = repository();
    const { code, err } = await addModel(dir, 'data/\nMakefile\n');
    expect(code).toBe(0);
    expect(err).toMatch(
      /^git ignores \d of the \d+ files that were written[^]* {2}src\/demo\/models\/data\/ \(\d files\): the pattern data\/ in .*excludes:1\n/,
    );
    expect(err).toContain('\n  !/src/demo/models/data/\n');
    // It is tracked, so the pattern has no effect on it.
    expect(err).not.toContain('Makefile');
    expect((await addModel(dir, 'data/\n')).err).toBe('');
  });

  it('are in the JSON document, and not reported outside of a repository', async () => {
    const dir = repository();
    nodeFs.rmSync(join(dir, '.git'), { recursive: true });
    expect(await addModel(dir, 'data/\n')).toMatchObject({ code: 0, err: '' });
    const { out } = await addModel(repository(), 'params/data.yaml\n', '--json');
    expect(JSON.parse(out)).toMatchObject({ ignored: [{ path: 'params/data.yaml', files: 1, line: 1 }] });
  });
});
