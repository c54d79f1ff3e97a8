import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'framework/lightgbm': true;
  }
}

const checked = '2026-11-21';
const groups = ['native', 'train'];

export default defineModule({
  choice: 'framework',
  id: 'lightgbm',
  title: 'LightGBM',
  summary: 'Gradient boosted trees, stored as a readable text file and served as an ONNX graph with equal scores.',
  docs: 'https://lightgbm.readthedocs.io/en/stable/',
  why: 'Trains boosted trees on one core, and stores them in a file that you can read and compare with `diff`.',
  watch:
    'LightGBM needs the OpenMP runtime, which slim images and macOS do not include. ' +
    '`lightgbm_onnx.py` cannot convert native categories, linear leaves and other objectives. ' +
    'The gate refuses such a model unless `gates.native` is set; LightGBM then serves it, which is slower.',
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
    lightgbm: { version: '4.7.0', checked, groups },
  },
  contributes: () => [
    { slot: 'params', key: 'train.rounds', value: { value: 200, comment: 'number of trees' } },
    {
      slot: 'params',
      key: 'train.num_leaves',
      value: { value: 15, comment: 'largest number of leaves of a tree' },
    },
    { slot: 'params', key: 'train.learning_rate', value: { value: 0.05, comment: 'weight of each added tree' } },
    {
      slot: 'params',
      key: 'train.min_data_in_leaf',
      value: { value: 20, comment: 'smallest number of rows in a leaf; limits overfitting' },
    },
    {
      slot: 'search-range',
      key: 'rounds',
      value: { comment: 'number of trees', low: 50, high: 400, log: true, integer: true },
    },
    {
      slot: 'search-range',
      key: 'num_leaves',
      value: { comment: 'largest number of leaves of a tree', low: 4, high: 64, log: true, integer: true },
    },
    {
      slot: 'search-range',
      key: 'learning_rate',
      value: { comment: 'weight of each added tree', low: 0.01, high: 0.3, log: true },
    },
    {
      slot: 'search-range',
      key: 'min_data_in_leaf',
      value: { comment: 'smallest number of rows in a leaf', low: 5, high: 200, log: true, integer: true },
    },
    {
      slot: 'doctor',
      key: 'lightgbm',
      value: {
        title: 'LightGBM finds its OpenMP runtime',
        kind: 'command',
        value: "python -c 'import lightgbm'",
        hint: 'install the runtime: apt-get install libgomp1, or brew install libomp',
      },
    },
    { slot: 'docs', key: 'docs/tools/lightgbm.md', value: { title: 'LightGBM: trees, categories, ONNX' } },
    {
      slot: 'diagram-node',
      key: 'lightgbm',
      value: { title: 'LightGBM', detail: 'model.txt, model.onnx', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline lightgbm', value: { label: 'train, export' } },
  ],
  traces: ['lightgbm', 'LightGBM'],
});
