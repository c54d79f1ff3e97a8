import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { environment, ROOT, type Run, sandbox, snapshot, warm } from './harness.ts';
import { ENTER, hasPty, talk } from './pty.ts';

/**
 * yeoman-environment finds and runs the packed tarball, installed as `generator-mlops-stack@npm:create-mlops-stack`.
 */

const RUN = `
import { createEnv } from 'yeoman-environment';
const [place, cwd, args, options] = process.argv.slice(2);
process.chdir(cwd);
const env = createEnv({ cwd });
await env.lookup({ npmPaths: [place + '/node_modules'] });
if (args === undefined) console.log(JSON.stringify(Object.keys(env.getGeneratorsMeta())));
else await env.run(['mlops-stack', ...JSON.parse(args)], JSON.parse(options)).catch((error) => {
  console.error(error.message);
  process.exitCode = error.code ?? 1;
});
`;

let place: string;
let packed: string[];
beforeAll(async () => {
  place = sandbox({ 'run.mjs': RUN, 'package.json': '{"private": true}' });
  // Without scripts: prepack would rebuild while other tests use the build.
  const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', place], {
    cwd: ROOT,
  });
  const [answer] = Object.values(JSON.parse(stdout) as Record<string, { filename: string; files: { path: string }[] }>);
  packed = answer!.files.map(({ path }) => path);
  const folder = join(place, 'node_modules/generator-mlops-stack');
  mkdirSync(folder, { recursive: true });
  await execa('tar', ['xzf', join(place, answer!.filename), '--strip-components', '1', '-C', folder]);
  // The package that `npm i -g yo` installs.
  for (const name of ['yeoman-environment', 'yeoman-generator'])
    symlinkSync(join(ROOT, 'node_modules', name), join(place, 'node_modules', name));
}, 60_000);

const yo = (cwd: string, args?: readonly string[], options: object = {}): Promise<Run> =>
  warm([place, cwd, ...(args ? [JSON.stringify(args), JSON.stringify(options)] : [])], {
    cwd,
    program: join(place, 'run.mjs'),
  });

describe('the Yeoman generator of the package', () => {
  it('is included as JavaScript', () => {
    expect(packed).toContain('dist/generators/app/index.js');
    expect(packed.filter((path) => /generators/.test(path))).toEqual(['dist/generators/app/index.js']);
  });

  it('is found by its name', async () => {
    const { out } = await yo(sandbox());
    expect(JSON.parse(out)).toEqual(['mlops-stack:app']);
  });

  it.each<[string, readonly string[], object, readonly string[]]>([
    ['the defaults', ['demo'], { yes: true, git: false }, ['demo', '--yes', '--no-git']],
    [
      'flags of choices',
      ['demo'],
      { yes: true, git: false, orchestrator: 'none', tracker: 'wandb', protocols: 'rest', models: 'churn,fraud' },
      [
        'demo',
        '--yes',
        '--no-git',
        '--orchestrator',
        'none',
        '--tracker',
        'wandb',
        '--protocols',
        'rest',
        '--models',
        'churn,fraud',
      ],
    ],
    [
      'a name and keys that are set',
      ['place'],
      { yes: true, git: false, name: 'churn-scoring', set: ['unmanaged=[notes/**]', 'drift=builtin'] },
      [
        'place',
        '--yes',
        '--no-git',
        '--name',
        'churn-scoring',
        '--set',
        'unmanaged=[notes/**]',
        '--set',
        'drift=builtin',
      ],
    ],
    [
      'a list in place of a,b',
      ['demo'],
      { yes: true, git: false, protocols: ['rest', 'v2'], monitoring: 'none' },
      ['demo', '--yes', '--no-git', '--protocols', 'rest,v2', '--monitoring', 'none'],
    ],
  ])('creates the same bytes as the command line with %s', async (_, args, options, flags) => {
    const [theirs, ours] = [sandbox(), sandbox()];
    const { code, err, out } = await yo(theirs, args, options);
    expect([code, err, out]).toMatchObject([0, expect.any(String), expect.any(String)]);
    expect(err + out).toContain('To create the same again: npm init mlops-stack@');
    await warm(flags, { cwd: ours });
    expect(snapshot(theirs)).toEqual(snapshot(ours));
    expect(existsSync(join(theirs, args[0]!, '.git'))).toBe(false);
  });

  it('creates one commit of all files', async () => {
    const cwd = sandbox();
    expect(await yo(cwd, ['demo'], { yes: true })).toMatchObject({ code: 0 });
    const { stdout } = await execa('git', ['status', '--porcelain', '--ignored'], {
      cwd: join(cwd, 'demo'),
      env: environment(),
      extendEnv: false,
    });
    expect(stdout).toBe('');
  });

  it.each([
    ['an unknown option', ['demo'], { yes: true, orchestrator: 'perfect' }, 2, 'did you mean prefect?'],
    ['no terminal and no --yes', ['demo'], {}, 2, 'E-ANSWER-MISSING'],
    ['a folder that is not empty', ['.'], { yes: true, name: 'demo' }, 3, 'it is not empty: it holds notes.txt'],
  ])('reports the error of the command line for %s and writes nothing', async (_, args, options, code, says) => {
    const cwd = sandbox({ 'notes.txt': 'mine' });
    const before = snapshot(cwd);
    const result = await yo(cwd, args, options);
    expect(result.code).toBe(code);
    expect(result.err).toContain(says);
    expect(result.err).not.toMatch(/^ {4}at /m);
    expect(snapshot(cwd)).toEqual(before);
  });

  it.skipIf(!hasPty)('asks through Yeoman on a terminal and writes what --yes writes', async () => {
    const [theirs, ours] = [sandbox(), sandbox()];
    const steps = [
      'Where should the repository be created?',
      'Which cloud',
      'training pipeline',
      'parameters and metrics',
      'serves predictions',
      'deployed',
      'change more?',
      'Write these files?',
    ].map((text) => [text, ENTER] as const);
    const { code, unasked, out } = await talk([place, theirs, '[]', '{"git":false}'], {
      cwd: place,
      program: join(place, 'run.mjs'),
      steps,
    });
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(out).toContain('Write these');
    await warm(['my-project', '--yes', '--no-git'], { cwd: ours });
    expect(snapshot(theirs)).toEqual(snapshot(ours));
  });
});
