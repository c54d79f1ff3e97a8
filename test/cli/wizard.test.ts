import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSource } from '../../src/fs/modules.ts';
import { environment, ROOT, run, sandbox, snapshot } from './harness.ts';
import { CTRL_C, DOWN, END, ENTER, hasPty, talk } from './pty.ts';

const ESC = '\u001b';
const UP = '\u001b[A';
const FOLDER = 'Where should the repository be created?';
const MENU = 'Do you want to change more?';
const PREVIEW = 'Write these files?';
type Step = readonly [string, string];

const { choices: unsorted, modules } = await loadSource(join(ROOT, 'templates'));
const choices = unsorted.toSorted((a, b) => a.order - b.order);
const question = (id: string): string => choices.find((choice) => choice.id === id)!.question;
const first = choices.filter((choice) => choice.asked === 'first').map((choice) => choice.id);
/** Presses Enter at each of these questions. */
const enter = (...ids: readonly string[]): Step[] => ids.map((id) => [question(id), ENTER]);

const plain = (out: string): string => out.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '').replaceAll('\r', '');
const configOf = (dir: string): Record<string, unknown> =>
  parse(readFileSync(join(dir, 'mlops-stack.yaml'), 'utf8')) as Record<string, unknown>;

const option = (choice: string, id: string, title: string, more: string): Record<string, string> => ({
  [`own/${choice}/${id}/module.mjs`]:
    `export default { choice: '${choice}', id: '${id}', title: '${title}', summary: '${title}.', docs: ` +
    `'https://example.com', status: 'active', traces: [], ${more} };`,
});
const up = "deployment: () => ({ up: 'make up', down: 'make down' })";
/** A cluster that needs a bucket, which only one cloud provides, and devices that need their own registry. */
const OWN = {
  ...option('cloud', 'bucket', 'Bucket', "provides: { artifactStore: () => ({ scheme: 'acme', roots: {} }) }"),
  ...option(
    'target',
    'cluster',
    'Cluster',
    "needs: { artifactStore: { where: (store) => store.scheme === 'acme', because: " +
      `'a pod cannot read the files of your machine' } }, provides: { ${up} }`,
  ),
  ...option(
    'target',
    'edge',
    'Edge',
    "needs: { registryClient: { where: (client) => client.module === 'acme', because: " +
      `'devices pull from Acme alone' } }, provides: { ${up} }`,
  ),
  ...option('registry', 'acme', 'Acme', "provides: { registryClient: () => ({ module: 'acme', object: 'Acme' }) }"),
};
const WITH = ['--modules', 'own', '--no-git'];
/** Moves down from the first option of a choice to one of `OWN`, however many options the catalog has between them. */
const downTo = (choice: string, id: string): string => {
  const built = modules
    .map(({ module }) => module)
    .filter((module) => module.choice === choice)
    .map((module) => module.id);
  const own = Object.keys(OWN)
    .map((path) => path.split('/'))
    .filter((parts) => parts[1] === choice)
    .map((parts) => parts[2]!);
  return DOWN.repeat([...built, ...own].sort().indexOf(id));
};

describe.skipIf(!hasPty)('the wizard with Enter for every question', () => {
  it('shows the choices and the files, and then writes what --yes writes', async () => {
    const cwd = sandbox();
    const { code, out, unasked } = await talk(['--no-git'], {
      cwd,
      steps: [[FOLDER, ENTER], ...enter(...first), ...END],
    });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    const here = sandbox();
    await run(['my-project', '--yes', '--no-git'], { cwd: here });
    expect(snapshot(cwd)).toEqual(snapshot(here));
    const [, before] = plain(out).split(MENU) as [string, string];
    for (const { id } of choices) expect(plain(out)).toMatch(new RegExp(`[ ,]${id} [a-z]`));
    expect(before).toBeDefined();
    const [, total] = /my-project\/ {2}(\d+) files/.exec(plain(out))!;
    expect(plain(out)).toContain(`Write these ${total} files`);
    expect(plain(out)).toMatch(/^ {2}src\/my_project\/ +\d+ {2}/m);
    expect(plain(out)).toMatch(new RegExp(`^Wrote ${total} files to my-project\\.$`, 'm'));
    expect(plain(out)).toMatch(
      /^To create the same again: npm init mlops-stack@\S+ my-project -- --yes .*--orchestrator prefect/m,
    );
  });
});

