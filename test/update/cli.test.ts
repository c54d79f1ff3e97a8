import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environment, run, sandbox, snapshot } from '../cli/harness.ts';
import { CTRL_C, DOWN, ENTER, hasPty, talk } from '../cli/pty.ts';
import { open, project } from './project.ts';

/** Tests the commands for users and scripts: messages, questions, output files and exit codes. */

const MLFLOW = 'src/demo/tracking/mlflow.py';
const KEPT = `kept/_base-mlflow-tracking/${MLFLOW}`;
const times = (dir: string): Record<string, number> =>
  Object.fromEntries(
    (readdirSync(dir, { recursive: true }) as string[])
      .filter((path) => !path.startsWith('.git/'))
      .map((path) => [path, statSync(join(dir, path)).mtimeMs]),
  );

describe.concurrent('update', () => {
  it('runs without a command name inside a repository, and writes nothing if nothing changed', async () => {
    const { dir, command } = await project();
    const before = times(dir);
    expect(await command('--yes')).toMatchObject({ code: 0, out: 'Nothing to do.\n', err: '' });
    expect(await command('update', '--yes')).toMatchObject({ code: 0, out: 'Nothing to do.\n' });
    expect(times(dir)).toEqual(before);
    // A folder argument always means a new repository.
    expect(await command('other', '--yes', '--dry-run')).toMatchObject({ code: 0 });
  });

  it('applies an edit of mlops-stack.yaml', async () => {
    const { dir, command, edit, read } = await project();
    edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', '# until May\ntracker: wandb # was mlflow'));
    const config = read('mlops-stack.yaml');
    const { code, out } = await command('update', '--yes', '--verbose');
    expect(code).toBe(0);
    expect(out).toMatch(/^tracker: mlflow -> wandb$/m);
    expect(out).toMatch(/^Done and verified: \d+ written, \d+ deleted\.$/m);
    expect(read('mlops-stack.yaml')).toBe(config);
    expect([MLFLOW, 'src/demo/tracking/wandb.py', 'kept'].map((path) => existsSync(join(dir, path)))).toEqual([
      false,
      true,
      false,
    ]);
    expect(await command('check')).toMatchObject({ code: 0 });
  });

  it('edits mlops-stack.yaml with --set, keeps comments and edited files, and lists leftovers', async () => {
    const { dir, command, edit, read, commit } = await project();
    edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', '# until May\n"tracker":   mlflow   # ours'));
    edit(MLFLOW, (text) => `${text}\n\n# ours\n`);
    commit();
    const { code, out } = await command('update', '--yes', '--set', 'tracker=wandb');
    expect(code).toBe(0);
    expect(read('mlops-stack.yaml')).toContain('# until May\n"tracker":   wandb   # ours\n');
    expect(out).toMatch(new RegExp(`park +${MLFLOW} -> ${KEPT} +\\(.*you edited it\\)`));
    expect(out).toMatch(/tracker\/mlflow: runs in .*\n +carry over: .*\n +remove: +.*\n/);
    expect(read(KEPT)).toMatch(/# ours\n$/);
    expect(await command('update', '--yes', '--set', 'tracker=mlflow')).toMatchObject({ code: 3 });
    const back = await command('update', '--yes', '--set', 'tracker=mlflow', '--allow-dirty');
    expect(back).toMatchObject({ code: 0 });
    expect(back.out).toMatch(new RegExp(`unpark +${KEPT} -> ${MLFLOW}`));
    expect(existsSync(join(dir, 'kept'))).toBe(false);
    // Base objects that were removed and added again are compressed again and have the same content.
    expect(open(dir).git('status', '--porcelain')).toBe('');
  });

  it('needs --yes or --dry-run without a terminal', async () => {
    const { dir, command } = await project();
    const before = snapshot(dir);
    const { code, err } = await command('update', '--set', 'tracker=wandb');
    expect(code).toBe(2);
    expect(err).toContain('E-ANSWER-MISSING');
    expect(err).toContain('update --dry-run');
    expect(snapshot(dir)).toEqual(before);
  });

  it.each(['update', 'diff', 'check', 'doctor'])('rejects %s outside a repository', async (word) => {
    const cwd = sandbox({ 'README.md': 'mine\n' });
    const { code, err } = await run([word, '--yes'], { cwd });
    expect({ code, id: err.split(':')[0] }).toEqual({ code: 2, id: 'E-REPOSITORY' });
    expect(Object.keys(snapshot(cwd))).toEqual(['README.md']);
  });

  it.each([
    ['--conflict neither', ['update', '--yes', '--conflict', 'neither'], 'E-ARGS', '--conflict is markers or side'],
    ['--config', ['update', '--yes', '--config', 'mlops-stack.yaml'], 'E-ARGS', 'update reads mlops-stack.yaml'],
    ['a word', ['update', 'demo', '--yes'], 'E-ARGS', 'update takes no argument'],
    [
      'an option that does not exist',
      ['update', '--yes', '--set', 'tracker=wandbb'],
      'E-CONFIG-VALUE',
      'did you mean wandb?',
    ],
    ['--restore of a file that is there', ['update', '--yes', '--restore', 'README.md'], 'E-RESTORE', 'README.md'],
    [
      '--restore of a file that is not generated',
      ['update', '--yes', '--restore', 'nothing.py'],
      'E-RESTORE',
      'nothing.py',
    ],
  ])('rejects %s and changes nothing', async (_, args, id, says) => {
    const { dir, command } = await project();
    const before = snapshot(dir);
    const { code, err } = await command(...args);
    expect({ code, id: err.split(':')[0] }).toEqual({ code: 2, id });
    expect(err).toContain(says);
    expect(snapshot(dir)).toEqual(before);
  });

  it('names the file, line and column of an error in mlops-stack.yaml', async () => {
    const { command, edit } = await project();
    edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: mlfow'));
    for (const word of ['update', 'diff', 'check', 'doctor']) {
      const { code, err } = await command(word, '--yes');
      expect(code).toBe(2);
      expect(err).toMatch(/mlops-stack\.yaml:\d+:10: tracker has no option "mlfow"; did you mean mlflow\?/);
    }
  });

  it('reports defaults that changed, and keeps choices that the user did not change', async () => {
    const own = (id: string): string =>
      `export default { choice: 'shade', id: '${id}', title: '${id}', summary: 'S.', docs: ` +
      "'https://example.com', status: 'active', traces: [] };";
    const cwd = sandbox({
      'own/shade/choice.mjs':
        "export default { id: 'shade', title: 'Shade', question: 'Which shade?', group: 'Looks', order: 900, " +
        "asked: 'later', takes: 'one', per: 'project', contract: [], default: (given) => (given.tracker === " +
        "'wandb' ? 'dark' : 'light') };",
      'own/shade/dark/module.mjs': own('dark'),
      'own/shade/light/module.mjs': own('light'),
    });
    await run(['demo', '--yes', '--no-git', '--modules', 'own'], { cwd });
    const dir = join(cwd, 'demo');
    const { code, err } = await run(['update', '--yes', '--set', 'tracker=wandb', '--modules', '../own'], { cwd: dir });
    expect(code).toBe(0);
    expect(err).toBe(
      'With these choices the default of shade is dark; it stays light. To change it: ' +
        'create-mlops-stack update --set shade=dark\n',
    );
    expect(parse(open(dir).read('mlops-stack.yaml'))).toMatchObject({ tracker: 'wandb', shade: 'light' });
    expect((await run(['update', '--yes', '--modules', '../own'], { cwd: dir })).err).toBe('');
    expect((await run(['update', '--yes', '--set', 'shade=dark', '--modules', '../own'], { cwd: dir })).err).toBe('');
  });

  it('adds a missing line to mlops-stack.yaml with the value that was applied last', async () => {
    const { command, edit, read } = await project('--tracker', 'wandb');
    edit('mlops-stack.yaml', (text) => text.replace(/^tracker: .*\n/m, ''));
    const { code, err } = await command('update', '--yes');
    expect(code).toBe(0);
    expect(err).toContain('has no tracker; it stays wandb');
    expect(parse(read('mlops-stack.yaml'))).toMatchObject({ tracker: 'wandb' });
  });
});

describe.concurrent('the preview of an update', () => {
  it('is shown by --dry-run and by diff, writes nothing, and equals the update if git applies it', async () => {
    const made = await project();
    made.edit('README.md', (text) => `Ours.\n${text}`);
    made.edit(MLFLOW, (text) => `${text}# ours\n`);
    made.commit();
    const before = snapshot(made.dir);
    const dry = await made.command('update', '--dry-run', '--set', 'tracker=wandb');
    const diff = await made.command('diff', '--set', 'tracker=wandb');
    expect([dry.code, diff.code]).toEqual([0, 0]);
    expect(snapshot(made.dir)).toEqual(before);
    expect(dry.out).toContain(diff.out);
    expect(dry.out).toMatch(/^Would have: .*1 merged.*, 1 moved to kept\/, 4 deleted\.$/m);
    expect(diff.err).toContain('tracker: mlflow -> wandb');
    const other = join(sandbox(), 'demo');
    cpSync(made.dir, other, { recursive: true });
    const applied = spawnSync('git', ['apply', '-'], {
      cwd: other,
      env: environment(),
      input: diff.out,
      encoding: 'utf8',
    });
    expect([applied.status, applied.stderr]).toEqual([0, '']);
    await made.command('update', '--yes', '--set', 'tracker=wandb');
    const files = (dir: string): object =>
      Object.fromEntries(Object.entries(snapshot(dir)).filter(([path]) => !path.startsWith('.mlops-stack')));
    expect(files(other)).toEqual(files(made.dir));
    expect(await made.command('diff')).toMatchObject({ code: 0, out: '', err: 'Nothing to do.\n' });
  });
});

describe.concurrent('conflicts of an update', () => {
  const conflicting = async () => {
    const made = await project();
    made.edit('src/demo/tracking/__init__.py', (text) =>
      text.replace(/from \.mlflow import .*/, 'from .ours import Ours as _Implementation'),
    );
    made.commit();
    return made;
  };
  const INIT = 'src/demo/tracking/__init__.py';

  it('make update exit with 4 and write nothing until they are resolved', async () => {
    const made = await conflicting();
    const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    expect(code).toBe(4);
    expect(out).toContain(`Conflicts to resolve: ${INIT}\n`);
    expect(out).toContain('git mergetool');
    expect(made.read(INIT)).toMatch(
      /<<<<<<< yours\n.*ours import Ours[\s\S]*\|\|\|\|\|\|\| base\n[\s\S]*=======\n.*wandb[\s\S]*>>>>>>> generated\n/,
    );
    expect(made.git('ls-files', '--unmerged')).toContain(INIT);
    const before = times(made.dir);
    expect(await made.command('update', '--yes')).toMatchObject({
      code: 4,
      out: expect.stringContaining(INIT) as string,
    });
    expect(times(made.dir)).toEqual(before);
    const refused = await made.command('update', '--yes', '--allow-dirty', '--set', 'tracker=mlflow');
    expect({ code: refused.code, id: refused.err.split(':')[0] }).toEqual({ code: 3, id: 'E-CONFLICT' });
    expect(refused.err).toContain(INIT);
    made.git('checkout', '--theirs', INIT);
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
  });

  it('are written next to the file with --conflict=side', async () => {
    const made = await conflicting();
    const mine = made.read(INIT);
    expect(await made.command('update', '--yes', '--set', 'tracker=wandb', '--conflict=side')).toMatchObject({
      code: 4,
    });
    expect(made.read(INIT)).toBe(mine);
    expect(made.read(`${INIT}.generated`)).toContain('from .wandb import');
    expect(await made.command('update', '--yes')).toMatchObject({ code: 4 });
    made.write(INIT, made.read(`${INIT}.generated`));
    rmSync(join(made.dir, `${INIT}.generated`));
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
  });
});

describe.concurrent('update and one file', () => {
  it('rejects a file with uncommitted changes, and accepts it with --allow-dirty or after a commit', async () => {
    const made = await project();
    made.edit('pyproject.toml', (text) => `# ours\n${text}`);
    made.edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: wandb'));
    const before = snapshot(made.dir);
    const { code, err } = await made.command('update', '--yes');
    expect({ code, id: err.split(':')[0] }).toEqual({ code: 3, id: 'E-DIRTY' });
    expect(err).toContain('pyproject.toml: ');
    expect(err).not.toContain('mlops-stack.yaml');
    expect(snapshot(made.dir)).toEqual(before);
    expect(await made.command('update', '--yes', '--allow-dirty')).toMatchObject({ code: 0 });
    expect(made.read('pyproject.toml')).toMatch(/^# ours\n[\s\S]*wandb==/);
  });

  it('keeps a deleted file deleted, and restores it with --restore', async () => {
    const made = await project();
    rmSync(join(made.dir, 'docs/parameters.md'));
    made.commit();
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(existsSync(join(made.dir, 'docs/parameters.md'))).toBe(false);
    const { code, out } = await made.command('update', '--yes', '--restore', 'docs/parameters.md');
    expect(code).toBe(0);
    expect(out).toMatch(/restore +docs\/parameters\.md/);
    expect(existsSync(join(made.dir, 'docs/parameters.md'))).toBe(true);
    made.git('diff', '--exit-code', '--', 'docs');
  });

  it('neither writes nor merges nor reports an unmanaged file', async () => {
    const made = await project();
    made.edit('mlops-stack.yaml', (text) => `${text}unmanaged: [pyproject.toml, 'docs/**']\n`);
    const before = made.read('pyproject.toml');
    const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb', '--verbose');
    expect(code).toBe(0);
    expect(made.read('pyproject.toml')).toBe(before);
    expect(out).not.toMatch(/^ .*(pyproject\.toml|docs\/)/m);
    expect(existsSync(join(made.dir, 'docs/tools/wandb.md'))).toBe(false);
    rmSync(join(made.dir, 'docs/versions.md'));
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

describe.concurrent('update of a damaged repository', () => {
  it('merges without the base store if this version generates the same files', async () => {
    const made = await project();
    made.edit('README.md', (text) => `Ours.\n${text}`);
    made.commit();
    rmSync(join(made.dir, '.mlops-stack/base'), { recursive: true });
    const { code } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    expect(code).toBe(0);
    expect(made.read('README.md')).toMatch(/^Ours\.\n[\s\S]*docs\.wandb\.ai/);
    expect(await made.command('doctor')).toMatchObject({ code: 0 });
  });

  it('adopts equal files without the lock, keeps the others, and reports both', async () => {
    const made = await project();
    made.edit('README.md', (text) => `Ours.\n${text}`);
    made.commit();
    rmSync(join(made.dir, '.mlops-stack'), { recursive: true });
    const { code, err } = await made.command('update', '--yes');
    expect(code).toBe(4);
    expect(err).toContain('git restore .mlops-stack');
    expect(made.read('README.md')).toMatch(/^Ours\.\n/);
    expect(made.read('README.md.generated')).not.toContain('Ours');
    expect(
      made
        .git('status', '--porcelain')
        .split('\n')
        .filter((line) => !line.includes('.mlops-stack'))
        .join(''),
    ).toBe('?? README.md.generated');
    rmSync(join(made.dir, 'README.md.generated'));
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0 });
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

const plain = (out: string): string => out.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '');

describe.skipIf(!hasPty).concurrent('update on a terminal', () => {
  const WHAT = 'What should change?';

  it('shows the choices, asks what to change, shows the effect, and asks for confirmation once', async () => {
    const made = await project();
    const rows = Object.keys(parse(made.read('mlops-stack.yaml')) as object).filter((key) => key !== 'name');
    // The wizard lists the option without a tool last.
    const trackers = readdirSync('templates/tracker')
      .filter((id) => id !== 'none')
      .sort();
    const steps = [
      [WHAT, DOWN.repeat(1 + rows.indexOf('tracker')) + ENTER],
      ['Weights & Biases', DOWN.repeat(trackers.indexOf('wandb') - trackers.indexOf('mlflow')) + ENTER],
      [WHAT, ENTER],
      ['Apply this update?', ENTER],
    ] as const;
    const { code, out, unasked } = await talk([], { cwd: made.dir, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    const text = plain(out);
    expect(text).toContain('tracker: mlflow');
    expect(text).toContain('tracker: wandb  (was mlflow)');
    const before = text.slice(0, text.indexOf('Apply this update?'));
    const after = text.slice(text.lastIndexOf('Apply this update?'));
    expect(before).toMatch(/delete +src\/demo\/tracking\/mlflow\.py/);
    expect(before).toMatch(/tracker\/mlflow: runs in [\s\S]* remove: /);
    expect(after).toContain('Done and verified');
    expect(parse(made.read('mlops-stack.yaml'))).toMatchObject({ tracker: 'wandb' });
  });

  it.each([
    ['no', DOWN + ENTER],
    ['Ctrl-C', CTRL_C],
  ])('changes nothing if %s', async (_, keys) => {
    const made = await project();
    const before = times(made.dir);
    const { code, out } = await talk(['update', '--set', 'tracker=wandb'], {
      cwd: made.dir,
      steps: [['Apply this update?', keys]],
    });
    expect(code).toBe(130);
    expect(plain(out)).toContain('E-INTERRUPTED');
    expect(times(made.dir)).toEqual(before);
  });

  it('asks only for confirmation if mlops-stack.yaml was edited, and nothing if nothing changes', async () => {
    const made = await project();
    const nothing = await talk(['update'], { cwd: made.dir, steps: [[WHAT, ENTER]] });
    expect(nothing.code).toBe(0);
    expect(plain(nothing.out)).toContain('Nothing to do.');
    made.edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: wandb'));
    const { code, out, unasked } = await talk(['update'], { cwd: made.dir, steps: [['Apply this update?', ENTER]] });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(out).not.toContain(WHAT);
  });
});

describe('a new name', () => {
  it('of a project with cloud resources needs --rename', async () => {
    const made = await project('--set', 'cloud=aws');
    const before = snapshot(made.dir);
    const { code, err } = await made.command('update', '--yes', '--set', 'name=other');
    expect([code, err]).toEqual([2, expect.stringMatching(/E-RENAME[^]*cloud resources of demo[^]*--rename/)]);
    expect(snapshot(made.dir)).toEqual(before);
    expect(await made.command('update', '--dry-run', '--set', 'name=other')).toMatchObject({ code: 0 });
    expect(await made.command('update', '--yes', '--set', 'name=other', '--rename')).toMatchObject({ code: 0 });
    expect(existsSync(join(made.dir, 'src/other'))).toBe(true);
  });

  it('of an environment or a model lists what the former one leaves', async () => {
    const made = await project('--set', 'cloud=aws', '--set', 'models=[churn, fraud]');
    const told = async (setting: string): Promise<string[]> => {
      const { code, out } = await made.command('update', '--dry-run', '--set', setting);
      expect(code).toBe(0);
      return out.split('\n').filter((line) => /^ {2}\S+\/\S+: /.test(line));
    };
    expect(await told('environments=[qa, prod]')).toEqual([
      expect.stringMatching(/^ {2}cloud\/aws: all resources that Terraform created for dev,/),
      expect.stringMatching(/^ {2}ci\/github-actions: the environment dev on GitHub,/),
    ]);
    expect(await told('models=[churn]')).toEqual([
      expect.stringMatching(/the deployment training\/fraud in the Prefect server/),
      expect.stringMatching(/^ {2}registry\/mlflow: the versions of fraud in the registry,/),
    ]);
    expect(await told('environments=[dev, qa, prod]')).toEqual([]);
  });

  it('of a local project needs no flag', async () => {
    const made = await project();
    expect(await made.command('update', '--yes', '--set', 'name=other')).toMatchObject({ code: 0 });
  });
});
