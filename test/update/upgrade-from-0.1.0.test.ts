import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { deflateObject } from '../../src/core/lock.ts';
import { FIXTURES, sandbox } from '../cli/harness.ts';
import { open, type Project } from './project.ts';

/**
 * Repositories that release 0.1.0 generated, edited as users edit them, and updated to this version.
 *
 * The expected content of an edited file is the same edit of the file that this version generates, so a lost edit, a
 * stale line of 0.1.0 and a stale import all show as a difference.
 */

type Edit = {
  readonly path: string;
  /** Where the file is now; without it, the path did not change. */
  readonly to?: string;
  /** Without `from`, `text` is appended. */
  readonly from?: string;
  readonly text: string;
};
type Repository = {
  readonly name: string;
  readonly flags: readonly string[];
  readonly edits: readonly Edit[];
  /** Edited files that this version no longer generates: they are moved to kept/. */
  readonly parked?: readonly string[];
};

const ours = (path: string, to?: string): Edit => ({
  path,
  ...(to !== undefined && { to }),
  text: '\n\ndef ours() -> str:\n    return "by hand"\n',
});
const platform = (name: string, path: string): Edit => ours(`src/${name}/${path}`, `src/${name}/platform/${path}`);

const REPOSITORIES: readonly Repository[] = [
  {
    name: 'default-stack',
    flags: [],
    parked: ['tests/test_demo.py'],
    edits: [
      {
        path: 'src/default_stack/steps/train.py',
        from: '    scores = modules.model.predict(estimator, X)\n',
        text: '    scores = modules.model.predict(estimator, X).clip(0.001, 0.999)\n',
      },
      {
        path: 'src/default_stack/settings.py',
        to: 'src/default_stack/platform/settings.py',
        from: '    path = root / "config" / f"{name}.yaml"\n',
        text: '    path = root / "config" / f"{name.lower()}.yaml"\n',
      },
      ...['artifacts.py', 'audit.py', 'demo.py', 'doctor.py', 'errors.py', 'governance/cards.py', 'lineage.py'].map(
        (path) => platform('default_stack', path),
      ),
      ours('src/default_stack/champion.py', 'src/default_stack/platform/transfer.py'),
      ours('tests/test_training.py'),
      ours('src/default_stack/registry/mlflow.py'),
      ours('src/default_stack/serving/app.py'),
      ours('src/default_stack/data/sources.py'),
      { path: 'mk/pipeline.mk', from: 'VARIANT ?= base\n', text: 'VARIANT ?= ours\n' },
      { path: 'Makefile', text: '\n.PHONY: ours\nours: ## By hand\n\t@echo ours\n' },
      { path: 'params/churn.yaml', from: '    auc: 0.75\n', text: '    auc: 0.77 # agreed with sales\n' },
      { path: 'config/prod.yaml', from: '  port: 8000\n', text: '  port: 8080\n' },
      { path: 'README.md', from: '# default-stack\n', text: '# Churn, by our team\n' },
      { path: 'pyproject.toml', from: 'dependencies = []\n', text: 'dependencies = ["holidays==0.80"]\n' },
      { path: 'slo.yaml', from: '  failures_per_hour: 0\n', text: '  failures_per_hour: 1\n' },
    ],
  },
  {
    name: 'aws-models',
    flags: [
      ...[
        '--cloud',
        'aws',
        '--orchestrator',
        'step-functions',
        '--target',
        'ecs-fargate',
        '--monitoring',
        'cloudwatch',
      ],
      ...['--secrets', 'aws-secrets-manager', '--protocols', 'rest,v2,sagemaker,vertex,azureml,lambda'],
      ...['--versioning', 'dvc', '--models', '[churn, {name: fraud, framework: xgboost}]', '--ci', 'gitlab-ci'],
    ],
    edits: [
      ...['account.py', 'ecs_deployment.py', 'policies.py', 'secret_store.py', 'rehearsals/object_store.py'].map(
        (path) => platform('aws_models', path),
      ),
      { path: 'infra/terraform/storage.tf', text: '\n# ours\n' },
      { path: '.gitlab-ci.yml', text: '# ours\n' },
    ],
  },
];

