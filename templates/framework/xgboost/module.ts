import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'framework/xgboost': true;
  }
}

const checked = '2026-11-21';
const groups = ['native', 'train'];

export default defineModule({
  choice: 'framework',
  id: 'xgboost',
  title: 'XGBoost',
  summary: 'Gradient boosted trees, stored with their categories and served as an ONNX graph with equal scores.',
  docs: 'https://xgboost.readthedocs.io/',
  why: "Boosted trees perform well on tabular data, and most other inference servers can load XGBoost's files.",
  watch:
    'Linux and macOS use different packages, and Python 3.11 uses XGBoost 3.2. `onnx_trees.py` writes the ONNX ' +
    'graph: after an upgrade, verify that the scores on the whole test set are equal.',
  status: 'active',
  home: 'src/__package__/models/',
  needs: {
    modelTask: {
      where: ({ predicts }) => ['probability', 'probabilities', 'value'].includes(predicts),
      because: '`model.py` is written for classes and for numbers',
    },
    treeGraph: { because: 'the service runs the trees as an ONNX graph' },
  },
  provides: { modelFramework: true },
  owners: { 'src/__package__/models/**': 'starter' },
  moved: { 'src/__package__/models/__model__/model.py': 'src/__package__/models/__model__/model.py.ejs' },
  pins: {
    xgboost: [
      { version: '3.2.0', marker: "sys_platform == 'darwin' and python_version < '3.12'", checked, groups },
      { version: '3.4.1', marker: "sys_platform == 'darwin' and python_version >= '3.12'", checked, groups },
    ],
    'xgboost-cpu': [
      {
        version: '3.2.0',
        marker: "sys_platform != 'darwin' and python_version < '3.12'",
        checked,
        groups,
        imports: ['xgboost'],
        because: 'newer XGBoost releases require Python 3.12',
      },
      {
        version: '3.4.1',
        marker: "sys_platform != 'darwin' and python_version >= '3.12'",
        checked,
        groups,
        imports: ['xgboost'],
      },
    ],
  },
  contributes: () => [
    { slot: 'params', key: 'train.rounds', value: { value: 200, comment: 'number of trees' } },
    {
      slot: 'params',
      key: 'train.max_depth',
      value: { value: 4, comment: 'largest depth of a tree' },
    },
    { slot: 'params', key: 'train.learning_rate', value: { value: 0.05, comment: 'weight of each added tree' } },
    {
      slot: 'params',
      key: 'train.min_child_weight',
      value: { value: 10, comment: 'smallest sum of instance weights in a leaf; limits overfitting' },
    },
    {
      slot: 'search-range',
      key: 'rounds',
      value: { comment: 'number of trees', low: 50, high: 400, log: true, integer: true },
    },
    {
      slot: 'search-range',
      key: 'max_depth',
      value: { comment: 'largest depth of a tree', low: 2, high: 9, integer: true },
    },
    {
      slot: 'search-range',
      key: 'learning_rate',
      value: { comment: 'weight of each added tree', low: 0.01, high: 0.3, log: true },
    },
    {
      slot: 'search-range',
      key: 'min_child_weight',
      value: { comment: 'smallest sum of instance weights in a leaf', low: 1, high: 100, log: true },
    },
    { slot: 'untyped', key: 'xgboost.*', value: { why: 'XGBoost has no type annotations' } },
    { slot: 'docs', key: 'docs/tools/xgboost.md', value: { title: 'XGBoost: trees, categories, ONNX' } },
    {
      slot: 'diagram-node',
      key: 'xgboost',
      value: { title: 'XGBoost', detail: 'model.ubj, model.onnx', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline xgboost', value: { label: 'train, export' } },
  ],
  traces: ['xgboost', 'XGBoost'],
});
