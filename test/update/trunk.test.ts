import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environment, sandbox, warm } from '../cli/harness.ts';
import { open, project } from './project.ts';

const git = (cwd: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd, env: environment(), encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
};

const config = (dir: string): string => open(dir).read('mlops-stack.yaml');

/** An existing repository with one commit on each branch; the first is checked out. */
function repository(...branches: string[]): string {
  const dir = sandbox({ 'README.txt': 'mine\n' });
  git(dir, 'init', '--quiet', '--initial-branch', branches[0]!);
  git(dir, 'add', '--all');
  git(dir, 'commit', '--quiet', '--message', 'mine');
  for (const branch of branches.slice(1)) git(dir, 'branch', branch);
  return dir;
}

describe('a new repository', () => {
  it('has the trunk main', async () => {
    const { git: own, read } = await project();
    expect(read('mlops-stack.yaml')).toContain('\ntrunk: main\n');
    expect(own('branch', '--show-current')).toBe('main\n');
  });

  it('has the branch that --trunk names', async () => {
    const { git: own, read } = await project('--trunk', 'develop');
    expect(own('branch', '--show-current')).toBe('develop\n');
    expect(read('.github/workflows/main.yml')).toContain('branches: [develop]');
  });

  it('in an existing git repository takes the branch of its remote', async () => {
    const origin = repository('trunk-x7', 'main');
    const clone = join(sandbox(), 'clone');
    git(sandbox(), 'clone', '--quiet', `file://${origin}`, clone);
    git(clone, 'switch', '--quiet', '--create', 'feature');
    const { code, out } = await warm(['demo', '--yes'], { cwd: clone });
    expect(code).toBe(0);
    expect(config(join(clone, 'demo'))).toContain('\ntrunk: trunk-x7\n');
    expect(out).toMatch(/^To create the same again: .* --trunk trunk-x7 --folder demo$/m);
  });

  it.each([
    [['master'], 'master'],
    [['develop'], 'develop'],
    [['feature', 'main'], 'main'],
    [['feature', 'master', 'other'], 'master'],
    [['feature', 'other'], 'feature'],
  ])('in a git repository without a remote and with the branches %j takes %s', async (branches, trunk) => {
    const cwd = repository(...branches);
    expect((await warm(['demo', '--yes'], { cwd })).code).toBe(0);
    expect(config(join(cwd, 'demo'))).toContain(`\ntrunk: ${trunk}\n`);
  });

  it('in a git repository without a commit takes its branch', async () => {
    const cwd = sandbox();
    git(cwd, 'init', '--quiet', '--initial-branch', 'first');
    expect((await warm(['demo', '--yes'], { cwd })).code).toBe(0);
    expect(config(join(cwd, 'demo'))).toContain('\ntrunk: first\n');
  });

  it('keeps the trunk of a flag and of a file in an existing git repository', async () => {
    const cwd = repository('master');
    expect((await warm(['demo', '--yes', '--trunk', 'mine'], { cwd })).code).toBe(0);
    expect(config(join(cwd, 'demo'))).toContain('\ntrunk: mine\n');
    expect((await warm(['second', '--config', 'demo/mlops-stack.yaml', '--name', 'second'], { cwd })).code).toBe(0);
    expect(config(join(cwd, 'second'))).toContain('\ntrunk: mine\n');
  });

  it('is no part of the git repository around it if git ignores its folder', async () => {
    const cwd = repository('master');
    writeFileSync(join(cwd, '.gitignore'), '/scratch/\n/other/\n');
    for (const folder of ['scratch/demo', 'other']) {
      expect((await warm([folder, '--yes', '--name', 'demo'], { cwd })).code).toBe(0);
      expect(config(join(cwd, folder))).toMatch(/^trunk: main\n(?!folder)/m);
    }
  });

  it('is created below a folder that does not exist yet', async () => {
    const cwd = repository('master');
    mkdirSync(join(cwd, 'services'));
    expect((await warm(['services/ml/demo', '--yes'], { cwd })).code).toBe(0);
    expect(config(join(cwd, 'services/ml/demo'))).toContain('\ntrunk: master\n');
  });
});

