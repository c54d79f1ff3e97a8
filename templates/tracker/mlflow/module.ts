import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'tracker',
  id: 'mlflow',
  title: 'MLflow',
  summary: 'Runs in an MLflow server, or in a SQLite file of the project.',
  docs: 'https://mlflow.org/docs/latest/ml/tracking/',
  status: 'active',
  home: 'src/__package__/tracking/',
  provides: { trackerClient: () => ({ module: 'mlflow', object: 'MlflowTracker' }) },
  pins: {
    alembic: { version: '1.20.1', checked, groups: ['train'] },
    'mlflow-skinny': { version: '3.17.2', checked, groups: ['train'], imports: ['mlflow'] },
  },
  contributes: ({ project }) => [
    ...['local', ...project.environments].flatMap((environment) => {
      const folder = environment === 'local' ? '.mlops' : `.mlops/${environment}`;
      return [
        { slot: 'config', key: 'tracking.uri', value: `sqlite:///${folder}/mlflow.db`, environment },
        { slot: 'config', key: 'tracking.experiment', value: project.name, environment },
        { slot: 'config', key: 'tracking.artifacts', value: `${folder}/tracking`, environment },
      ];
    }),
    { slot: 'docs', key: 'docs/tools/mlflow-tracking.md', value: { title: 'MLflow tracking' } },
    { slot: 'untyped', key: 'mlflow.*', value: { why: 'MLflow comes with types that do not hold' } },
    { slot: 'pytest-warning', key: 'ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning', value: { why: 'MLflow 3.17 with SQLAlchemy 2.1' } },
    { slot: 'pytest-warning', key: 'ignore:unclosed database in .sqlite3.Connection:ResourceWarning', value: { why: 'MLflow leaves closing its SQLite connections to the interpreter' } },
    { slot: 'make-env', key: 'MLFLOW_DISABLE_TELEMETRY', value: { value: 'true', why: 'MLflow reports usage to its makers unless told not to' } },
  ],
  traces: ['MlflowTracker'],
  leftovers: [{ what: 'runs in the MLflow server, or in .mlops/mlflow.db', carry: 'make export-champion before the swap, make import-champion after it', remove: 'delete the experiment in MLflow, or the file' }],
});
