import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environment } from '../cli/harness.ts';
import { type Project, project } from './project.ts';
import { reformat } from './reformat.ts';

/** Several users change one repository: by patches, in branches, and with bots. */

const swap = async (made: Project, ...changes: string[]): Promise<void> => {
  const { code, err } = await made.command('update', '--yes', ...changes.flatMap((change) => ['--set', change]));
  expect([code, err]).toEqual([0, '']);
  made.commit();
};
/** Every file of the repository, without the records' base objects. */
const filesOf = (made: Project): Record<string, string> =>
  Object.fromEntries(
    made
      .git('ls-files')
      .split('\n')
      .filter((path) => path && !path.startsWith('.mlops-stack/base/'))
      .map((path) => [path, made.read(path)]),
  );
const merge = (made: Project, branch: string, ...how: string[]): number | null =>
  spawnSync('git', ['merge', ...how, branch], { cwd: made.dir, env: environment(), encoding: 'utf8' }).status;

const MLFLOW = 'src/demo/tracking/mlflow.py';

describe('a change that was applied by other means', () => {
  const byPatch = async (made: Project, change: string): Promise<void> => {
    const { out } = await made.command('diff', '--set', change);
    const { status, stderr } = spawnSync('git', ['apply'], {
      cwd: made.dir,
      input: out,
      env: environment(),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    made.commit();
  };

  it('is recorded, and files return with their tool', async () => {
    const made = await project();
    await byPatch(made, 'tracker=wandb');
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    made.commit();
    expect(made.read('.mlops-stack/lock.json')).not.toContain('tracking/mlflow.py');
    await swap(made, 'tracker=mlflow');
    expect(made.read(MLFLOW)).toContain('class');
    expect(await made.command('check')).toMatchObject({ code: 0 });
    expect(filesOf(made)).toEqual(filesOf(await project()));
  });

  it('keeps the edited files that the patch moved to kept/', async () => {
    const made = await project();
    made.edit(MLFLOW, (text) => `${text}\n# ours\n`);
    made.commit();
    await byPatch(made, 'tracker=wandb');
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    made.commit();
    expect(made.read(`kept/_base-mlflow-tracking/${MLFLOW}`)).toContain('# ours');
    await swap(made, 'tracker=mlflow');
    expect(made.read(MLFLOW)).toContain('# ours');
  });
});

describe('two branches that updated differently', () => {
  const branches = async (ours: readonly string[], theirs: readonly string[], edits = false): Promise<Project> => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    if (edits) made.edit('README.md', (text) => text.replace(/^# .*$/m, (title) => `${title}\n\nTheirs.`));
    if (edits) made.edit('Makefile', (text) => `${text}\n# theirs\n`);
    if (edits) made.commit();
    await swap(made, ...theirs);
    made.git('switch', '--quiet', 'main');
    if (edits) made.edit('README.md', (text) => `${text}\nOurs.\n`);
    if (edits) made.commit();
    await swap(made, ...ours);
    return made;
  };
  const direct = async (...changes: string[]): Promise<Project> => {
    const made = await project();
    await swap(made, ...changes);
    return made;
  };

  it.each<[string, readonly string[], readonly string[]]>([
    ['two tools', ['tracker=wandb'], ['orchestrator=dagster']],
    ['a tool and an environment', ['environments=[dev, staging, prod]'], ['tracker=wandb']],
    ['two lists', ['monitoring=none'], ['ci=gitlab-ci']],
  ])('become the repository with both changes: %s', async (_, ours, theirs) => {
    const made = await branches(ours, theirs);
    expect(merge(made, 'other')).toBe(1);
    const { code, err, out } = await made.command('update', '--yes', '--resolve');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('  git add --all\n  git commit\n');
    made.commit();
    expect(filesOf(made)).toEqual(filesOf(await direct(...ours, ...theirs)));
    expect(await made.command('check')).toMatchObject({ code: 0 });
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0, out: 'Nothing to do.\n' });
  });

  it('keep the edits of both', async () => {
    const made = await branches(['tracker=wandb'], ['orchestrator=dagster'], true);
    expect(merge(made, 'other')).toBe(1);
    expect(await made.command('update', '--yes', '--resolve')).toMatchObject({ code: 0 });
    made.commit();
    expect(made.read('README.md')).toMatch(/Theirs\.[^]*Ours\.\n$/);
    expect(made.read('Makefile')).toContain('# theirs');
    expect(made.read('README.md')).toMatch(/dagster/i);
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });

  it('leave a file of the user with a conflict to the user', async () => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    made.write('ours.txt', 'theirs\n');
    made.commit();
    await swap(made, 'orchestrator=dagster');
    made.git('switch', '--quiet', 'main');
    made.write('ours.txt', 'ours\n');
    made.commit();
    await swap(made, 'tracker=wandb');
    expect(merge(made, 'other')).toBe(1);
    const { code, out } = await made.command('update', '--yes', '--resolve');
    expect(code).toBe(4);
    expect(out).toContain('Conflicts to resolve: ours.txt\n');
    expect(made.read('ours.txt')).toContain('<<<<<<<');
  });

  it('leave a generated file whose edits overlap as git wrote it, until the user has resolved it', async () => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    made.edit('docs/operations.md', (text) => text.replace(/^# .*$/m, '# Theirs'));
    made.commit();
    await swap(made, 'orchestrator=dagster');
    made.git('switch', '--quiet', 'main');
    made.edit('docs/operations.md', (text) => text.replace(/^# .*$/m, '# Ours'));
    made.commit();
    await swap(made, 'tracker=wandb');
    expect(merge(made, 'other')).toBe(1);
    const before = made.read('docs/operations.md');
    const { code, out } = await made.command('update', '--yes', '--resolve');
    expect([code, out]).toEqual([4, expect.stringContaining('Conflicts to resolve: docs/operations.md\n')]);
    expect(made.read('docs/operations.md')).toBe(before);
    made.git('checkout', '--ours', '--', 'docs/operations.md');
    made.commit();
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(made.read('docs/operations.md')).toMatch(/^# Ours\n[^]*dagster[^]*wandb/);
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });

  it('do not overwrite a file that the user has begun to resolve', async () => {
    const made = await branches(['tracker=wandb'], ['orchestrator=dagster']);
    expect(merge(made, 'other')).toBe(1);
    made.edit('README.md', (text) => text.replace(/^<<<<<<< .*\n/m, (line) => `typed by hand\n${line}`));
    const { code, out } = await made.command('update', '--yes', '--resolve');
    expect(code).not.toBe(0);
    expect(out + made.read('README.md')).toContain('typed by hand');
  });

  it('stop for a choice that both changed, and take the value of --set', async () => {
    const made = await branches(['tracker=wandb'], ['environments=[dev, prod, live]']);
    made.git('switch', '--quiet', 'other');
    await swap(made, 'orchestrator=none');
    made.git('switch', '--quiet', 'main');
    await swap(made, 'orchestrator=dagster');
    expect(merge(made, 'other')).toBe(1);
    const before = made.git('status', '--porcelain');
    const { code, err } = await made.command('update', '--yes', '--resolve');
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(/E-MERGE[^]*orchestrator: "dagster"[^]*"none"[^]*--set orchestrator=/),
    ]);
    expect(made.git('status', '--porcelain')).toBe(before);
    expect(await made.command('update', '--yes', '--resolve', '--set', 'orchestrator=none')).toMatchObject({ code: 0 });
    made.commit();
    expect(filesOf(made)).toEqual(
      filesOf(await direct('tracker=wandb', 'environments=[dev, prod, live]', 'orchestrator=none')),
    );
  });

  it('are resolved during a rebase, too', async () => {
    const made = await branches(['tracker=wandb'], ['orchestrator=dagster']);
    const run = (...args: string[]): number | null =>
      spawnSync('git', args, { cwd: made.dir, env: { ...environment(), GIT_EDITOR: 'true' }, encoding: 'utf8' }).status;
    expect(run('rebase', 'other')).toBe(1);
    expect(await made.command('update', '--yes', '--resolve')).toMatchObject({ code: 0 });
    made.git('add', '--all');
    expect(run('rebase', '--continue')).toBe(0);
    expect(filesOf(made)).toEqual(filesOf(await direct('tracker=wandb', 'orchestrator=dagster')));
  });

  it('are named by check if only their configs were merged', async () => {
    const made = await project();
    made.edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: wandb'));
    made.edit('.mlops-stack/lock.json', (text) => text.replace('"tracker": "mlflow"', '"tracker": "wandb"'));
    const { code, out } = await made.command('check');
    expect([code, out]).toEqual([5, expect.stringMatching(/outdated .*lock\.json: .* must be generated again/)]);
  });

  it('need an unmerged file', async () => {
    const made = await project();
    expect(await made.command('update', '--yes', '--resolve')).toMatchObject({
      code: 3,
      err: expect.stringContaining('E-MERGE') as string,
    });
  });
});

describe('conflict markers that were committed', () => {
  const MARKED = '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> other\n';

  it('are named by check and doctor, and the next commands name files that exist', async () => {
    const made = await project();
    made.edit('docs/parameters.md', (text) => text + MARKED);
    made.commit();
    const check = await made.command('check');
    expect([check.code, check.out]).toEqual([5, expect.stringMatching(/conflict docs\/parameters\.md: line \d+/)]);
    const doctor = await made.command('doctor');
    expect([doctor.code, doctor.out]).toEqual([5, expect.stringMatching(/conflicts: docs\/parameters\.md:\d+/)]);
  });

  it('are named in mlops-stack.yaml', async () => {
    const made = await project();
    made.edit('mlops-stack.yaml', (text) => text + MARKED);
    const { code, err } = await made.command('check');
    expect([code, err]).toEqual([2, expect.stringMatching(/mlops-stack\.yaml:\d+[^]*merge conflict markers/)]);
  });

  it('of the lock are resolved from its text', async () => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    await swap(made, 'orchestrator=dagster');
    made.git('switch', '--quiet', 'main');
    await swap(made, 'tracker=wandb');
    merge(made, 'other');
    for (const path of made.git('diff', '--name-only', '--diff-filter=U').split('\n').filter(Boolean))
      if (!path.startsWith('.mlops-stack/')) made.git('checkout', '--theirs', '--', path);
    made.commit();
    expect(await made.command('check')).toMatchObject({ code: 3 });
    const { code } = await made.command('update', '--yes', '--resolve');
    expect([0, 4]).toContain(code);
    expect(await made.command('update', '--yes')).toMatchObject({ code });
  });
});

describe('a pin that a bot raised', () => {
  it('leaves with its tool, and the report names it', async () => {
    const made = await project();
    made.edit('pyproject.toml', (text) => text.replace(/("prefect(?:\[[^\]]*\])?==)[\d.]+/, '$199.0.0'));
    made.commit();
    const { code, out } = await made.command('update', '--yes', '--set', 'orchestrator=dagster');
    expect(code).toBe(0);
    expect(out).toMatch(/pyproject\.toml: prefect.* is removed/);
    made.commit();
    const direct = await project();
    await swap(direct, 'orchestrator=dagster');
    expect(made.read('pyproject.toml')).toBe(direct.read('pyproject.toml'));
  });

  it('does not keep a whole file that leaves', async () => {
    const made = await project();
    made.edit('deploy/compose/monitoring.yaml', (text) =>
      text.replace(/(prom\/prometheus):v[\d.]+@sha256:\w{64}/, `$1:v99.0.0@sha256:${'0'.repeat(64)}`),
    );
    made.commit();
    await swap(made, 'monitoring=none');
    expect(made.git('ls-files', 'kept')).toBe('');
  });
});

describe('a generated file that the user moved', () => {
  const OLD = 'docs/parameters.md';
  const NEW = 'docs/reference/parameters.md';
  const moved = async (edit?: (text: string) => string): Promise<Project> => {
    const made = await project();
    mkdirSync(join(made.dir, 'docs/reference'));
    made.git('mv', OLD, NEW);
    if (edit) made.edit(NEW, edit);
    made.commit();
    return made;
  };

  it('is not called deleted, and update offers to follow it', async () => {
    const made = await moved();
    const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    expect(code).toBe(0);
    expect(out).toMatch(
      /skip +docs\/parameters\.md +\(you moved it to docs\/reference\/parameters\.md; update --follow-moves/,
    );
    expect(out).not.toContain('you deleted it');
    const check = await made.command('check');
    expect([check.code, check.out]).toEqual([5, expect.stringContaining(`you moved it to ${NEW}`)]);
  });

  it('is updated at its new path with --follow-moves, with its edits, from then on', async () => {
    const made = await moved((text) => `${text}\nOurs.\n`);
    const first = await made.command('update', '--yes', '--follow-moves');
    expect([first.code, first.err]).toEqual([0, '']);
    made.commit();
    expect(await made.command('check')).toMatchObject({ code: 0 });
    const other = await project();
    await swap(other, 'task=regression', 'framework=xgboost');
    const was = other.read(OLD);
    await swap(made, 'task=regression', 'framework=xgboost');
    expect(made.read(NEW)).toBe(`${was}\nOurs.\n`);
    expect(existsSync(join(made.dir, OLD))).toBe(false);
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0, out: 'Nothing to do.\n' });
  });

  describe('whose tool leaves', () => {
    const PLACE = 'src/demo/tracking/mlflow_client.py';
    const left = async (edit: boolean, ...more: string[]): Promise<{ made: Project; out: string }> => {
      const made = await project();
      made.git('mv', MLFLOW, PLACE);
      if (edit) made.edit(PLACE, (text) => `${text}\n# ours\n`);
      made.commit();
      const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb', ...more);
      expect([code, out]).toEqual([0, expect.not.stringContaining('you deleted it')]);
      made.commit();
      return { made, out };
    };

    it('stays where it is as a file of the user, and is generated again when the tool returns', async () => {
      const { made, out } = await left(false);
      expect(out).toMatch(/skip +src\/demo\/tracking\/mlflow\.py +\(.*; you moved it to .*, which is your file now\)/);
      expect(existsSync(join(made.dir, PLACE))).toBe(true);
      expect(await made.command('check')).toMatchObject({ code: 0 });
      made.git('rm', '--quiet', PLACE);
      made.commit();
      await swap(made, 'tracker=mlflow');
      expect(existsSync(join(made.dir, MLFLOW))).toBe(true);
    });

    it('leaves with --follow-moves, and an edited one is kept', async () => {
      expect(existsSync(join((await left(false, '--follow-moves')).made.dir, PLACE))).toBe(false);
      const { made } = await left(true, '--follow-moves');
      expect(made.read(`kept/_base-mlflow-tracking/${PLACE}`)).toContain('# ours');
    });
  });

  it('is deleted if no other file is like it', async () => {
    const made = await project();
    rmSync(join(made.dir, OLD));
    made.write('docs/other.md', '# Another page\n\nWith other words that are long enough to count.\n');
    made.commit();
    expect((await made.command('update', '--yes')).out).toContain('you deleted it');
  });
});

describe('a file that one branch edited and the tool of which left in the other', () => {
  it('is kept with its base, so that it merges when the tool returns', async () => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    await swap(made, 'task=regression');
    made.edit(MLFLOW, (text) => `${text}\n# ours\n`);
    made.edit('docs/tools/mlflow-tracking.md', (text) => `${text}\nOurs.\n`);
    made.commit();
    made.git('switch', '--quiet', 'main');
    await swap(made, 'tracker=wandb');
    expect(merge(made, 'other')).toBe(1);
    expect(await made.command('update', '--yes', '--resolve')).toMatchObject({ code: 0 });
    made.commit();
    expect((await made.command('doctor')).out).not.toMatch(/^wrong (?!pins)/m);
    await swap(made, 'tracker=mlflow');
    expect(made.read(MLFLOW)).toContain('# ours');
    expect(made.read('docs/tools/mlflow-tracking.md')).toContain('Ours.');
  });
});

describe('a deletion by the user in one of two branches', () => {
  const DELETED = 'docs/decisions.md';
  const branches = async (isRecorded: boolean, edit?: string): Promise<Project> => {
    const made = await project();
    made.git('switch', '--quiet', '--create', 'other');
    made.git('rm', '--quiet', DELETED);
    made.commit();
    if (isRecorded) await swap(made, 'orchestrator=dagster');
    made.git('switch', '--quiet', 'main');
    if (edit) made.edit(DELETED, (text) => `${text}\n${edit}\n`);
    if (edit) made.commit();
    await swap(made, 'tracker=wandb');
    return made;
  };

  it.each([
    ['main', false],
    ['main', true],
    ['other', false],
    ['other', true],
  ])('stays after a merge into %s, also if the deletion is not recorded: %s', async (into, isRecorded) => {
    const made = await branches(isRecorded);
    made.git('switch', '--quiet', into);
    expect(merge(made, into === 'main' ? 'other' : 'main')).toBe(1);
    expect(await made.command('update', '--yes', '--resolve')).toMatchObject({ code: 0 });
    expect(existsSync(join(made.dir, DELETED))).toBe(false);
    made.commit();
    expect(await made.command('check')).toMatchObject({ code: 0 });
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(existsSync(join(made.dir, DELETED))).toBe(false);
  });

  it.each([
    [false, 'add'],
    [true, 'add'],
    [false, 'rm'],
    [true, 'rm'],
  ])('leaves a file that the other branch edited to the user: recorded %s, git %s', async (isRecorded, decision) => {
    const made = await branches(isRecorded, 'Ours.');
    expect(merge(made, 'other')).toBe(1);
    const { code, out } = await made.command('update', '--yes', '--resolve');
    expect([code, out]).toEqual([4, expect.stringContaining(`Conflicts to resolve: ${DELETED}\n`)]);
    expect(made.read(DELETED)).toContain('Ours.');
    made.git(decision, ...(decision === 'rm' ? ['--quiet'] : []), DELETED);
    made.commit();
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(existsSync(join(made.dir, DELETED))).toBe(decision === 'add');
    if (decision === 'add') expect(made.read(DELETED)).toContain('Ours.');
    expect(existsSync(join(made.dir, `${DELETED}.generated`))).toBe(false);
    if (made.git('status', '--porcelain')) made.commit();
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

describe('a patch of diff', () => {
  it('counts as applied if a formatter changed its files before the next update', async () => {
    const made = await project();
    const { out } = await made.command('diff', '--set', 'tracker=wandb');
    spawnSync('git', ['apply'], { cwd: made.dir, input: out, env: environment() });
    for (const path of ['docs/tools/wandb.md', 'src/demo/tracking/wandb.py'])
      made.write(path, await reformat(path, made.read(path), 1)!);
    made.commit();
    const wandb = made.read('src/demo/tracking/wandb.py');
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(made.read('src/demo/tracking/wandb.py')).toBe(wandb);
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});