/** The archive holds base objects inflated, which lets them compress together with the files that they equal. */
function unpack(): string {
  const dir = sandbox();
  const archive = brotliDecompressSync(readFileSync(join(FIXTURES, 'upgrade/repositories-0.1.0.tar.br')));
  const { status, stderr } = spawnSync('tar', ['-x', '-C', dir], { input: archive, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  for (const { name } of REPOSITORIES) {
    const store = join(dir, name, '.mlops-stack/base');
    for (const object of readdirSync(store))
      writeFileSync(join(store, object), deflateObject(readFileSync(join(store, object))));
  }
  return dir;
}

function apply(text: string, { path, from, text: added }: Edit): string {
  if (from === undefined) return text + added;
  if (!text.includes(from)) throw new Error(`${path} does not contain ${JSON.stringify(from)}`);
  return text.replace(from, () => added);
}

/** Path -> content and executable bit of every file outside of `.git` and the generator's own state. */
function tree(dir: string): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !/^(\.git|\.mlops-stack|mlops-stack\.yaml)(\/|$)/.test(file.slice(dir.length + 1)))
      .map((file): [string, string] => [
        file.slice(dir.length + 1),
        `${statSync(file).mode & 0o100 ? 'x' : '-'} ${readFileSync(file, 'utf8')}`,
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

describe.each(REPOSITORIES)('the repository $name of release 0.1.0', ({ name, flags, edits, parked = [] }) => {
  let old: Project;
  let fresh: Project;
  const added = new Map<string, string>();

  beforeAll(async () => {
    old = open(join(unpack(), name));
    const place = sandbox();
    fresh = open(join(place, name));
    mkdirSync(fresh.dir);
    const made = await fresh.command('.', '--yes', '--no-git', ...flags);
    if (made.code !== 0) throw new Error(made.err);
    for (const edit of edits) {
      old.edit(edit.path, (text) => apply(text, edit));
      fresh.edit(edit.to ?? edit.path, (text) => apply(text, edit));
    }
    for (const path of parked) old.write(path, `${old.read(path)}\n# ours\n`);
    // The model's own files belong to the user once edited, so they stay as 0.1.0 left them.
    for (const path of [`src/${name.replace('-', '_')}/models/churn/features.py`, 'tests/models/test_churn.py']) {
      const text = `${old.read(path)}\n# ours\n`;
      old.write(path, text);
      fresh.write(path, text);
    }
    added.set('src/ours/__init__.py', '"""A package of ours."""\n');
    for (const [path, text] of added)
      for (const { dir } of [old, fresh]) {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), text);
      }
    // A file that 0.1.0 marked executable keeps its bit, whatever the archive and the umask did to it.
    for (const entry of (JSON.parse(old.read('.mlops-stack/lock.json')) as { entries: Entry[] }).entries)
      if (entry.executable) chmodSync(join(old.dir, entry.path), 0o755);
  });

  it('takes every edit to this version without a conflict', async () => {
    const { code, out } = await old.command('update', '--yes');
    expect(out.split('\n').filter((line) => /conflict/.test(line))).toEqual([]);
    expect(code).toBe(0);
    const [now, expected] = [tree(old.dir), tree(fresh.dir)];
    const kept = [...now].filter(([path]) => path.startsWith('kept/'));
    expect(kept.map(([path]) => parked.find((each) => path.endsWith(`/${each}`)))).toEqual(parked);
    for (const [path, content] of kept) expect(content, path).toMatch(/\n# ours\n$/);
    const is = new Map([...now].filter(([path]) => !path.startsWith('kept/')));
    expect([...is.keys()]).toEqual([...expected.keys()]);
    const { entries } = JSON.parse(old.read('.mlops-stack/lock.json')) as { entries: Entry[] };
    const tuned = new Set(entries.filter(({ owner }) => owner === 'tuned').map(({ path }) => path));
    // The comment above a value that was changed belongs to the user, like the value.
    const bare = (path: string, content = ''): string =>
      tuned.has(path) ? content.replace(/^ *#.*\n/gm, '') : content;
    for (const [path, content] of expected) expect(bare(path, is.get(path)), path).toBe(bare(path, content));
  });

  it('satisfies check, and a second update changes nothing', async () => {
    expect((await old.command('check')).code).toBe(0);
    const before = tree(old.dir);
    const lock = old.read('.mlops-stack/lock.json');
    expect((await old.command('update', '--yes')).code).toBe(0);
    expect(tree(old.dir)).toEqual(before);
    expect(old.read('.mlops-stack/lock.json')).toBe(lock);
  });
});

type Entry = { readonly path: string; readonly owner: string; readonly executable?: true };
