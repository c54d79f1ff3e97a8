import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/neptune': true;
  }
}

export default defineModule({
  choice: 'tracker',
  id: 'neptune',
  title: 'Neptune (imported into MLflow)',
  summary:
    'For users of Neptune, whose hosted service has ended: imports its exported runs, and records runs in MLflow.',
  docs: 'https://docs.neptune.ai/transition_hub/migration/',
  why: 'The exported runs of Neptune and all new runs are in one place, which you can export without a vendor.',
  watch:
    'Neptune deleted all hosted data in March 2026. If you did not export your runs, they are lost: choose MLflow itself.',
  status: {
    retired:
      'its hosted service ended in March 2026. Runs are recorded in MLflow, and make import-neptune imports exports',
    instead: 'MLflow, when your exported runs are imported',
  },
  home: 'src/__package__/tracking/',
  needs: { mlflowTracking: { because: 'the tracker of MLflow records the runs' } },
  provides: { trackerClient: ({ cap }) => cap.mlflowTracking },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/mlflow-tracking.md', value: { title: 'MLflow tracking' } },
    { slot: 'docs', key: 'docs/tools/neptune.md', value: { title: 'Neptune: import exported runs' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'MLflow', detail: 'runs, also those of Neptune', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.6 MB per run: parameters, metrics and a copy of the version; the database starts at 1 MB',
        grows: 'with each registered run, and once with the files of the imported runs',
        elsewhere: 'object storage, and a small database and server that run continuously',
      },
    },
    {
      slot: 'threat',
      key: 'Recorded runs are changed or deleted',
      value: {
        area: 'data',
        measure: 'Decisions and lineage use the files of a run, not the tracker: its records are a copy',
        left: 'the file or server accepts every write: if you use more than one machine, restrict access to it',
      },
    },
  ],
  traces: ['import-neptune'],
  leftovers: [
    {
      what: 'runs in the MLflow server, or in .mlops/mlflow.db',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the experiment in MLflow, or the file',
    },
  ],
  tests: { 'tests/test_neptune_import.py': { varies: ['artifactStore', 'trackerClient'] } },
});
