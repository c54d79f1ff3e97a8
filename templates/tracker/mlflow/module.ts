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
  summary: 'Runs in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/tracking/',
  why: 'The same client writes to a file here and to a server later, and what it writes can be exported without asking a vendor.',
  watch:
    'The file has one writer at a time. Only the client is installed (`mlflow-skinny`): a browser view comes from `uvx`, and autologging is not used, so what is recorded is what `register` says.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: {
    artifactStore: { because: 'files are kept beside the runs, and a database in a file serves one machine alone' },
    trackingHost: {
      take: 'any',
      onDemand: true,
      because: 'more than one machine needs a server, where the cloud brings one',
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
        why: 'files of a run are kept under tracking.artifacts',
      },
    },
    { slot: 'docs', key: 'docs/tools/mlflow-tracking.md', value: { title: 'MLflow tracking' } },
    { slot: 'untyped', key: 'mlflow.*', value: { why: 'MLflow comes with types that do not hold' } },
    {
      slot: 'pytest-warning',
      key: 'ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning',
      value: { why: 'MLflow 3.17 with SQLAlchemy 2.1' },
    },
    {
      slot: 'pytest-warning',
      key: 'ignore:unclosed database in .sqlite3.Connection:ResourceWarning',
      value: { why: 'MLflow leaves closing its SQLite connections to the interpreter' },
    },
    {
      slot: 'make-env',
      key: 'MLFLOW_DISABLE_TELEMETRY',
      value: { value: 'true', why: 'MLflow reports usage to its makers unless told not to' },
    },
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
        here: '0.35 MB a run: its parameters and metrics, and a copy of the package; the database starts at 1 MB',
        grows: 'by each run that is registered: one a day is 130 MB a year',
        elsewhere: 'object storage, and a small database and server around the clock',
      },
    },
  ],
  removed: [
    {
      package: 'mlflow',
      api: './mlruns',
      since: '3.13.0',
      instead: 'a database, as in sqlite:///mlflow.db',
      source: 'https://github.com/mlflow/mlflow/releases/tag/v3.13.0',
    },
    {
      package: 'mlflow',
      api: 'mlflow.recipes',
      since: '3.0.0',
      instead: 'the steps of this repository',
      source: 'https://github.com/mlflow/mlflow/releases/tag/v3.0.0',
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
});
