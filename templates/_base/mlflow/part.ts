import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The module `platform/mlflow_model.py`, which makes a packaged model an MLflow model, and the web UI of MLflow. */
    mlflowModel: true;
  }
}

// Not the default of MLflow, 5000: on macOS, AirPlay uses it.
const PORT = 5001;

/** Makes a packaged model an MLflow model: signature, input example, loader and requirements. Serves the web UI. */
export default definePart({
  onDemand: true,
  provides: { mlflowModel: true },
  needs: { modelFramework: { because: 'the requirements of a model name its libraries' } },
  contributes: () => [
    { slot: 'config', key: 'mlflow.ui_port', value: PORT, environment: 'local' },
    { slot: 'port', key: String(PORT), value: { name: 'the web UI of MLflow', variable: 'MLOPS_MLFLOW__UI_PORT' } },
    {
      slot: 'doctor',
      key: 'mlflow-ui-port',
      value: {
        title: `port ${PORT} is free for the web UI of MLflow`,
        kind: 'port',
        value: String(PORT),
        hint: 'stop the process that uses the port, or set MLOPS_MLFLOW__UI_PORT',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user uses the MLflow UI',
      value: {
        area: 'authentication',
        measure: 'The UI listens on 127.0.0.1 only, and `make mlflow-ui` runs until you stop it',
        test: 'tests/test_mlflow_ui.py',
        left: 'the UI has no authentication: while it runs, every user of your machine can change runs and aliases',
      },
    },
    { slot: 'untyped', key: 'mlflow.*', value: { why: 'the type annotations of MLflow are incorrect' } },
    {
      slot: 'pytest-warning',
      key: 'ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning',
      value: { why: 'MLflow 3.17 with SQLAlchemy 2.1' },
    },
    {
      slot: 'pytest-warning',
      key: 'ignore:unclosed database in .sqlite3.Connection:ResourceWarning',
      value: { why: 'MLflow does not close its SQLite connections' },
    },
    {
      slot: 'make-env',
      key: 'MLFLOW_DISABLE_TELEMETRY',
      value: { value: 'true', why: 'disables the usage telemetry of MLflow' },
    },
    {
      slot: 'pytest-warning',
      key: 'ignore:.*Any type hint is inferred as AnyType:UserWarning',
      value: { why: 'MLflow 3.17 warns about its own types when mlflow.pyfunc is imported' },
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
  tests: {
    'tests/test_mlflow_model.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] },
    'tests/test_mlflow_store.py': { varies: ['artifactStore', 'registryClient', 'trackerClient'] },
    'tests/test_mlflow_ui.py': { varies: ['registryClient', 'trackerClient'] },
  },
});
