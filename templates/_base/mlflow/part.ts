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
    {
      slot: 'pytest-warning',
      key: 'ignore:.*Any type hint is inferred as AnyType:UserWarning',
      value: { why: 'MLflow 3.17 warns about its own types when mlflow.pyfunc is imported' },
    },
  ],
  tests: {
    'tests/test_mlflow_model.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] },
    'tests/test_mlflow_ui.py': { varies: ['registryClient', 'trackerClient'] },
  },
});