describe.skipIf(!hasPty)('Esc', () => {
  it('goes back one question and keeps the answer', async () => {
    const cwd = sandbox();
    const [a, b, c] = first as [string, string, string];
    expect(b).toBe('orchestrator');
    const steps: Step[] = [
      [question(a), ENTER],
      [question(b), `${UP}${ENTER}`],
      [question(c), ESC],
      [question(b), ESC],
      [question(a), ESC],
      [question(a), ENTER],
      [question(b), ENTER],
      ...enter(...first.slice(2)),
      ...END,
    ];
    const { code, unasked } = await talk(['demo', '--no-git'], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    const other = sandbox();
    const { code: forward } = await talk(['demo', '--no-git'], {
      cwd: other,
      steps: [[question(a), ENTER], [question(b), `${UP}${ENTER}`], ...enter(...first.slice(2)), ...END],
    });
    expect(forward).toBe(0);
    expect(configOf(join(cwd, 'demo'))['orchestrator']).not.toBe('prefect');
    expect(snapshot(cwd)).toEqual(snapshot(other));
  });

  it('goes from the preview to the menu, and from the menu to the last question', async () => {
    const cwd = sandbox();
    const last = first.at(-1)!;
    const { code, unasked } = await talk(['demo', '--no-git'], {
      cwd,
      steps: [
        ...enter(...first),
        [MENU, ENTER],
        [PREVIEW, ESC],
        [MENU, ESC],
        [question(last), ENTER],
        [MENU, ENTER],
        [PREVIEW, `${DOWN}${ENTER}`],
        [MENU, ENTER],
        [PREVIEW, ENTER],
      ],
    });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
  });
});

describe.skipIf(!hasPty)('an option that the answers exclude', () => {
  it('is disabled with the reason, and enabled if the conflicting answer changes', async () => {
    const cwd = sandbox(OWN);
    // The bucket comes before the default, the local folder, in the list.
    const steps: Step[] = [
      ...enter('cloud', 'orchestrator', 'tracker', 'server'),
      [question('target'), ' '],
      [question('target'), ESC],
      [question('server'), ESC],
      [question('tracker'), ESC],
      [question('orchestrator'), ESC],
      [question('cloud'), `${UP}${ENTER}`],
      ...enter('orchestrator', 'tracker', 'server'),
      [question('target'), ' '],
      [question('target'), ENTER],
      ...END,
    ];
    const { code, out, unasked } = await talk(['demo', ...WITH], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(plain(out)).toContain('Cluster (a pod cannot read the files of your machine)');
    expect(configOf(join(cwd, 'demo'))).toMatchObject({
      cloud: 'bucket',
      target: expect.arrayContaining(['cluster', 'compose']) as unknown,
    });
  });

  it('is enabled if the conflicting answer comes later, and replaces that answer', async () => {
    const cwd = sandbox(OWN);
    const back: Step[] = [
      [MENU, ESC],
      ...['target', 'server', 'tracker', 'orchestrator'].map((id): Step => [question(id), ESC]),
    ];
    const steps: Step[] = [
      [question('cloud'), `${UP}${ENTER}`],
      ...enter('orchestrator', 'tracker', 'server'),
      [question('target'), ' '],
      [question('target'), ENTER],
      ...back,
      [question('cloud'), `${DOWN}${ENTER}`],
      ...enter('orchestrator', 'tracker', 'server', 'target'),
      ...END,
    ];
    const { code, out, unasked } = await talk(['demo', ...WITH], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(plain(out)).not.toContain('This machine (');
    expect(configOf(join(cwd, 'demo'))).toMatchObject({ cloud: 'local', target: ['compose'] });
  });

  it('is disabled by a flag', async () => {
    const cwd = sandbox(OWN);
    const { out, code } = await talk(['demo', ...WITH, '--target', 'cluster'], {
      cwd,
      steps: [
        [question('cloud'), `${DOWN}${ENTER}`],
        ['does not fit your', CTRL_C],
      ],
    });
    expect(code).toBe(130);
    expect(plain(out)).toContain('This machine (a pod cannot read the files of your machine)');
  });

  it('is enabled if it only needs another answer, which is then changed too', async () => {
    const cwd = sandbox(OWN);
    const { code, out, unasked } = await talk(
      ['demo', ...WITH, '--cloud', 'local', '--orchestrator', 'none', '--tracker', 'mlflow', '--server', 'fastapi'],
      { cwd, steps: [[question('target'), `${downTo('target', 'edge')} `], [question('target'), ENTER], ...END] },
    );
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(plain(out)).toMatch(/Training: registry acme/);
    expect(plain(out)).toMatch(/^To create the same again: .*--registry acme/m);
    expect(configOf(join(cwd, 'demo'))).toMatchObject({ registry: 'acme' });
  });

  it('stops before the first question if the flags contradict each other', async () => {
    const cwd = sandbox(OWN);
    const before = snapshot(cwd);
    const { code, out } = await talk(['demo', ...WITH, '--cloud', 'local', '--target', 'cluster'], { cwd, steps: [] });
    expect(code).toBe(2);
    expect(plain(out)).toContain('--set cloud=bucket');
    expect(plain(out)).not.toContain('?');
    expect(snapshot(cwd)).toEqual(before);
  });
});

describe.skipIf(!hasPty)('the menu', () => {
  it('lists the remaining questions by group, with their current values', async () => {
    const cwd = sandbox();
    const groups = [...new Set(choices.filter((choice) => choice.asked === 'later').map((choice) => choice.group))];
    const training = choices
      .filter((choice) => choice.asked === 'later' && choice.group === groups[0])
      .map((choice) => choice.id);
    const steps: Step[] = [
      ...enter(...first),
      [MENU, `${DOWN}${ENTER}`],
      ...enter(...training.slice(0, -1)),
      // The default of this choice is its last option.
      [question(training.at(-1)!), `${UP}${ENTER}`],
      [MENU, `${DOWN.repeat(groups.length + 1)}${ENTER}`],
      ['Which models', `class${ENTER}`],
      ['Python keyword', `${'\u007f'.repeat(5)}churn,fraud${ENTER}`],
      ['Which environments', ENTER],
      ['Where is this folder in its git repository', ENTER],
      ['Which branch is deployed', ENTER],
      ...END,
    ];
    const { code, out, unasked } = await talk(['demo', '--no-git'], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    const defaults = sandbox();
    await run(['demo', '--yes', '--no-git'], { cwd: defaults });
    const [mine, theirs] = [configOf(join(cwd, 'demo')), configOf(join(defaults, 'demo'))];
    expect(
      Object.keys(mine)
        .filter((key) => JSON.stringify(mine[key]) !== JSON.stringify(theirs[key]))
        .sort(),
    ).toEqual(['models', training.at(-1)].sort());
    expect(mine['models']).toEqual(['churn', 'fraud']);
    for (const title of groups) expect(plain(out)).toContain(`${title}: `);
  });
});

describe.skipIf(!hasPty)('the place in a git repository', () => {
  const QUESTION = 'Where is this folder in its git repository';
  const inRepository = (): string => {
    const cwd = sandbox({ 'services/README.md': '' });
    spawnSync('git', ['init', '--quiet', '--initial-branch', 'master'], { cwd, env: environment() });
    return join(cwd, 'services');
  };

  it.each([
    ['is its path by default', ENTER, 'services/demo'],
    ['can be that of a repository of its own', `.${ENTER}`, undefined],
  ])('is asked in a subfolder and %s', async (_, keys, folder) => {
    const cwd = inRepository();
    const steps: Step[] = [[FOLDER, `demo${ENTER}`], [QUESTION, keys], ...enter(...first), ...END];
    const { code, unasked } = await talk(['--no-git'], { cwd, steps });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    const made = configOf(join(cwd, 'demo'));
    expect([made['trunk'], made['folder']]).toEqual(['master', folder]);
  });
});

describe.skipIf(!hasPty)('the folder', () => {
  it('is rejected as soon as it is entered if it cannot be created', async () => {
    const cwd = sandbox({ 'full/notes.txt': 'mine' });
    const { code, out, unasked } = await talk([], {
      cwd,
      steps: [
        [FOLDER, `full${ENTER}`],
        ['is not empty: it holds notes.txt', CTRL_C],
      ],
    });
    expect({ code, unasked }).toEqual({ code: 130, unasked: [] });
    expect(plain(out)).not.toContain(question(first[0]!));
  });
});

describe.skipIf(!hasPty)('an interrupted wizard', () => {
  const all: Step[] = [[FOLDER, ENTER], ...enter(...first), ...END];

  it.concurrent.each([0, 3, all.length - 2, all.length - 1])(
    'leaves no files and exits with 130 if Ctrl-C ends it after %i answers',
    async (answers) => {
      const cwd = sandbox();
      const { code, out, unasked } = await talk([], {
        cwd,
        steps: [...all.slice(0, answers), [all[answers]![0], CTRL_C]],
      });
      expect({ code, unasked }).toEqual({ code: 130, unasked: [] });
      expect(out).toContain('E-INTERRUPTED');
      expect(out).not.toMatch(/^ {4}at /m);
      expect(snapshot(cwd)).toEqual({});
    },
  );

  it.each(['SIGTERM', 'SIGHUP'])('leaves no files if %s ends it', async (signal) => {
    const cwd = sandbox();
    const { code } = await talk([], {
      cwd,
      env: {
        NODE_OPTIONS: `--import=data:text/javascript,setTimeout(()=>process.kill(process.pid,'${signal}'),1000).unref()`,
      },
      steps: [[FOLDER, ENTER]],
    });
    expect(code).toBe(signal === 'SIGTERM' ? 130 : -1);
    expect(snapshot(cwd)).toEqual({});
  });
});

describe('the start of the command', () => {
  it.each([[['--version']], [['demo', '--yes', '--no-git']], [['plan', '--yes']]])(
    'loads neither prompts nor Yeoman for %j',
    async (args) => {
      const cwd = sandbox();
      const coverage = sandbox();
      expect(await run(args, { cwd, env: { NODE_V8_COVERAGE: coverage } })).toMatchObject({ code: 0 });
      const loaded = readdirSync(coverage)
        .flatMap((file) =>
          (JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] }).result.map(
            ({ url }) => url,
          ),
        )
        .filter((url) => url.startsWith('file:'));
      expect(loaded.some((url) => url.endsWith('/bin.js'))).toBe(true);
      expect(loaded.filter((url) => !url.startsWith(new URL('../../dist/', import.meta.url).href))).toEqual([]);
      for (const url of loaded)
        expect([
          url,
          /User force closed the prompt|yeoman-generator|Is this right\?/.test(
            readFileSync(fileURLToPath(url), 'utf8'),
          ),
        ]).toEqual([url, false]);
    },
  );
});
