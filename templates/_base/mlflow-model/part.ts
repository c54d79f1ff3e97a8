import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The module `platform/mlflow_model.py`, which makes a packaged model an MLflow model. */
    mlflowModel: true;
  }
}

/** Makes a packaged model an MLflow model: signature, input example, loader and requirements. */
export default definePart({
  onDemand: true,
  provides: { mlflowModel: true },
  needs: { modelFramework: { because: 'the requirements of a model name its libraries' } },
  contributes: () => [
    {
      slot: 'pytest-warning',
      key: 'ignore:.*Any type hint is inferred as AnyType:UserWarning',
      value: { why: 'MLflow 3.17 warns about its own types when mlflow.pyfunc is imported' },
    },
  ],
  tests: { 'tests/test_mlflow_model.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] } },
});
