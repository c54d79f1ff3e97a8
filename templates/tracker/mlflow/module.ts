import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/mlflow': true;
  }
}

export default defineModule({
  choice: 'tracker',
  id: 'mlflow',
  title: 'MLflow',
  summary: 'Records runs in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/tracking/',
  why: 'The same client writes to a local file or to a server, and you can export the recorded runs without a vendor.',
  watch:
    'The file supports one writer at a time. Only the client is installed (`mlflow-skinny`): ' +
    '`make mlflow-ui` downloads the web UI. Autologging is not used, so only `register` records data.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: { mlflowTracking: { because: 'the tracker of MLflow records the runs' } },
  provides: { trackerClient: ({ cap }) => cap.mlflowTracking },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/mlflow-tracking.md', value: { title: 'MLflow tracking' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'MLflow', detail: 'runs', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.6 MB per run: parameters, metrics and a copy of the version; the database starts at 1 MB',
        grows: 'with each registered run: one run per day adds 220 MB per year',
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
  traces: ['The same client writes to a local file or to a server'],
  leftovers: [
    {
      what: 'runs in the MLflow server, or in .mlops/mlflow.db',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the experiment in MLflow, or the file',
    },
  ],
});
