import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { ROOT, sandbox } from '../cli/harness.ts';
import { open, type Project, project } from './project.ts';

/** The `--json` output of update, diff, check and doctor must match docs/json, which allows no other keys. */

const ajv = new Ajv2020({ allErrors: true, strict: false });
const shapes = Object.fromEntries(
  ['create', 'check', 'doctor', 'error'].map((name) => [
    name,
    ajv.compile(JSON.parse(readFileSync(join(ROOT, 'docs/json', `${name}.schema.json`), 'utf8')) as object),
  ]),
);

type Row = {
  readonly what: string;
  readonly prepare?: (made: Project) => void;
  readonly args: readonly string[];
  readonly shape: string;
  readonly code: number;
  readonly more: object;
};
const wandb = ['--set', 'tracker=wandb'];
const MLFLOW = 'src/demo/tracking/mlflow.py';
const INIT = 'src/demo/tracking/__init__.py';
const any = (items: readonly unknown[]): unknown => expect.arrayContaining([...items]);

const rows: readonly Row[] = [
  {
    what: 'update, nothing to do',
    args: ['update', '--yes'],
    shape: 'create',
    code: 0,
    more: { config: { name: 'demo' }, actions: [], conflicts: [], leftovers: [], next: [] },
  },
  {
    what: 'update',
    prepare: (made) => (made.edit(MLFLOW, (text) => `${text}# ours\n`), made.commit()),
    args: ['update', '--yes', ...wandb],
    shape: 'create',
    code: 0,
    more: {
      config: { choices: { tracker: 'wandb' } },
      actions: any([
        { path: 'src/demo/tracking/wandb.py', action: 'write', reason: expect.any(String) as string },
        {
          path: MLFLOW,
          action: 'park',
          reason: expect.stringContaining(`kept/_base-mlflow-tracking/${MLFLOW}`) as string,
        },
        { path: 'docs/tools/mlflow-tracking.md', action: 'delete', reason: expect.any(String) as string },
        { path: 'mlops-stack.yaml', action: 'write', reason: expect.any(String) as string },
      ]),
      conflicts: [],
      leftovers: [
        {
          module: 'tracker/mlflow',
          what: expect.any(String) as string,
          carry: expect.any(String) as string,
          remove: expect.any(String) as string,
        },
      ],
      next: ['make lock setup', 'make check test'],
    },
  },
  {
    what: 'update --dry-run',
    args: ['update', '--dry-run', ...wandb],
    shape: 'create',
    code: 0,
    more: { config: { choices: { tracker: 'wandb' } }, conflicts: [] },
  },
  {
    what: 'diff',
    args: ['diff', ...wandb],
    shape: 'create',
    code: 0,
    more: { config: { choices: { tracker: 'wandb' } }, conflicts: [] },
  },
  {
    what: 'update with a conflict',
    prepare: (made) => (
      made.edit(INIT, (text) => text.replace(/from \.mlflow import .*/, 'from .ours import Ours as _Implementation')),
      made.commit()
    ),
    args: ['update', '--yes', ...wandb],
    shape: 'create',
    code: 4,
    more: {
      actions: any([{ path: INIT, action: 'conflict', reason: expect.any(String) as string }]),
      conflicts: [INIT],
      next: ['git mergetool', 'make lock setup', 'make check test'],
    },
  },
  {
    what: 'update that is refused',
    prepare: (made) => made.edit('pyproject.toml', (text) => `# ours\n${text}`),
    args: ['update', '--yes', ...wandb],
    shape: 'error',
    code: 3,
    more: { error: { id: 'E-DIRTY', problems: [{ file: 'pyproject.toml' }] } },
  },
  {
    what: 'update without --yes',
    args: ['update', ...wandb],
    shape: 'error',
    code: 2,
    more: { error: { id: 'E-ANSWER-MISSING' } },
  },
  { what: 'check', args: ['check'], shape: 'check', code: 0, more: { ok: true, differences: [] } },
  {
    what: 'check of a repository that a person edited',
    prepare: (made) => (
      made.edit('README.md', (text) => `Ours.\n${text}`), made.edit('pyproject.toml', (text) => `# ours\n${text}`)
    ),
    args: ['check'],
    shape: 'check',
    code: 0,
    more: { ok: true, differences: [] },
  },
  {
    what: 'check of a config that is not applied',
    prepare: (made) => made.edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: wandb')),
    args: ['check'],
    shape: 'check',
    code: 5,
    more: { ok: false, differences: [{ path: 'mlops-stack.yaml', kind: 'config' }] },
  },
  {
    what: 'check of a file that is gone',
    prepare: (made) => rmSync(join(made.dir, 'docs/parameters.md')),
    args: ['check'],
    shape: 'check',
    code: 5,
    more: { ok: false, differences: [{ path: 'docs/parameters.md', kind: 'missing' }] },
  },
  {
    what: 'check of an older version',
    prepare: (made) =>
      made.edit('.mlops-stack/lock.json', (text) => text.replace(/"generator": "[^"]*"/, '"generator": "0.0.9"')),
    args: ['check'],
    shape: 'check',
    code: 5,
    more: { ok: false, differences: [{ path: '.mlops-stack/lock.json', kind: 'version' }] },
  },
  {
    what: 'check of a model that nobody listed',
    prepare: (made) => made.git('mv', 'src/demo/models/churn', 'src/demo/models/fraud'),
    args: ['check'],
    shape: 'check',
    code: 5,
    more: {
      ok: false,
      differences: [
        { path: 'src/demo/models/fraud', kind: 'model' },
        { path: 'src/demo/models/churn', kind: 'model' },
      ],
    },
  },
  {
    what: 'check of all of them at once',
    prepare: (made) => {
      made.edit('mlops-stack.yaml', (text) => text.replace('tracker: mlflow', 'tracker: wandb'));
      made.edit('.mlops-stack/lock.json', (text) => text.replace(/"generator": "[^"]*"/, '"generator": "0.0.9"'));
      rmSync(join(made.dir, 'README.md'));
      rmSync(join(made.dir, 'src/demo/models/churn'), { recursive: true });
    },
    args: ['check'],
    shape: 'check',
    code: 5,
    more: { differences: ['config', 'version', 'missing', 'model'].map((kind) => ({ kind })) },
  },
  {
    what: 'check of a lock of a newer version',
    prepare: (made) =>
      made.edit('.mlops-stack/lock.json', (text) => text.replace(/"generator": "[^"]*"/, '"generator": "99.0.0"')),
    args: ['check'],
    shape: 'error',
    code: 3,
    more: { error: { id: 'E-LOCK-NEWER' } },
  },
  {
    what: 'doctor',
    args: ['doctor'],
    shape: 'doctor',
    code: 0,
    more: {
      ok: true,
      checks: ['lock', 'version', 'conflicts', 'base', 'pins', 'removed'].map((id) => ({
        id,
        ok: true,
        command: null,
      })),
    },
  },
  {
    what: 'doctor of a lock that is cut off',
    prepare: (made) => made.edit('.mlops-stack/lock.json', (text) => text.slice(0, 400)),
    args: ['doctor'],
    shape: 'doctor',
    code: 5,
    more: { ok: false, checks: [{ id: 'lock', ok: false, command: 'git restore .mlops-stack' }] },
  },
];

describe('--json', () => {
  it.concurrent.each(rows.map((row) => [row.what, row] as const))(
    'prints one JSON document of the documented shape for %s',
    async (_, { prepare, args, shape, code, more }) => {
      const made = await project();
      prepare?.(made);
      const result = await made.command(...args, '--json');
      expect([result.code, result.err]).toEqual([code, expect.not.stringContaining('bug')]);
      expect(result.out).toMatch(/^\{.*\}\n$/);
      const value: unknown = JSON.parse(result.out);
      shapes[shape]!(value);
      expect(shapes[shape]!.errors ?? []).toEqual([]);
      expect(value).toMatchObject(more);
    },
  );

  it('reports an error outside a repository as JSON', async () => {
    const { code, out } = await open(sandbox()).command('check', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { id: 'E-REPOSITORY' } });
  });

  it('lists exactly the changed files in the actions of an update', async () => {
    const made = await project();
    const { out } = await made.command('update', '--yes', '--json', ...wandb);
    const { actions } = JSON.parse(out) as { actions: { path: string }[] };
    const changed = made
      .git('status', '--porcelain', '--untracked-files=all')
      .split('\n')
      .map((line) => line.slice(3))
      .filter((path) => path !== '' && !path.startsWith('.mlops-stack/'));
    // If another option brings a file of the same path, it is deleted and written.
    expect([...new Set(actions.map(({ path }) => path))].sort()).toEqual(changed.sort());
  });

  it('fails the shape check for a wrong document', () => {
    expect(shapes['check']!({ ok: true, differences: [{ path: 'x', kind: 'edited' }] })).toBe(false);
    expect(shapes['doctor']!({ ok: true, checks: [{ id: 'lock', ok: true, message: 'x' }] })).toBe(false);
  });
});
