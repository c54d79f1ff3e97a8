import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURES, filesOf, run, sandbox, snapshot } from './harness.ts';
import { DOWN, END, ENTER, hasPty, talk } from './pty.ts';

/** Rule 1 of the design: adding a tool means adding one folder. No file outside tracker/acme mentions it. */

const ACME = join(FIXTURES, 'acme');
const EDGE = join(FIXTURES, 'acme-edge');
const WITH = ['--modules', ACME];
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

describe('tracker/acme, given by --modules,', () => {
  it('is not listed without the flag', async () => {
    const cwd = sandbox();
    for (const args of [['list', '--json'], ['--help'], ['schema'], ['plan', '--json']])
      expect((await run(args, { cwd })).out).not.toMatch(/acme/i);
    expect(await run(['demo', '--yes', '--tracker', 'acme'], { cwd })).toMatchObject({ code: 2 });
  });

  it('appears in list, help, explain and suggestions', async () => {
    const cwd = sandbox();
    expect((await run(['list', 'tracker', ...WITH], { cwd })).out).toMatch(
      /^ {2}acme +Runs in the tracker of Acme\.$/m,
    );
    const { choices } = JSON.parse((await run(['list', '--json', ...WITH], { cwd })).out) as {
      choices: { id: string; options: { id: string }[] }[];
    };
    expect(choices.find((choice) => choice.id === 'tracker')!.options.map((option) => option.id)).toContain('acme');
    expect((await run(['--help', ...WITH], { cwd })).out).toMatch(/^ {2}--tracker +acme, /m);
    expect(JSON.parse((await run(['explain', 'acme', '--json', ...WITH], { cwd })).out)).toMatchObject({
      kind: 'option',
      id: 'tracker/acme',
      because: expect.arrayContaining(['leaves runs in Acme if you remove it; clean up with: acme runs delete --all']),
    });
    expect((await run(['demo', '--yes', '--tracker', 'acm', ...WITH], { cwd })).err).toContain('did you mean acme?');
  });

  it('appears in the printed schema and in the generated schema', async () => {
    const cwd = sandbox();
    const { out } = await run(['schema', ...WITH], { cwd });
    const { properties } = JSON.parse(out) as { properties: Record<string, { anyOf: { const: string }[] }> };
    expect(properties['tracker']!.anyOf.map((option) => option.const)).toContain('acme');
    await run(['demo', '--yes', '--no-git', ...WITH], { cwd });
    expect(read(cwd, 'demo/.mlops-stack/schema.json')).toBe(out);
  });

  it('appears in the plan with its source', async () => {
    const { out } = await run(['plan', '--json', '--name', 'demo', '--tracker', 'acme', ...WITH], { cwd: sandbox() });
    const { files } = JSON.parse(out) as { files: { path: string; modules: string[] }[] };
    expect(files.filter(({ modules }) => modules.includes('tracker/acme')).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['.env.example', '.gitignore', 'docs/acme.md', 'src/demo/tracking/acme.py']),
    );
  });

  it('appears in the generated files, slots, choice table, docs index and lock', async () => {
    const cwd = sandbox();
    expect(await run(['demo', '--yes', '--no-git', '--tracker', 'acme', ...WITH], { cwd })).toMatchObject({
      code: 0,
      err: '',
    });
    const demo = join(cwd, 'demo');
    expect(read(demo, 'src/demo/tracking/acme.py')).toBe(
      read(ACME, 'tracker/acme/files/src/__package__/tracking/acme.py'),
    );
    expect(read(demo, 'docs/acme.md')).toBe('# Acme\n\nRuns of demo are kept by acme-tracker==4.5.6.\n');
    expect(read(demo, '.env.example')).toContain('ACME_PROJECT=demo');
    expect(read(demo, '.gitignore')).toContain('acme-runs/');
    expect(read(demo, 'README.md')).toMatch(
      /\| tracker \|.*Acme Tracker.*acme\.example.*src\/demo\/tracking\/acme\.py/,
    );
    expect(read(demo, 'docs/README.md')).toContain('Acme: where runs are');
    expect(read(demo, 'docs/versions.md')).toMatch(/acme-tracker.*4\.5\.6/);
    expect(read(demo, 'pyproject.toml')).toContain('acme-tracker==4.5.6');
    expect(read(demo, 'mlops-stack.yaml')).toMatch(/^tracker: acme$/m);
    expect(read(demo, '.mlops-stack/lock.json')).toContain('"source":"tracker/acme/files/docs/acme.md.ejs"');
    await run(['again', '--no-git', '--config', 'demo/mlops-stack.yaml', ...WITH], { cwd });
    expect(snapshot(join(cwd, 'again'))).toEqual(snapshot(demo));
  });

  it('leaves no trace in the output if it is not chosen', async () => {
    const cwd = sandbox();
    await run(['demo', '--yes', '--no-git', ...WITH], { cwd });
    const found = filesOf(join(cwd, 'demo')).filter(
      (path) => !path.startsWith('.mlops-stack/') && /acme/i.test(read(cwd, 'demo', path)),
    );
    expect(found).toEqual([]);
  });

  it('reserves the import names of its packages', async () => {
    const { code, err } = await run(['acme-sdk', '--yes', '--tracker', 'acme', ...WITH], { cwd: sandbox() });
    expect(code).toBe(2);
    expect(err).toContain('the Python package acme-sdk, which tools of the stack install, has that name');
    expect(await run(['acme-sdk', '--yes', '--dry-run', ...WITH], { cwd: sandbox() })).toMatchObject({ code: 0 });
  });

  it('is found by the search for a fix', async () => {
    const { code, err } = await run(['demo', '--yes', '--target', 'edge', ...WITH, '--modules', EDGE], {
      cwd: sandbox(),
    });
    expect(code).toBe(2);
    expect(err).toContain('devices report to Acme alone');
    expect(err).toContain('--set tracker=acme');
    expect(
      await run(
        ['demo', '--yes', '--dry-run', '--target', 'edge', '--set', 'tracker=acme', ...WITH, '--modules', EDGE],
        { cwd: sandbox() },
      ),
    ).toMatchObject({ code: 0 });
    expect((await run(['demo', '--yes', '--target', 'edge', '--modules', EDGE], { cwd: sandbox() })).err).toContain(
      '--set target=',
    );
  });

  it.skipIf(!hasPty)('is offered by the wizard', async () => {
    const cwd = sandbox();
    const { code, out, unasked } = await talk(
      [
        'demo',
        '--no-git',
        ...WITH,
        '--cloud',
        'local',
        '--orchestrator',
        'prefect',
        '--server',
        'fastapi',
        '--target',
        'compose',
      ],
      { cwd, steps: [['Where are runs', `${DOWN}${DOWN}${DOWN}${DOWN}`], ['Where are runs', ENTER], ...END] },
    );
    expect({ code, unasked }).toEqual({ code: 0, unasked: [] });
    expect(out).toContain('Acme Tracker');
  });
});

