import { type Contribution, defineModule } from '../../../src/core/contract.ts';
import { upgradeStep } from '../../_base/package/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'framework/scikit-learn': true;
  }
}

const checked = '2026-11-21';

const logistic: Contribution[] = [
  { slot: 'params', key: 'train.C', value: { value: 1, comment: 'inverse regularization strength' } },
  {
    slot: 'search-range',
    key: 'C',
    value: { comment: 'inverse regularization strength', low: 0.001, high: 100, log: true },
  },
  { slot: 'params', key: 'train.max_iter', value: { value: 500, comment: 'largest number of solver iterations' } },
];
const ridge: Contribution[] = [
  { slot: 'params', key: 'train.alpha', value: { value: 1, comment: 'regularization strength' } },
  {
    slot: 'search-range',
    key: 'alpha',
    value: { comment: 'regularization strength', low: 0.001, high: 1000, log: true },
  },
];

export default defineModule({
  choice: 'framework',
  id: 'scikit-learn',
  title: 'scikit-learn',
  summary: 'A pipeline that includes its preprocessing, stored with skops and served as ONNX if the scores are equal.',
  docs: 'https://scikit-learn.org/stable/',
  why:
    'For tables of this size, a linear pipeline is the standard baseline, and its ONNX version responds much ' +
    'faster.',
  watch:
    '`skl2onnx` supports new scikit-learn releases with a delay: update both together and run the parity test. ' +
    'Do not scale the inputs of tree models: ONNX compares in float32, so the scores differ.',
  status: 'active',
  home: 'src/__package__/models/',
  needs: {
    modelTask: {
      where: ({ predicts }) => ['probability', 'probabilities', 'value'].includes(predicts),
      because: '`model.py` is written for classes and for numbers',
    },
  },
  provides: { modelFramework: true },
  owners: { 'src/__package__/models/**': 'starter' },
  moved: { 'src/__package__/models/__model__/model.py': 'src/__package__/models/__model__/model.py.ejs' },
  pins: {
    onnx: { version: '1.23.2', checked, groups: ['train'] },
    protobuf: {
      version: '6.33.6',
      checked,
      groups: ['train'],
      imports: ['google'],
      because: 'skl2onnx 1.20 cannot convert trees with protobuf 7',
    },
    'scikit-learn': { version: '1.9.1', checked, groups: ['native', 'train'], imports: ['sklearn'] },
    skl2onnx: { version: '1.20.0', checked, groups: ['train'] },
    skops: { version: '0.16.0', checked, groups: ['native', 'train'] },
  },
  contributes: ({ cap }) => [
    ...(cap.modelTask.predicts === 'value' ? ridge : logistic),
    upgradeStep('Select the columns by type, if `features.py` adds or removes a feature', {
      file: 'model.py',
      before: [
        'inputs = ColumnTransformer(',
        '    [',
        '        ("numbers", StandardScaler(), list(CONTRACT.numbers)),',
        '        ("categories", OneHotEncoder(...), list(CONTRACT.categories)),',
        '    ]',
        ')',
      ].join('\n'),
      after: [
        'inputs = ColumnTransformer(',
        '    [',
        '        ("numbers", StandardScaler(), make_column_selector(dtype_include="number")),',
        '        ("categories", OneHotEncoder(...), make_column_selector(dtype_include="object")),',
        '    ]',
        ')',
      ].join('\n'),
    }),
    upgradeStep('Required: save and load with `sklearn_files`, so that equal models give equal files', {
      file: 'model.py',
      before: [
        'skops.io.dump(estimator, directory / FILE)  # in save',
        'skops.io.load(directory / FILE)  # in load',
      ].join('\n'),
      after: [
        'from ... import sklearn_files',
        '',
        'sklearn_files.save(estimator, directory / FILE)  # in save',
        'sklearn_files.load(directory / FILE)  # in load',
      ].join('\n'),
    }),
    upgradeStep('Export any estimator, not only linear ones', {
      file: 'model.py',
      before: 'onnx = to_onnx(estimator, ...)  # in export_onnx',
      after: [
        'from ... import sklearn_onnx',
        '',
        'sklearn_onnx.export(estimator, directory / "model.onnx", X)  # in export_onnx',
      ].join('\n'),
    }),
    { slot: 'docs', key: 'docs/tools/scikit-learn.md', value: { title: 'scikit-learn' } },
    { slot: 'untyped', key: 'sklearn.*', value: { why: 'scikit-learn has no type annotations' } },
    { slot: 'untyped', key: 'skl2onnx.*', value: { why: 'skl2onnx has no type annotations' } },
    { slot: 'untyped', key: 'skops.*', value: { why: 'skops has no type annotations' } },
    {
      slot: 'diagram-node',
      key: 'scikit_learn',
      value: { title: 'scikit-learn', detail: 'model.skops, model.onnx', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline scikit_learn', value: { label: 'train, export' } },
    {
      slot: 'threat',
      key: 'A skops file contains a type that executes code',
      value: {
        area: 'data',
        measure:
          'Only types of skops, scikit-learn and SciPy that restore data are restored, and the nodes of trees are checked',
        test: 'tests/test_sklearn_files.py',
        left: '`TRUSTED` in `model.py` can trust further types: review it as code',
      },
    },
  ],
  removed: [
    {
      package: 'scikit-learn',
      api: 'OneHotEncoder(sparse=',
      since: '1.4.0',
      instead: 'OneHotEncoder(sparse_output=',
      source: 'https://scikit-learn.org/stable/whats_new/v1.2.html',
    },
    {
      package: 'scikit-learn',
      api: 'squared=False',
      since: '1.6.0',
      instead: 'root_mean_squared_error',
      source: 'https://scikit-learn.org/stable/whats_new/v1.4.html',
    },
    {
      package: 'scikit-learn',
      api: 'force_all_finite=',
      since: '1.8.0',
      instead: 'ensure_all_finite=',
      source: 'https://scikit-learn.org/stable/whats_new/v1.6.html',
    },
  ],
  traces: ['scikit-learn', 'sklearn', 'skops', 'skl2onnx'],
  tests: { 'tests/test_sklearn_metrics.py': { varies: [] }, 'tests/test_sklearn_onnx_file.py': { varies: [] } },
});
