import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'registry',
  id: 'mlflow',
  title: 'MLflow Model Registry',
  summary: 'Versions and aliases in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/model-registry/',
  status: 'active',
  home: 'src/__package__/registry/',
  provides: { registryClient: () => ({ module: 'mlflow', object: 'MlflowRegistry' }) },
  pins: {
    alembic: { version: '1.20.1', checked, groups: ['train'] },
    'mlflow-skinny': { version: '3.17.2', checked, groups: ['train'], imports: ['mlflow'] },
  },
  contributes: ({ project }) => [
    ...['local', ...project.environments].flatMap((environment) => {
      const folder = environment === 'local' ? '.mlops' : `.mlops/${environment}`;
      return [
        { slot: 'config', key: 'registry.uri', value: `sqlite:///${folder}/mlflow.db`, environment },
        { slot: 'config', key: 'registry.artifacts', value: `${folder}/registry`, environment },
      ];
    }),
    { slot: 'docs', key: 'docs/tools/mlflow-registry.md', value: { title: 'MLflow Model Registry' } },
    { slot: 'untyped', key: 'mlflow.*', value: { why: 'MLflow comes with types that do not hold' } },
    { slot: 'pytest-warning', key: 'ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning', value: { why: 'MLflow 3.17 with SQLAlchemy 2.1' } },
    { slot: 'pytest-warning', key: 'ignore:unclosed database in .sqlite3.Connection:ResourceWarning', value: { why: 'MLflow leaves closing its SQLite connections to the interpreter' } },
    { slot: 'make-env', key: 'MLFLOW_DISABLE_TELEMETRY', value: { value: 'true', why: 'MLflow reports usage to its makers unless told not to' } },
  ],
  traces: ['MlflowRegistry'],
  leftovers: [{ what: 'versions in the MLflow registry, or in .mlops/mlflow.db and .mlops/registry', carry: 'make export-champion before the swap, make import-champion after it', remove: 'delete the registered models in MLflow, or the files' }],
});
