import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'registry/mlflow': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'registry',
  id: 'mlflow',
  title: 'MLflow Model Registry',
  summary: 'Versions and aliases in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/model-registry/',
  why: 'Promotion and rollback are the move of one alias, and the service needs no client library to follow it.',
  watch:
    'Whoever may write the database may move the alias. On more than one machine put it behind a server that asks who is there. Stages, which older guides show, are gone: only aliases count.',
  status: 'active',
  home: 'src/__package__/registry/',
  needs: {
    artifactStore: { because: 'files are kept beside the runs, and a database in a file serves one machine alone' },
    trackingHost: {
      take: 'any',
      onDemand: true,
      because: 'more than one machine needs a server, where the cloud brings one',
    },
  },
  provides: { registryClient: () => ({ module: 'mlflow', object: 'MlflowRegistry' }) },
  pins: {
    alembic: { version: '1.20.1', checked, groups: ['train'] },
    'mlflow-skinny': { version: '3.17.2', checked, groups: ['train'], imports: ['mlflow'] },
  },
  contributes: ({ cap }) => [
    ...Object.entries(cap.artifactStore.roots).flatMap(([environment, root]): Contribution[] => [
      {
        slot: 'config',
        key: 'registry.uri',
        value: root.includes('://') ? (cap.trackingHost?.uri ?? null) : `sqlite:///${root}/mlflow.db`,
        environment,
      },
      { slot: 'config', key: 'registry.artifacts', value: `${root}/registry`, environment },
    ]),
    {
      slot: 'grant',
      key: 'train registry',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['registry/'],
        why: 'files of a version are kept under registry.artifacts',
      },
    },
    {
      slot: 'grant',
      key: 'serve registry',
      value: {
        workload: 'serve',
        to: 'artifactStore',
        verbs: ['read'],
        paths: ['registry/'],
        why: 'the service loads versions',
      },
    },
    { slot: 'docs', key: 'docs/tools/mlflow-registry.md', value: { title: 'MLflow Model Registry' } },
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
      key: 'registry',
      value: { title: 'MLflow Model Registry', detail: 'versions, champion', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline registry', value: { label: 'version, alias' } },
    {
      slot: 'cost',
      key: 'Registered versions',
      value: {
        here: '0.35 MB a version with its 5,000 reference rows',
        grows: 'by every run, refused ones too: one a day is 130 MB a year',
        elsewhere: 'object storage, and the server of the tracker',
      },
    },
    {
      slot: 'threat',
      key: 'Somebody moves the champion by hand',
      value: {
        area: 'permissions',
        measure:
          '`promote` asks for an accepted decision, and `make audit-verify` compares the last record with the alias',
        test: 'tests/test_training.py',
        left: 'the file or server itself takes any write: on more than one machine give only the pipeline the right to write',
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
  traces: ['MlflowRegistry'],
  leftovers: [
    {
      what: 'versions in the MLflow registry, or in .mlops/mlflow.db and .mlops/registry',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the registered models in MLflow, or the files',
    },
  ],
  tests: {
    'tests/test_registry_mlflow.py': { varies: ['artifactStore', 'registryClient'] },
  },
});
