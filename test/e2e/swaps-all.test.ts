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

  it('runs with another inference server and back, and an edit of the first one returns', () => {
    const edited = `${PACKAGE}/serving/http.py`;
    swap.settled(swap.change('protocols=v2'), 'protocols=v2');
    swap.verifyRuns('protocols=v2');
    swap.append(edited, 'server');
    let updated = swap.change('server=mlserver');
    expect(pathsOf(updated, 'park')).toEqual([edited]);
    swap.settled(updated, 'server=mlserver');
    swap.verifyRuns('server=mlserver');
    updated = swap.change('server=fastapi');
    expect(pathsOf(updated, 'unpark')).toEqual([`kept/server-fastapi/${edited}`]);
    expect(updated.leftovers.map(({ module }) => module)).toContain('server/mlserver');
    must(swap.dir, 'rm -r environments/mlserver');
    swap.settled(updated, 'server=fastapi');
    expect(swap.read(edited)).toContain('# ours: server');
    swap.verifyRuns('server=fastapi');
    writeEvidence('run', 'swaps (fastapi to mlserver to fastapi, with edits)', ['server/fastapi', 'server/mlserver']);
  });
});
