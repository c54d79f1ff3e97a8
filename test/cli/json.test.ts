import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BIN, environment, NEEDY, ROOT, sandbox, snapshot, warm } from './harness.ts';
import { hasPty, talk } from './pty.ts';

/**
 * `--json` is an interface: the output of each command must match its schema in docs/json, which allows no other keys.
 */

const ajv = new Ajv2020({ allErrors: true, strict: false });
const shapes = Object.fromEntries(
  ['list', 'plan', 'create', 'explain', 'error'].map((name) => [
    name,
    ajv.compile(JSON.parse(readFileSync(join(ROOT, 'docs/json', `${name}.schema.json`), 'utf8')) as object),
  ]),
);

type Row = readonly [shape: string, args: readonly string[], code?: number, more?: object];

const rows: Row[] = [
  ['list', ['list']],
  ['list', ['list', 'tracker'], 0, { choices: [{ id: 'tracker', default: 'mlflow', takes: 'one', per: 'project' }] }],
  ['plan', ['plan'], 0, { config: { name: 'my-project', environments: ['dev', 'prod'] }, cost: null }],
  [
    'plan',
    ['plan', '--cloud', 'aws'],
    0,
    { cost: { currency: 'USD', environments: [{ environment: 'dev' }, { environment: 'prod' }] } },
  ],
  [
    'plan',
    ['plan', '--name', 'demo', '--models', '[churn, {name: fraud, framework: xgboost}]'],
    0,
    {
      config: {
        name: 'demo',
        models: [
          { name: 'churn', choices: {} },
          { name: 'fraud', choices: { framework: 'xgboost' } },
        ],
      },
    },
  ],
  [
    'plan',
    ['plan', '--modules', NEEDY, '--cloud', 'bucket', '--set', 'target=compose,cluster'],
    0,
    { config: { choices: { cloud: 'bucket', target: ['compose', 'cluster'] } } },
  ],
  [
    'create',
    ['create', 'demo', '--yes', '--dry-run'],
    0,
    {
      config: { name: 'demo' },
      conflicts: [],
      leftovers: [],
      next: ['cd demo', 'make setup && git add uv.lock', 'make demo'],
    },
  ],
  [
    'create',
    ['demo', '--yes'],
    0,
    {
      config: { name: 'demo' },
      conflicts: [],
      leftovers: [],
      next: ['cd demo', 'make setup && git add uv.lock', 'make demo'],
    },
  ],
  ['explain', ['explain', 'tracker'], 0, { kind: 'choice', id: 'tracker' }],
  ['explain', ['explain', 'tracker/mlflow'], 0, { kind: 'option', id: 'tracker/mlflow' }],
  ['explain', ['explain', 'prefect'], 0, { kind: 'option', id: 'orchestrator/prefect' }],
  ['explain', ['explain', './pyproject.toml'], 0, { kind: 'path', id: 'pyproject.toml' }],
  ['explain', ['explain', 'e-need-unmet'], 0, { kind: 'error', id: 'E-NEED-UNMET' }],
  [
    'error',
    ['demo', '--yes', '--set', 'tracker=mlfow'],
    2,
    { error: { id: 'E-CONFIG-VALUE', problems: [{ key: 'tracker', value: 'mlfow', nearest: 'mlflow' }] } },
  ],
  [
    'error',
    ['demo', '--yes', '--config', 'nowhere.yaml'],
    2,
    { error: { id: 'E-CONFIG-FILE', problems: [{ file: 'nowhere.yaml' }] } },
  ],
  ['error', ['demo'], 2, { error: { id: 'E-ANSWER-MISSING' } }],
  ['error', ['list', 'nothing-like-it'], 2, { error: { id: 'E-COMMAND' } }],
  ['error', ['plan', '--modules', 'nowhere'], 2, { error: { id: 'E-MODULES' } }],
];

