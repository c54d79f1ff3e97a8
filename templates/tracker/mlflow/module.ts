import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/mlflow': true;
  }
}

const checked = '2026-11-21';

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
  needs: {
    artifactStore: {
      because: 'files are stored next to the runs, and a database in a file can serve one machine only',
    },
    mlflowModel: { because: 'a version is a model that MLflow loads' },
    trackingHost: {
      optional: true,
      because: 'several machines need a tracking server, which the cloud can provide',
    },
  },
  provides: { trackerClient: () => ({ module: 'mlflow', object: 'MlflowTracker' }) },
  pins: {
    alembic: { version: '1.20.1', checked, groups: ['train'] },
    'mlflow-skinny': { version: '3.17.2', checked, groups: ['train'], imports: ['mlflow'] },
  },
  contributes: ({ project, cap }) => [
    ...Object.entries(cap.artifactStore.roots).flatMap(([environment, root]): Contribution[] => [
      {
        slot: 'config',
        key: 'tracking.uri',
        value: root.includes('://') ? (cap.trackingHost?.uri ?? null) : `sqlite:///${root}/mlflow.db`,
        environment,
      },
      { slot: 'config', key: 'tracking.experiment', value: project.name, environment },
      {
        slot: 'config',
        key: 'tracking.artifacts',
        value: root.includes('://') && cap.trackingHost ? null : `${root}/tracking`,
        environment,
      },
    ]),
    {
      slot: 'grant',
      key: 'train tracking',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['tracking/'],
        why: 'the files of a run are stored below tracking.artifacts',
      },
    },
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
  traces: ['MlflowTracker'],
  leftovers: [
    {
      what: 'runs in the MLflow server, or in .mlops/mlflow.db',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the experiment in MLflow, or the file',
    },
  ],
  tests: { 'tests/test_tracker_mlflow.py': { varies: ['artifactStore', 'modelFramework', 'trackerClient'] } },
});