describe('update', () => {
  it('changes the trunk in all files that name it', async () => {
    const made = await project('--cloud', 'aws');
    const before = made
      .git('grep', '--files-with-matches', '-w', '-e', 'refs/heads/main', '-e', '`main`', '--', '.')
      .split('\n');
    expect(before).toContain('infra/bootstrap/ci.tf');
    const { code, out } = await made.command('update', '--yes', '--set', 'trunk=trunk-x7');
    expect([code, out]).toEqual([0, expect.stringContaining('trunk: main -> trunk-x7')]);
    for (const path of before.filter(Boolean)) {
      expect(made.read(path), path).toContain('trunk-x7');
      expect(made.read(path), path).not.toMatch(/refs\/heads\/main|`main`/);
    }
    expect(made.read('infra/bootstrap/ci.tf')).toContain('refs/heads/trunk-x7');
    expect((await made.command('check')).code).toBe(0);
  });

  it('of a repository of an earlier release takes the default branch of git', async () => {
    const made = await project();
    made.git('branch', '--move', 'master');
    made.edit('mlops-stack.yaml', (text) => text.replace(/^trunk: .*\n/m, ''));
    made.edit('.mlops-stack/lock.json', (text) => text.replace(/,\n {4}"trunk": "main"/, ''));
    made.commit();
    const { code, out } = await made.command('update', '--yes');
    expect([code, out]).toEqual([0, expect.stringContaining('main.yml')]);
    expect(made.read('mlops-stack.yaml')).toContain('\ntrunk: master\n');
    expect(made.read('.github/workflows/main.yml')).toContain('branches: [master]');
  });

  it('keeps a trunk that the config does not hold', async () => {
    const made = await project('--trunk', 'develop');
    made.edit('mlops-stack.yaml', (text) => text.replace(/^trunk: .*\n/m, ''));
    made.commit();
    const { err } = await made.command('update', '--yes');
    expect(err).toContain('mlops-stack.yaml has no trunk; it stays develop');
    expect(made.read('mlops-stack.yaml')).toContain('\ntrunk: develop\n');
  });
});

describe('line ends', () => {
  it('are LF in a clone of a user with core.autocrlf=true', async () => {
    const made = await project();
    const dir = join(sandbox(), 'clone');
    git(sandbox(), 'clone', '--quiet', '--config', 'core.autocrlf=true', `file://${made.dir}`, dir);
    const ends = git(dir, 'ls-files', '--eol').split('\n');
    expect(ends.filter((line) => line.includes('w/crlf') || line.includes('w/mixed'))).toEqual([]);
    expect(ends.length).toBeGreaterThan(100);
  });

  it('that are all CRLF are no difference, no edit and no conflict', async () => {
    const made = await project();
    const paths = made
      .git('ls-files', '--eol')
      .split('\n')
      .flatMap((line) => /w\/lf .*\t(.*)$/.exec(line)?.[1] ?? []);
    for (const path of paths) made.edit(path, (text) => text.replaceAll('\n', '\r\n') || '\r\n');
    expect(paths.length).toBeGreaterThan(100);
    expect(await made.command('check')).toMatchObject({ code: 0 });
    expect((await made.command('diff')).err).toContain('Nothing to do');
    const { code, out } = await made.command('update', '--yes', '--allow-dirty', '--set', 'tracker=wandb');
    expect(out).not.toMatch(/^ +(conflict|merge|keep|park) /m);
    expect(code).toBe(0);
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

describe('a shallow clone', () => {
  it('is named by the secret scan, which needs every commit', async () => {
    const made = await project();
    made.edit('README.md', (text) => `${text}More.\n`);
    made.commit();
    const [shallow, full] = [join(sandbox(), 'clone'), join(sandbox(), 'clone')];
    git(sandbox(), 'clone', '--quiet', '--depth', '1', `file://${made.dir}`, shallow);
    git(sandbox(), 'clone', '--quiet', `file://${made.dir}`, full);
    const scan = (cwd: string): string =>
      spawnSync('make', ['secret-scan'], { cwd, env: environment(), encoding: 'utf8' }).stderr;
    expect(scan(shallow)).toContain('this clone is shallow: run git fetch --unshallow');
    expect(scan(full)).not.toContain('shallow');
    git(shallow, 'fetch', '--quiet', '--unshallow');
    expect(scan(shallow)).not.toContain('shallow');
  });

  it('is named if update --resolve needs a commit that it does not have', async () => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    await made.command('update', '--yes', '--set', 'tracker=wandb');
    made.commit();
    made.git('switch', '--quiet', 'main');
    await made.command('update', '--yes', '--set', 'orchestrator=dagster');
    made.commit();
    const dir = join(sandbox(), 'shallow');
    git(sandbox(), 'clone', '--quiet', '--depth', '1', '--no-single-branch', `file://${made.dir}`, dir);
    const merge = ['merge', '--quiet', '--allow-unrelated-histories', 'origin/other'];
    expect(spawnSync('git', merge, { cwd: dir, env: environment() }).status).toBe(1);
    const shallow = await warm(['update', '--yes', '--resolve'], { cwd: dir });
    expect([shallow.code, shallow.err]).toEqual([
      3,
      expect.stringMatching(/^E-MERGE: .*\n.*shallow.*\n.*git fetch --unshallow/),
    ]);
    git(dir, 'merge', '--abort');
    git(dir, 'fetch', '--quiet', '--unshallow');
    expect(spawnSync('git', ['merge', '--quiet', 'origin/other'], { cwd: dir, env: environment() }).status).toBe(1);
    expect(await warm(['update', '--yes', '--resolve'], { cwd: dir })).toMatchObject({ code: 0 });
  });
});
