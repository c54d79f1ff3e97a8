import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sandbox } from '../cli/harness.ts';
import { unpackRelease } from '../support/releases.ts';
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
  /** Edits of files that belong to the user: they stay as 0.1.0 left them. */
  readonly own: readonly Edit[];
  /** Edited files that this version no longer generates: they are moved to kept/. */
  readonly parked?: readonly string[];
};

const starters = (folder: string): Edit[] => [
  {
    path: `${folder}/contract.py`,
    from: 'unit="share of the price", min=0, max=1)',
    text: 'unit="share of the price", min=0, max=0.9)',
  },
  {
    path: `${folder}/features.py`,
    from: '    return pd.DataFrame(columns, index=frame.index)\n',
    text:
      '    columns["usage_gb"] = pd.Series(np.log1p(columns["usage_gb"]), index=frame.index)\n' +
      '    return pd.DataFrame(columns, index=frame.index)\n',
  },
];

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
    own: [
      ...starters('src/default_stack/models/churn'),
      {
        path: 'src/default_stack/models/churn/model.py',
        from: '    classifier = LogisticRegression(\n        C=float(params["C"]),',
        text: '    classifier = LogisticRegression(\n        tol=1e-6, C=float(params["C"]),',
      },
      ours('tests/models/test_churn.py'),
    ],
    edits: [
      {
        path: 'src/default_stack/steps/train.py',
        from: 'tempfile.mkdtemp(prefix="model-")',
        text: 'tempfile.mkdtemp(prefix="ours-")',
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
      ours('src/default_stack/quality/__init__.py'),
      { path: 'mk/pipeline.mk', from: '.PHONY: promote\n', text: '# Ask the owner first.\n.PHONY: promote\n' },
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
    own: [
      ...starters('src/aws_models/models/churn'),
      {
        path: 'src/aws_models/models/fraud/model.py',
        from: '        "max_depth": 4,\n',
        text: '        "max_depth": 6,\n',
      },
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

function unpack(): string {
  const dir = sandbox();
  unpackRelease(dir);
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

/** The gate of 0.1.0 refuses versions without an ONNX file, and an update does not change that. */
function refuseNative({ dir, edit }: Project): void {
  for (const name of readdirSync(join(dir, 'params')))
    edit(`params/${name}`, (text) => apply(text, { path: name, from: '  native: true\n', text: '  native: false\n' }));
}

describe.each(REPOSITORIES)('the repository $name of release 0.1.0', ({ name, flags, edits, own, parked = [] }) => {
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
    refuseNative(fresh);
    for (const edit of edits) {
      old.edit(edit.path, (text) => apply(text, edit));
      fresh.edit(edit.to ?? edit.path, (text) => apply(text, edit));
    }
    for (const path of parked) old.write(path, `${old.read(path)}\n# ours\n`);
    for (const edit of own) {
      old.edit(edit.path, (text) => apply(text, edit));
      fresh.write(edit.path, old.read(edit.path));
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
    const note = /^Your edited files of an earlier release may need changes, which (\S+) describes: (.*)$/m.exec(out);
    expect(note?.[2]?.split(', ')).toEqual(own.map(({ path }) => path).sort());
    expect(old.read(note![1]!)).toContain('## From release 0.1');
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

describe('a repository of release 0.1.0 without edits', () => {
  it('becomes the repository that this version generates, without a note about edited files', async () => {
    const [{ name, flags }] = REPOSITORIES as [Repository];
    const old = open(join(unpack(), name));
    const fresh = open(join(sandbox(), name));
    mkdirSync(fresh.dir);
    expect((await fresh.command('.', '--yes', '--no-git', ...flags)).code).toBe(0);
    refuseNative(fresh);
    for (const entry of (JSON.parse(old.read('.mlops-stack/lock.json')) as { entries: Entry[] }).entries)
      if (entry.executable) chmodSync(join(old.dir, entry.path), 0o755);
    const { code, out } = await old.command('update', '--yes');
    expect(code).toBe(0);
    expect(out).not.toContain('Your edited files');
    expect(out).toContain('gates.native stays false; its default is now true');
    expect(tree(old.dir)).toEqual(tree(fresh.dir));
  });

  it('keeps the values of renamed parameters in comments next to the new names, and says so', async () => {
    const [{ name }] = REPOSITORIES as [Repository];
    const old = open(join(unpack(), name));
    for (const [from, text] of [
      ['  min_auc: 0.7\n', '  min_auc: 0.72\n'],
      ['    min_auc: 0.65\n', '    min_auc: 0.6 # small regions\n'],
      ['    auc: 0.01\n', '    auc: 0.02\n'],
    ] as const)
      old.edit('params/churn.yaml', (was) => apply(was, { path: 'params/churn.yaml', from, text }));
    const { out } = await old.command('update', '--yes');
    const params = old.read('params/churn.yaml');
    for (const kept of [
      'retrain.min_auc: 0.72',
      'gates.slices.min_auc: 0.6 # small regions',
      'gates.champion_margin.auc: 0.02',
    ]) {
      expect(params).toMatch(new RegExp(` {2}(?:min_)?primary: .*\\n *# kept: ${kept}\\n`));
      expect(out).toContain(`${kept.split(':')[0]} was removed; your value`);
    }
  });
});
