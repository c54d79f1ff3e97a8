import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue, testsOfValues } from './run-plan.ts';
import { type StackTests, selectTests } from './selection.ts';
import { dropEnvironment, makeStack, must, readReport, sh } from './support.ts';

/**
 * Changes one choice after the other in one repository with user edits. After each change the repository passes its
 * checks, the tests of the changed modules, and the demo. Every edit is at its place or in kept/, and the statements of
 * the leftovers are true. The whole suite runs once, at the end.
 */

const BIN = join(import.meta.dirname, '../../dist/bin.js');
const PACKAGE = 'src/swapped';

type Updated = {
  actions: { path: string; action: string; reason: string }[];
  conflicts: string[];
  leftovers: { module: string; what: string; carry?: string; remove: string }[];
};

describe('a repository whose choices change', () => {
  let dir: string;
  const path = (file: string): string => join(dir, file);
  const read = (file: string): string => readFileSync(path(file), 'utf8');
  const commit = (message: string): string =>
    must(
      dir,
      `git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm ${JSON.stringify(message)} ` +
        '--allow-empty',
    );
  const update = (change: string): Updated =>
    JSON.parse(must(dir, `node ${BIN} update --yes --json --set ${change} 2>/dev/null`)) as Updated;

  const parked = ({ actions }: Updated, wanted: string): string[] =>
    actions.filter(({ action }) => action === wanted).map((action) => action.path);

  /** The user's edits, each in a different kind of file, with a word that identifies the edit. */
  const EDITS: Record<string, (file: string) => void> = {
    'mk/ours.mk': (file) =>
      writeFileSync(file, '##@ Ours\n\n.PHONY: ours-greet\nours-greet: ## Greet\n\t@echo ours-greeting\n'),
    'pyproject.toml': (file) =>
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^dev = \[\n/m, 'dev = [\n    "tabulate==0.10.0",\n')),
    'params/churn.yaml': (file) =>
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^( +)max_age_days: .*$/m, '$1max_age_days: 17')),
    'README.md': (file) => appendFileSync(file, '\n## Ours\n\nAsk ours-team.\n'),
    [`${PACKAGE}/models/churn/governance.yaml`]: (file) => {
      if (!existsSync(file)) writeFileSync(file, 'owner: ours-owner\n');
      else appendFileSync(file, '# ours-owner answers\n');
    },
    '.gitignore': (file) => appendFileSync(file, '\n# ours-notes\n/notes/\n'),
  };
  const FOUND: Record<string, RegExp> = {
    'mk/ours.mk': /ours-greeting/,
    'pyproject.toml': /"tabulate==0\.10\.0"/,
    'params/churn.yaml': /max_age_days: 17/,
    'README.md': /Ask ours-team/,
    [`${PACKAGE}/models/churn/governance.yaml`]: /ours-owner/,
    '.gitignore': /ours-notes/,
  };
  const verifyEdits = (): void => {
    for (const [file, found] of Object.entries(FOUND)) expect(read(file), file).toMatch(found);
  };
  /** No loaded file names a removed module. `make lock` rewrites the lock file of uv. */
  const isGone = (word: string, but = '^$'): string =>
    sh(
      dir,
      `git ls-files | grep -vE '^(kept|\\.mlops-stack)/' | grep -vE '${but}' | xargs grep -lE ${JSON.stringify(word)}`,
    ).output.trim();
  /**
   * The states of the repository, starting with the default stack. Another test proves all tests of the default stack.
   */
  const states: StackTests[] = [testsOfValues('start', {})];
  let choices: Record<string, string | readonly string[]> = {};
  const testsOfChange = (change: string): readonly string[] => {
    const [choice, option] = change.split('=') as [string, string];
    const takesMany = catalogue.choices.some(({ id, takes }) => id === choice && takes === 'many');
    choices = { ...choices, [choice]: takesMany && option === 'none' ? [] : option };
    states.push(testsOfValues(change, choices));
    // A test without declared dependencies would run after each change. It runs once, at the end.
    const known = states.map((state) => ({ ...state, tests: state.tests.filter(({ varies }) => varies) }));
    const replaced = states
      .at(-1)!
      .tests.filter(({ path, text }) =>
        states.slice(0, -1).every(({ tests }) => tests.every((test) => test.path !== path || test.text !== text)),
      );
    const selected = selectTests(
      known.map((state, index) => ({ ...state, name: String(index) })),
      new Set(),
    ).get(String(states.length - 1))!;
    // Repositories of users do not contain the proofs of the templates.
    return [...new Set([...selected, ...replaced.map((test) => test.path)])].filter((file) => existsSync(path(file)));
  };
  const verifyRuns = (change: string, substituted: readonly string[] = []): void => {
    must(dir, 'make lock setup');
    must(dir, 'make check');
    const tests = testsOfChange(change);
    if (tests.length > 0) must(dir, `.venv/bin/python -m pytest ${tests.join(' ')}`);
    must(dir, 'make demo');
    const { steps } = readReport(dir);
    // The models of the former framework stay in the history: the gate refuses a new version that is worse.
    const isRefused = steps.some(({ evidence }) => evidence.startsWith('a former version is better: '));
    const expected = (name: string): string => {
      if (substituted.includes(name)) return 'substituted';
      return isRefused && ['retrain and promote', 'rollback'].includes(name) ? 'skipped' : 'ok';
    };
    for (const { name, status } of steps) expect([name, status]).toEqual([name, expected(name)]);
    expect(must(dir, 'make ours-greet')).toContain('ours-greeting');
    verifyEdits();
  };
  const settled = (updated: Updated, change: string): void => {
    expect(updated.conflicts).toEqual([]);
    expect(must(dir, `node ${BIN} check --json`)).toContain('"ok":true');
    commit(change);
    // Repeating the change does nothing.
    expect(update(change).actions.filter(({ action }) => !['keep', 'skip'].includes(action))).toEqual([]);
    expect(must(dir, 'git status --porcelain')).toBe('');
  };

  beforeAll(() => {
    dir = makeStack('swapped', '');
    for (const [file, edit] of Object.entries(EDITS)) {
      mkdirSync(dirname(path(file)), { recursive: true });
      edit(path(file));
    }
    // Edits of files that will be removed with their tool.
    appendFileSync(path('pipelines/prefect/flows.py'), '\n\n# ours: flows\n');
    appendFileSync(path(`${PACKAGE}/tracking/mlflow.py`), '\n\n# ours: tracking\n');
    commit('Ours');
    verifyEdits();
  });
  afterAll(() => dropEnvironment(dir));

  it('runs without an orchestrator after prefect, and keeps the edited flow', () => {
    const updated = update('orchestrator=none');
    expect(parked(updated, 'park')).toEqual(['pipelines/prefect/flows.py']);
    expect(updated.leftovers.map((leftover) => leftover.module)).toContain('orchestrator/prefect');
    settled(updated, 'orchestrator=none');
    expect(read('kept/orchestrator-prefect/pipelines/prefect/flows.py')).toContain('# ours: flows');
    expect(existsSync(path('pipelines/prefect'))).toBe(false);
    expect(isGone('import prefect|prefect==')).toBe('');
    verifyRuns('orchestrator=none');
    expect(isGone('name = "prefect"')).toBe('');
  });

  let champion: { sha256: string; metrics: object; scores: string };
  const describeChampion = (): typeof champion =>
    JSON.parse(
      must(
        dir,
        `.venv/bin/python - <<'PY'
import hashlib, json
from swapped.platform import artifacts, scoring
from swapped.data.frames import read_frame
from swapped.registry import CHAMPION, get_registry
from swapped.tracking import get_tracker
from pathlib import Path
champion = get_registry().get("churn", CHAMPION)
run = get_tracker().read(champion.tags["run_id"])
rows = read_frame(str(sorted(Path(".mlops/runs/churn").glob("*/test.parquet"))[0]))
scorer = scoring.load(artifacts.local_copy(champion.uri), champion.sha256)
scores = scorer.raw(scoring.columns_of(rows, scorer.contract))
carried = {name: champion.tags[name] for name in ("data_sha256", "data_revision", "git_revision", "params_sha256", "trained_at")}
print(json.dumps({"sha256": champion.sha256, "metrics": dict(champion.metrics), "carried": carried, "run": [dict(run.params), dict(run.metrics), {k: run.tags[k] for k in sorted(run.tags)}], "scores": hashlib.sha256(scores.tobytes()).hexdigest()}))
PY`,
      ),
    ) as typeof champion;

  it('moves the champion from mlflow to wandb', () => {
    champion = describeChampion();
    must(dir, 'make export-champion');
    const updated = update('tracker=wandb');
    expect(parked(updated, 'park')).toEqual([`${PACKAGE}/tracking/mlflow.py`]);
    expect(read(`kept/_base-mlflow-tracking/${PACKAGE}/tracking/mlflow.py`)).toContain('# ours: tracking');
    const left = updated.leftovers.find((leftover) => leftover.module === 'tracker/mlflow')!;
    expect(left.carry).toContain('make export-champion');
    settled(updated, 'tracker=wandb');
    // Resources that the leftovers describe as outside the files still exist.
    expect(existsSync(path('.mlops/mlflow.db'))).toBe(true);
    must(dir, 'make lock setup');
    must(dir, 'make import-champion');
    expect(describeChampion()).toEqual(champion);
    verifyRuns('tracker=wandb', ['register']);
  });

  it('brings the edit of the tracker back when wandb becomes mlflow again', () => {
    champion = describeChampion();
    must(dir, 'make export-champion TO=.mlops/carried/back');
    const updated = update('tracker=mlflow');
    expect(parked(updated, 'unpark')).toEqual([`kept/_base-mlflow-tracking/${PACKAGE}/tracking/mlflow.py`]);
    settled(updated, 'tracker=mlflow');
    expect(read(`${PACKAGE}/tracking/mlflow.py`)).toContain('# ours: tracking');
    expect(existsSync(path('kept/_base-mlflow-tracking'))).toBe(false);
    must(dir, 'make lock setup');
    must(dir, 'make import-champion FROM=.mlops/carried/back');
    expect(describeChampion()).toEqual(champion);
    choices = { ...choices, tracker: 'mlflow' };
    rmSync(path('.mlops/carried'), { recursive: true });
  });

  it.each<[string, string, RegExp, string]>([
    ['framework', 'framework=xgboost', /scikit-learn/, 'skl2onnx'],
    ['quality', 'quality=none', /pandera/, 'import pandera|pandera=='],
    ['monitoring', 'monitoring=none', /prometheus/, 'prom/prometheus'],
    ['ci', 'ci=gitlab-ci', /github-actions/, 'actions/checkout'],
  ])('runs after a change of its %s (%s), and nothing of the former tool is left', (choice, change, module, word) => {
    const updated = update(change);
    settled(updated, change);
    expect(isGone(word, '^uv.lock$')).toBe('');
    for (const leftover of updated.leftovers) expect(leftover.module).toMatch(module);
    if (choice === 'ci')
      expect(existsSync(path('.gitlab-ci.yml')) && !existsSync(path('.github/workflows'))).toBe(true);
    verifyRuns(change);
    expect(isGone(word)).toBe('');
  });

  /**
   * Typical edits before a swap to a cloud: a line in a step and a test for it, a Make target, and a paragraph of a
   * page.
   */
  const BEFORE_CLOUD: Record<string, (file: string) => void> = {
    [`${PACKAGE}/steps/validate.py`]: (file) =>
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(
          'return {"rows": len(frame), "valid": True}',
          'return {"rows": len(frame), "valid": True, "ours": len(frame)}',
        ),
      ),
    'tests/test_ours.py': (file) => writeFileSync(file, OUR_TEST),
    'mk/monitor.mk': (file) =>
      appendFileSync(file, '\n.PHONY: ours-monitor\nours-monitor: ## Look at ours\n\t@echo ours-monitored\n'),
    'docs/operations.md': (file) => appendFileSync(file, '\n## Ours\n\nAsk ours-team on call.\n'),
    'config/doctor.yaml': (file) =>
      appendFileSync(file, '- id: ours\n  title: ours-checked\n  kind: command\n  value: "true"\n  hint: none\n'),
  };
  let before: string;
  const verifyOurs = (): void => {
    for (const file of Object.keys(BEFORE_CLOUD)) expect(read(file), file).toMatch(/ours/);
    expect(must(dir, 'make ours-monitor')).toContain('ours-monitored');
    expect(must(dir, '.venv/bin/python -m pytest -q tests/test_ours.py')).toContain('1 passed');
  };

  it('runs on a stand-in for AWS after its cloud changes from local to aws', () => {
    for (const [file, edit] of Object.entries(BEFORE_CLOUD)) edit(path(file));
    commit('Ours, before the cloud');
    before = must(dir, 'git rev-parse HEAD').trim();
    const updated = update('cloud=aws');
    settled(updated, 'cloud=aws');
    expect(existsSync(path('infra/terraform/storage.tf'))).toBe(true);
    verifyRuns('cloud=aws', ['object store']);
    expect(readReport(dir).steps.find(({ name }) => name === 'object store')!.evidence).toMatch(/moto \d/);
    verifyOurs();
    appendFileSync(path('infra/terraform/storage.tf'), '\n# ours: bucket\n');
    commit('Ours, in the cloud');
  });

  it('returns from aws to local byte for byte, and passes its whole suite', () => {
    const told = must(dir, `node ${BIN} update --dry-run --yes --set cloud=local 2>&1`);
    expect(told).toContain('make infra-destroy ENV=<env> for each environment, before the swap');
    const updated = update('cloud=local');
    expect(updated.leftovers.map(({ module }) => module)).toEqual(['cloud/aws']);
    expect(parked(updated, 'park')).toEqual(['infra/terraform/storage.tf']);
    settled(updated, 'cloud=local');
    expect(read('kept/cloud-aws/infra/terraform/storage.tf')).toContain('# ours: bucket');
    expect(must(dir, "git ls-files | { grep -iE 'infra|terraform|tfvars' || true; }").trim()).toBe(
      'kept/cloud-aws/infra/terraform/storage.tf',
    );
    expect(existsSync(path('infra'))).toBe(false);
    verifyRuns('cloud=local');
    must(dir, 'make test-all');
    verifyOurs();
    // Compares byte for byte, with two exceptions: the lock of uv keeps the versions that the libraries of the cloud
    // required, and the user's edit of the cloud's file is kept.
    expect(
      must(dir, `git add -A && git diff --cached --stat ${before} -- . ':!kept' ':!.mlops-stack' ':!uv.lock'`),
    ).toBe('');
    expect(isGone('terraform|moto', '^uv.lock$')).toBe('');
  });
});

const OUR_TEST = `"""Ours: validation says how many rows it saw."""

from pathlib import Path

from swapped.platform import artifacts
from swapped.steps.ingest import ingest
from swapped.steps.validate import validate


def test_ours_counts_rows(home: Path, model: str) -> None:
    data, report = str(home / "data.parquet"), str(home / "validation.json")
    ingest(model, data)
    assert validate(model, data, report)["ours"] == artifacts.read_json(report)["rows"]
`;
