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
  summary:
    'Gradient boosted trees with their categories kept beside them, served as an ONNX graph that scores the same.',
  docs: 'https://xgboost.readthedocs.io/',
  why: "Boosted trees are hard to beat on tables, and most inference servers can load XGBoost's files should this one be replaced.",
  watch:
    'Linux and macOS install different packages, and Python 3.11 stays on 3.2. The ONNX graph is written by `onnx_trees.py`: after an upgrade parity over the whole test set is the judge, not the version number.',
  status: 'active',
  home: 'src/__package__/models/',
  needs: { treeGraph: { because: 'the service runs the trees as an ONNX graph' } },
  provides: { modelFramework: () => ({ title: 'XGBoost' }) },
  owners: { 'src/__package__/models/**': 'starter' },
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
        because: 'newer releases of XGBoost need Python 3.12',
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
      value: { value: 4, comment: 'splits from the root of a tree to its leaves' },
    },
    { slot: 'params', key: 'train.learning_rate', value: { value: 0.05, comment: 'share of each tree that is added' } },
    {
      slot: 'params',
      key: 'train.min_child_weight',
      value: { value: 20, comment: 'evidence that a leaf needs, so that noise is not learnt' },
    },
    { slot: 'untyped', key: 'xgboost.*', value: { why: 'XGBoost comes without types' } },
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