describe('--json', () => {
  it.concurrent.each(
    rows.map(([shape, args, code = 0, more = {}]) => [args.join(' '), shape, args, code, more] as const),
  )('prints one JSON document of the documented shape for %s', async (_, shape, args, code, more) => {
    const result = await warm([...args, '--json'], { cwd: sandbox() });
    expect(result).toMatchObject({ code });
    expect(result.out).toMatch(/^\{.*\}\n$/);
    const value: unknown = JSON.parse(result.out);
    shapes[shape]!(value);
    expect(shapes[shape]!.errors ?? []).toEqual([]);
    expect(value).toMatchObject(more);
  });

  it('fails the shape check for a wrong document', () => {
    expect(shapes['explain']!({ kind: 'choice', id: 'x', title: 'x', text: 'x', because: [], more: 1 })).toBe(false);
    expect(shapes['create']!({ config: {}, actions: [], conflicts: [], ignored: [], leftovers: [], next: [] })).toBe(
      false,
    );
  });

  it('prints messages on stderr, and its actions list exactly the written files', async () => {
    const cwd = sandbox();
    const { out, err } = await warm(['demo', '--yes', '--json'], { cwd, env: { PATH: '/nowhere' } });
    expect(err).toContain('No commit was created: git is not installed.');
    const { actions } = JSON.parse(out) as { actions: { path: string; action: string }[] };
    const written = Object.entries(snapshot(join(cwd, 'demo'))).flatMap(([path, what]) =>
      what === 'folder' ? [] : [path],
    );
    expect(actions.map(({ path }) => path).sort()).toEqual(written.sort());
    expect(new Set(actions.map(({ action }) => action))).toEqual(new Set(['write']));
  });

  it('shows the cost of a cloud stack in the plan, and no cost for a local stack', async () => {
    const cwd = sandbox();
    expect((await warm(['plan', '--cloud', 'aws'], { cwd })).out).toMatch(
      /\d+ files\nAn idle month, by list prices:\n {2}dev +\$\d[^\n]*\n {2}prod +\$\d[\s\S]*\nThe prices were looked up on \d{4}-\d{2}-\d{2}[^\n]*\n/,
    );
    expect((await warm(['plan'], { cwd })).out).toMatch(/\d+ files\n$/);
    expect(snapshot(cwd)).toEqual({});
  });

  it('plans exactly the files that create writes', async () => {
    const cwd = sandbox();
    const plan = JSON.parse((await warm(['plan', '--json', '--name', 'demo'], { cwd })).out) as {
      files: { path: string; executable: boolean }[];
    };
    await warm(['demo', '--yes', '--no-git'], { cwd });
    const written = snapshot(join(cwd, 'demo'));
    for (const { path, executable } of plan.files)
      expect([path, written[path]?.split(' ')[0]]).toEqual([path, executable ? 'executable' : 'file']);
  });
});

describe('schema', () => {
  it('prints a JSON Schema that accepts generated configs and rejects others', async () => {
    const cwd = sandbox();
    const { out, code } = await warm(['schema'], { cwd });
    expect(code).toBe(0);
    expect((await warm(['schema', '--json'], { cwd })).out).toBe(out);
    const accepts = new Ajv2020({ strict: false }).compile(JSON.parse(out) as object);
    await warm(['demo', '--yes', '--no-git', '--models', '[churn, {name: fraud, framework: xgboost}]'], { cwd });
    const config = parse(readFileSync(join(cwd, 'demo/mlops-stack.yaml'), 'utf8')) as Record<string, unknown>;
    expect(accepts(config)).toBe(true);
    for (const wrong of [
      { tracker: 'mlfow' },
      { tracker: ['mlflow'] },
      { target: 'compose' },
      { trakcer: 'mlflow' },
      { models: [] },
      { models: [{ framework: 'xgboost' }] },
      { name: 'Demo' },
    ])
      expect([wrong, accepts({ ...config, ...wrong })]).toEqual([wrong, false]);
    expect(readFileSync(join(cwd, 'demo/.mlops-stack/schema.json'), 'utf8')).toBe(out);
  });
});

describe('standard input and output', () => {
  const sh = (line: string, cwd: string) =>
    spawnSync('sh', ['-c', line, process.execPath, BIN], { cwd, env: environment(), encoding: 'utf8' });

  it('are not read with --yes', () => {
    const cwd = sandbox();
    expect(sh('"$0" "$1" demo --yes --no-git --json <&-', cwd).status).toBe(0);
    expect(snapshot(cwd)).toHaveProperty('demo/mlops-stack.yaml');
  });

  it('may be closed by the reader without an internal error', () => {
    const cwd = sandbox();
    const { stderr } = sh(
      '"$0" "$1" plan | true; "$0" "$1" list | sh -c "exec <&-; sleep 0.3"; "$0" "$1" demo --yes --no-git | sh ' +
        '-c "exec <&-; sleep 0.5"',
      cwd,
    );
    expect(stderr).toBe('');
    expect(snapshot(cwd)).toHaveProperty('demo/mlops-stack.yaml');
  });

  it.skipIf(!hasPty)('show no question with --yes, --json or CI, and follow NO_COLOR', async () => {
    const [plain, coloured, json, ci] = await Promise.all([
      talk(['demo', '--yes', '--no-git'], { cwd: sandbox(), steps: [], env: { NO_COLOR: '1' } }),
      talk(['demo', '--yes', '--no-git'], { cwd: sandbox(), steps: [] }),
      talk(['demo', '--json'], { cwd: sandbox(), steps: [] }),
      talk(['demo'], { cwd: sandbox(), steps: [], env: { CI: '1' } }),
    ]);
    expect(plain).toMatchObject({ code: 0 });
    expect(plain!.out).not.toContain('\u001b');
    expect(coloured!.out).toContain('\u001b[1mdemo\u001b[22m');
    expect(json!.code).toBe(2);
    expect(json!.out).toContain('"E-ANSWER-MISSING"');
    expect(ci!.out).toContain('E-ANSWER-MISSING');
  });
});
