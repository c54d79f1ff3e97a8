import { pipelineStep } from '../pipeline/part.ts';

/**
 * The training steps that every repository has. `searched`: the output of the step that searches parameters for `train`,
 * if the repository has one.
 */
export const trainingSteps = (searched: readonly string[]) => [
  pipelineStep('ingest', {
    title: 'All rows, as read from the source.',
    inputs: [],
    outputs: { data: { path: 'data.parquet', title: 'All rows as read from the source (Parquet).' } },
    parameters: ['variant', 'until'],
    minutes: 30,
    reads: '`data.source`',
    stops: 'the source cannot be read, or has no rows up to the day of `UNTIL`',
  }),
  pipelineStep('validate', {
    title: 'A check that every row meets the data contract.',
    inputs: ['data'],
    outputs: { validation: { path: 'validation.json', title: 'Report of the data contract (JSON).', asset: null } },
    flags: { validation: '--out-report' },
    checks: 'contract',
    minutes: 10,
    // Invalid rows stay invalid, so a second attempt would also fail.
    retry: { times: 0, seconds: 10, backoff: 3 },
    stops: 'a row breaks the contract',
  }),
  pipelineStep('split', {
    title: 'The training rows and the test rows; the newest rows are the test set.',
    inputs: ['data'],
    outputs: {
      train: { path: 'train.parquet', title: 'Rows to fit on: the older ones (Parquet).', asset: 'train_rows' },
      test: { path: 'test.parquet', title: 'Rows to judge on: the newest ones (Parquet).', asset: 'test_rows' },
    },
    minutes: 10,
    stops: 'one part contains a single class',
  }),
  pipelineStep('train', {
    title: 'The fitted model, and its metrics on the training rows.',
    inputs: ['train', ...searched],
    outputs: {
      model: { path: 'model', title: "Folder of the fitted model in its framework's own format." },
      train_metrics: {
        path: 'train_metrics.json',
        title: 'Metrics on the rows fitted on, with the parameters used (JSON).',
      },
    },
    flags: { train_metrics: '--metrics' },
    minutes: 120,
    size: 'large',
    stops: 'the framework fails',
  }),
  pipelineStep('export', {
    title: 'The package that is registered and served.',
    inputs: ['model', 'train', 'test'],
    outputs: {
      package: {
        path: 'package',
        title: 'Folder that is registered and served: model files, manifest, reference rows.',
      },
    },
    flags: { model: '--from-model' },
    minutes: 10,
    stops: 'never; if ONNX scores differ by more than 1e-6, the package uses the framework itself',
  }),
  pipelineStep('evaluate', {
    title: 'Metrics of the package, of the champion and of simple predictions on the test rows.',
    inputs: ['package', 'train', 'test'],
    outputs: {
      metrics: {
        path: 'metrics.json',
        title: 'Metrics on the test rows: overall, per slice, fairness, champion and baselines (JSON).',
      },
    },
    minutes: 10,
    reads: 'the champion',
  }),
  pipelineStep('register', {
    title: 'The version in the registry, with its run in the tracker.',
    inputs: ['package', 'data', 'train_metrics', 'metrics'],
    outputs: {
      lineage: {
        path: 'lineage.json',
        title: 'Code, data, parameters and libraries that made the model (JSON).',
        asset: null,
      },
      version: { path: 'version.json', title: 'What the registry and the tracker answered (JSON).' },
    },
    minutes: 10,
    writes: 'a run, a version with the alias `challenger`',
    stops: 'files and hashes differ',
  }),
  pipelineStep('gate', {
    title: 'The decision of the promotion gate.',
    inputs: ['metrics', 'version'],
    outputs: { decision: { path: 'decision.json', title: 'Decision of the promotion gate (JSON).' } },
    decides: { output: 'decision', asset: 'approval' },
    minutes: 10,
    writes: 'model card, data sheet',
    stops: 'never; a refusal is a valid result',
  }),
  pipelineStep('promote', {
    title: 'The version that is served.',
    inputs: ['decision'],
    outputs: { promotion: { path: 'promotion.json', title: 'What the promotion changed (JSON).', asset: 'champion' } },
    when: 'accepted',
    minutes: 10,
    writes: 'the alias `champion`, an audit record',
    stops: 'no accepted decision exists for these files',
  }),
];
