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
  summary: 'Stores versions and aliases in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/model-registry/',
  why: 'A promotion or rollback moves one alias, and the service follows it without a client library.',
  watch:
    'A user who can write to the database can move the alias. If you use more than one machine, ' +
    'use a server with authentication. MLflow has removed stages, which older guides describe: use aliases.',
  status: 'active',
  home: 'src/__package__/registry/',
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
        why: 'the files of a version are stored below registry.artifacts',
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
        here: '0.6 MB per version: 0.35 MB for the package with its 5,000 reference rows, the rest for MLflow',
        grows: 'with each run, including refused runs: one run per day adds 220 MB per year',
        elsewhere: 'object storage, and the server of the tracker',
      },
    },
    {
      slot: 'threat',
      key: 'The champion is changed manually',
      value: {
        area: 'permissions',
        measure:
          '`promote` requires an accepted decision, and `make audit-verify` compares the last record with the alias',
        test: 'tests/test_training.py',
        left:
          'the file or server accepts every write: if you use more than one machine, ' +
          'give write permission to the pipeline only',
      },
    },
  ],
  traces: ['MlflowRegistry'],
  leftovers: [
    {
      what: 'versions in the MLflow registry, or in .mlops/mlflow.db and .mlops/registry',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the registered models in MLflow, or the files',
    },
    {
      what: 'the versions of <model> in the registry, its runs, its audit records and its logged predictions',
      remove: 'delete the registered model <model> in MLflow, and keep the audit records for as long as your rules say',
      of: 'model',
    },
  ],
  tests: {
    'tests/test_registry_mlflow.py': { varies: ['artifactStore', 'registryClient'] },
  },
});
