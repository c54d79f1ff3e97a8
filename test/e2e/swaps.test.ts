import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, readReport } from './support.ts';
import { pathsOf, SwapRepository } from './swap-repository.ts';

/**
 * Changes one choice after the other in one repository with user edits. After each change the repository passes its
 * checks, the tests of the changed modules, and the demo. Every edit is at its place or in kept/, and the statements of
 * the leftovers are true. The whole suite runs once, at the end. swaps-all.test.ts has more changes.
 */

const PACKAGE = 'src/swapped';

describe('a repository whose choices change', () => {
  let swap: SwapRepository;
  let dir: string;

  beforeAll(() => {
    swap = new SwapRepository('swapped');
    dir = swap.dir;
    // An edit of a file that will be removed with its tool.
    swap.append('pipelines/prefect/flows.py', 'flows');
  });
  afterAll(() => swap.drop());

  it('runs without an orchestrator after prefect, and keeps the edited flow', () => {
    const updated = swap.change('orchestrator=none');
    expect(pathsOf(updated, 'park')).toEqual(['pipelines/prefect/flows.py']);
    expect(updated.leftovers.map((leftover) => leftover.module)).toContain('orchestrator/prefect');
    swap.settled(updated, 'orchestrator=none');
    expect(swap.read('kept/orchestrator-prefect/pipelines/prefect/flows.py')).toContain('# ours: flows');
    expect(existsSync(swap.path('pipelines/prefect'))).toBe(false);
    expect(swap.filesWith('import prefect|prefect==')).toBe('');
    swap.verifyRuns('orchestrator=none');
    expect(swap.filesWith('name = "prefect"')).toBe('');
  });

  it('moves the champion from mlflow to wandb and back, with an edit of the tracker', () => {
    swap.verifyTrackerAndBack('mlflow', 'wandb', `${PACKAGE}/tracking/mlflow.py`);
  });

  it.each<[string, string, RegExp, string]>([
    ['framework', 'framework=xgboost', /scikit-learn/, 'skl2onnx'],
    ['quality', 'quality=none', /pandera/, 'import pandera|pandera=='],
    ['monitoring', 'monitoring=none', /prometheus/, 'prom/prometheus'],
    ['ci', 'ci=gitlab-ci', /github-actions/, 'actions/checkout'],
  ])('runs after a change of its %s (%s), and nothing of the former tool is left', (choice, change, module, word) => {
    const updated = swap.change(change);
    swap.settled(updated, change);
    expect(swap.filesWith(word, '^uv.lock$')).toBe('');
    for (const leftover of updated.leftovers) expect(leftover.module).toMatch(module);
    if (choice === 'ci')
      expect(existsSync(swap.path('.gitlab-ci.yml')) && !existsSync(swap.path('.github/workflows'))).toBe(true);
    swap.verifyRuns(change);
    expect(swap.filesWith(word)).toBe('');
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
    for (const file of Object.keys(BEFORE_CLOUD)) expect(swap.read(file), file).toMatch(/ours/);
    expect(must(dir, 'make ours-monitor')).toContain('ours-monitored');
    expect(must(dir, '.venv/bin/python -m pytest -q tests/test_ours.py')).toContain('1 passed');
  };

  it('runs on a stand-in for AWS after its cloud changes from local to aws', () => {
    for (const [file, edit] of Object.entries(BEFORE_CLOUD)) edit(swap.path(file));
    swap.commit('Ours, before the cloud');
    before = must(dir, 'git rev-parse HEAD').trim();
    const updated = swap.change('cloud=aws');
    swap.settled(updated, 'cloud=aws');
    expect(existsSync(swap.path('infra/terraform/storage.tf'))).toBe(true);
    swap.verifyRuns('cloud=aws', ['object store']);
    expect(readReport(dir).steps.find(({ name }) => name === 'object store')!.evidence).toMatch(/moto \d/);
    verifyOurs();
    appendFileSync(swap.path('infra/terraform/storage.tf'), '\n# ours: bucket\n');
    swap.commit('Ours, in the cloud');
  });

  it('returns from aws to local byte for byte, and passes its whole suite', () => {
    const told = swap.update('--dry-run --yes --set cloud=local 2>&1');
    expect(told).toContain('make infra-destroy ENV=<env> for each environment, before the swap');
    const updated = swap.change('cloud=local');
    expect(updated.leftovers.map(({ module }) => module)).toEqual(['cloud/aws']);
    expect(pathsOf(updated, 'park')).toEqual(['infra/terraform/storage.tf']);
    swap.settled(updated, 'cloud=local');
    expect(swap.read('kept/cloud-aws/infra/terraform/storage.tf')).toContain('# ours: bucket');
    expect(must(dir, "git ls-files | { grep -iE 'infra|terraform|tfvars' || true; }").trim()).toBe(
      'kept/cloud-aws/infra/terraform/storage.tf',
    );
    expect(existsSync(swap.path('infra'))).toBe(false);
    swap.verifyRuns('cloud=local');
    must(dir, 'make test-all');
    verifyOurs();
    // Compares byte for byte, with two exceptions: the lock of uv keeps the versions that the libraries of the cloud
    // required, and the user's edit of the cloud's file is kept.
    expect(
      must(dir, `git add -A && git diff --cached --stat ${before} -- . ':!kept' ':!.mlops-stack' ':!uv.lock'`),
    ).toBe('');
    expect(swap.filesWith('terraform|moto', '^uv.lock$')).toBe('');
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
