import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEvidence } from '../support/evidence.ts';
import { must } from './support.ts';
import { pathsOf, SwapRepository } from './swap-repository.ts';

/**
 * More changes than CI has time for: `npm run prove -- swaps-all` runs them, with the same demands as swaps.test.ts.
 * The user has edited a file of each tool that goes.
 */

const PACKAGE = 'src/swapped_more';

describe('a repository that changes its orchestrator and its tracker often', () => {
  let swap: SwapRepository;
  beforeAll(() => {
    swap = new SwapRepository('swapped-more');
  });
  afterAll(() => swap.drop());

  it.each<[string, string, string, string]>([
    ['prefect', 'airflow', 'pipelines/prefect/flows.py', 'import prefect|prefect=='],
    ['airflow', 'kubeflow', 'pipelines/airflow/run.py', 'airflow.sdk|apache-airflow'],
    ['kubeflow', 'dagster', 'pipelines/kubeflow/definitions.py', 'import kfp|kfp=='],
    ['dagster', 'argo-workflows', 'pipelines/dagster/assets.py', 'import dagster|dagster=='],
    ['argo-workflows', 'prefect', 'pipelines/argo/definition.py', 'argoproj'],
  ])('runs with another orchestrator: %s becomes %s', (from, to, edited, word) => {
    swap.append(edited, from);
    const change = `orchestrator=${to}`;
    const updated = swap.change(change);
    expect(pathsOf(updated, 'park')).toEqual([edited]);
    expect(updated.leftovers.map(({ module }) => module)).toContain(`orchestrator/${from}`);
    // The commands of the report that remove files of this repository.
    for (const { remove } of updated.leftovers)
      for (const [command, folder] of remove.matchAll(/\b(?:git )?rm -r ([\w./-]+)/g))
        if (existsSync(swap.path(folder!))) must(swap.dir, command);
    swap.settled(updated, change);
    expect(swap.read(`kept/orchestrator-${from}/${edited}`)).toContain(`# ours: ${from}`);
    expect(existsSync(swap.path(edited))).toBe(false);
    swap.verifyRuns(change, to === 'argo-workflows' ? ['gate'] : []);
    expect(swap.filesWith(word, 'environments/[^/]+/uv.lock')).toBe('');
    writeEvidence('run', `swaps (${from} to ${to}, with edits)`, [`orchestrator/${from}`, `orchestrator/${to}`]);
  });

  it('carries the champion from mlflow to comet and back, with an edit of the tracker', () => {
    swap.verifyTrackerAndBack('mlflow', 'comet', `${PACKAGE}/tracking/mlflow.py`);
    writeEvidence('run', 'swaps (mlflow to comet to mlflow, with the champion)', ['tracker/mlflow', 'tracker/comet']);
  });
});