const module = (changes: string): string =>
  "export default { ...{ choice: 'tracker', id: 'own', title: 'Own', summary: 'Own.', docs: " +
  "'https://example.com', status: 'active', provides: { trackerClient: () => ({ module: 'own', object: " +
  `'Own' }) }, traces: [] }, ${changes} };`;
const one = (text: string): Record<string, string> => ({ 'own/tracker/own/module.mjs': text });

describe('a folder of modules that cannot be used', () => {
  it.concurrent.each<[string, Record<string, string>, string | RegExp, (readonly string[])?, string?]>([
    ['does not exist', {}, 'own is not a folder'],
    ['is a file', { own: '' }, 'own is not a folder'],
    [
      'is empty',
      { 'own/readme.txt': '' },
      /own contains no module. A module would be own\/tracker\/my-tracker\/module\.js/,
    ],
    ['holds a module that cannot be parsed', one('export default {'), /tracker\/own\/module\.mjs cannot be imported: /],
    ['holds a module that throws', one("throw new Error('no licence')"), 'cannot be imported: no licence'],
    [
      'holds a module that imports what is missing',
      one("import 'nowhere-at-all';"),
      /cannot be imported: .*nowhere-at-all/,
    ],
    [
      'holds a module without a default export',
      one('export const own = {};'),
      'tracker/own/module.mjs has no declaration as its default export',
    ],
    [
      'holds a module that is no object',
      one('export default 3;'),
      'tracker/own/module.mjs has no declaration as its default export',
    ],
    [
      'holds an option under another name',
      one(module("id: 'other'")),
      'tracker/own: the folder and the declaration differ: the declaration is tracker/other',
    ],
    [
      'holds an option of no choice',
      { 'own/trakcer/own/module.mjs': module("choice: 'trakcer'") },
      'trakcer/own: there is no choice trakcer',
    ],
    [
      'holds an option that breaks the contract of its choice',
      one(module('provides: {}')),
      'tracker/own: every tracker provides trackerClient; this one does not',
    ],
    [
      'holds an option that lacks what it provides',
      one(module("lacks: { trackerClient: 'of no reason' }")),
      'tracker/own: it declares in `lacks` that trackerClient is missing, but it provides it',
    ],
    ['holds an option without traces', one(module('traces: undefined')), 'tracker/own: it declares no traces'],
    ['holds an option without a status', one(module('status: undefined')), 'tracker/own: it declares no status'],
    [
      'holds an option that is there already',
      { 'own/tracker/mlflow/module.mjs': module("id: 'mlflow'") },
      'The module tracker/mlflow is declared twice',
    ],
    [
      'holds a choice that is there already',
      {
        'own/tracker/choice.mjs':
          "export default { id: 'tracker', title: 'x', question: 'x', group: 'x', order: 1, asked: 'later', " +
          "takes: 'one', per: 'project', contract: [], default: () => 'x' };",
      },
      'The choice tracker is declared twice',
    ],
    [
      'holds a choice that says too little',
      { 'own/flavour/choice.mjs': "export default { id: 'flavour' };" },
      'The choice flavour declares no title, question',
    ],
    [
      'contributes to a slot that no part defines',
      one(module("contributes: () => [{ slot: 'nowhere', key: 'a', value: 1 }]")),
      'tracker/own contributes a to the slot nowhere, which no part defines',
      ['--tracker', 'own'],
      'E-PLAN',
    ],
    [
      'contributes what the slot refuses',
      one(module("contributes: () => [{ slot: 'env', key: 'A', value: 1 }]")),
      /tracker\/own contributes the entry A to env, which does not match the schema of the slot/,
      ['--tracker', 'own'],
      'E-PLAN',
    ],
    [
      'fails while it says what it contributes',
      one(module("contributes: () => { throw new Error('no licence'); }")),
      /own: tracker\/own cannot compute its contributions: no licence/,
      ['--tracker', 'own'],
    ],
    [
      'has a template with an undefined variable',
      { ...one(module('id: "own"')), 'own/tracker/own/files/note.txt.ejs': 'a\n<%= settings.licence %>\n' },
      /own: The template tracker\/own\/files\/note\.txt\.ejs cannot be rendered: [^]*there is no settings\.licence/,
      ['--tracker', 'own'],
    ],
    [
      'plans a file that another plans',
      { ...one(module('id: "own"')), 'own/tracker/own/files/readme.MD': 'x' },
      /_base\/repository\/files\/README\.md\.ejs and tracker\/own\/files\/readme\.MD both plan|tracker\/own\/files\/readme\.MD and _base\/repository\/files\/README\.md\.ejs both plan/,
      ['--tracker', 'own'],
      'E-PLAN',
    ],
    [
      'plans a file that Windows cannot hold',
      { ...one(module('id: "own"')), 'own/tracker/own/files/aux.txt': 'x' },
      /tracker\/own\/files\/aux\.txt plans the path "aux\.txt": .*device name on Windows/,
      ['--tracker', 'own'],
      'E-PLAN',
    ],
    [
      'pins what another pins, differently',
      one(module("pins: { ruff: { version: '0.0.1', checked: '2026-11-20' } }")),
      /(_base\/python and tracker\/own|tracker\/own and _base\/python) pin ruff differently/,
      ['--tracker', 'own'],
      'E-PLAN',
    ],
  ])('is rejected by name if it %s', async (_, files, says, flags = [], id = 'E-MODULES') => {
    const cwd = sandbox(files);
    const before = snapshot(cwd);
    const { code, out, err } = await run(['demo', '--yes', '--modules', 'own', ...flags], { cwd });
    expect(err.split('\n')[0]).toMatch(new RegExp(`^${id}: `));
    expect(err).toMatch(says);
    expect(err).not.toMatch(/^ {4}at /m);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(snapshot(cwd)).toEqual(before);
  });

  it('may import this package by its name without having it installed', async () => {
    const text = module("summary: q.yaml('yes')").replace('export default', 'const own =');
    const cwd = sandbox(
      one(`import { defineModule, q } from 'create-mlops-stack';\n${text}\nexport default defineModule(own);\n`),
    );
    const { code, out, err } = await run(['list', 'tracker', '--modules', 'own'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ {2}own +"yes"$/m);
  });

  it('is accepted if its modules are valid', async () => {
    expect(
      await run(['demo', '--yes', '--dry-run', '--modules', 'own', '--tracker', 'own'], {
        cwd: sandbox(one(module('id: "own"'))),
      }),
    ).toMatchObject({ code: 0 });
  });
});

describe('a module that fails while it is loaded', () => {
  const module = readFileSync(join(ACME, 'tracker/acme/module.mjs'), 'utf8');

  it.each([
    ['ends the process', 'process.exit(0);', 'called process.exit(0)'],
    [
      'ends the process later',
      'setTimeout(() => process.exit(0)); setInterval(() => {}, 9);',
      'called process.exit(0)',
    ],
    ['ends the process in a promise', 'Promise.resolve().then(() => process.exit(0));', 'called process.exit(0)'],
    ['ends the process in a timer of its own', 'setTimeout(process.exit, 0, 0);', 'called process.exit(0)'],
    ['ends the process as the next step', 'setImmediate(process.exit, 0);', 'called process.exit(0)'],
    ['ends the process after a promise', 'Promise.resolve(0).then(process.exit);', 'called process.exit(0)'],
    ['aborts the process', 'process.abort();', 'called process.abort()'],
    ['kills the process', "process.kill(process.pid, 'SIGKILL');", 'called process.kill('],
    ['kills the group of the process', 'process.kill(0);', 'called process.kill(0)'],
    ['changes the folder', "process.chdir('/');", 'called process.chdir()'],
    ['throws', "throw new Error('it broke');", 'cannot be imported: it broke'],
    ['throws null later', 'setTimeout(() => { throw null; });', 'failed after it was loaded: null'],
    ['throws nothing later', 'setTimeout(() => { throw undefined; });', 'failed after it was loaded: undefined'],
    ['throws in code of Node.js', "setTimeout(JSON.parse, 0, '{');", 'failed after it was loaded: '],
    ['rejects a promise with text', "Promise.reject('it broke');", 'it broke'],
    ['throws a value that is no error', 'throw null;', 'cannot be imported: null'],
    ['throws later', "setTimeout(() => { throw new Error('it broke'); });", 'failed after it was loaded: it broke'],
    ['rejects a promise', "Promise.reject(new Error('it broke'));", 'failed after it was loaded: it broke'],
  ])('and %s is named, and nothing is written', async (_, code, says) => {
    const cwd = sandbox({ 'mods/tracker/acme/module.mjs': `${code}\n${module}` });
    const before = snapshot(cwd);
    const result = await run(['demo', '--yes', '--tracker', 'acme', '--modules', 'mods'], { cwd });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toMatch(/^E-MODULES: /);
    // A function that a timer or a promise calls directly has no place in a file.
    expect(result.err).toMatch(/mods\/tracker\/acme\/module\.mjs|A module in mods /);
    expect(result.err).toContain(says);
    expect(result.err).not.toMatch(/^ +at /m);
    expect(snapshot(cwd)).toEqual(before);
  });

  it('and ends the process is named behind a link to its folder', async () => {
    const cwd = sandbox({ 'real/tracker/acme/module.mjs': `process.exit(0);\n${module}` });
    symlinkSync('real', join(cwd, 'mods'));
    const result = await run(['demo', '--yes', '--tracker', 'acme', '--modules', 'mods'], { cwd });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toContain('real/tracker/acme/module.mjs called process.exit(0)');
  });

  it('and never finishes is named after ten seconds', async () => {
    const cwd = sandbox({ 'mods/tracker/acme/module.mjs': `await new Promise(() => {});\n${module}` });
    const result = await run(['demo', '--yes', '--tracker', 'acme', '--modules', 'mods'], { cwd });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toContain('mods/tracker/acme/module.mjs cannot be imported: it did not finish loading');
    expect(snapshot(join(cwd, 'demo'))).toEqual({});
  });

  it('a module that keeps a timer does not keep the command running', async () => {
    const cwd = sandbox({ 'mods/tracker/acme/module.mjs': `setInterval(() => {}, 1000);\n${module}` });
    expect(await run(['list', 'tracker', '--modules', 'mods'], { cwd })).toMatchObject({ code: 0, err: '' });
  });
});
