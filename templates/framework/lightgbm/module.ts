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
  summary:
    'Gradient boosted trees kept as a text file that people can read, served as an ONNX graph that scores the same.',
  docs: 'https://lightgbm.readthedocs.io/en/stable/',
  why: 'Boosted trees in a file that people can read and compare with `diff`, trained on one core.',
  watch:
    'It needs the OpenMP runtime, which slim images and macOS lack. What `lightgbm_onnx.py` cannot write (native categories, linear leaves, other objectives) is refused by the gate, or, with `gates.native`, served by LightGBM itself, slower.',
  status: 'active',
  home: 'src/__package__/models/',
  needs: { treeGraph: { because: 'the service runs the trees as an ONNX graph' } },
  provides: { modelFramework: () => ({ title: 'LightGBM' }) },
  owners: { 'src/__package__/models/**': 'starter' },
  pins: {
    lightgbm: { version: '4.7.0', checked, groups },
  },
  contributes: () => [
    { slot: 'params', key: 'train.rounds', value: { value: 200, comment: 'number of trees' } },
    {
      slot: 'params',
      key: 'train.num_leaves',
      value: { value: 15, comment: 'leaves of each tree: what one tree may tell apart' },
    },
    { slot: 'params', key: 'train.learning_rate', value: { value: 0.05, comment: 'share of each tree that is added' } },
    {
      slot: 'params',
      key: 'train.min_data_in_leaf',
      value: { value: 50, comment: 'rows that a leaf needs, so that noise is not learnt' },
    },
    {
      slot: 'doctor',
      key: 'lightgbm',
      value: {
        title: 'LightGBM finds its OpenMP runtime',
        kind: 'command',
        value: "python -c 'import lightgbm'",
        hint: 'install it: apt-get install libgomp1, or brew install libomp',
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
