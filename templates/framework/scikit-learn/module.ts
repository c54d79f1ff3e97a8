import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'framework/scikit-learn': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'framework',
  id: 'scikit-learn',
  title: 'scikit-learn',
  summary: 'A pipeline with its preprocessing inside, kept by skops, served as ONNX where that gives the same scores.',
  docs: 'https://scikit-learn.org/stable/',
  why: 'On tables of this size a linear pipeline is the baseline that anything else has to beat, and its ONNX form answers in a small part of the time.',
  watch:
    '`skl2onnx` follows scikit-learn with a delay: raise both together and let the parity test decide. A scaler in front of trees breaks parity, because ONNX compares in float32.',
  status: 'active',
  home: 'src/__package__/models/',
  provides: { modelFramework: () => ({ title: 'scikit-learn' }) },
  owners: { 'src/**': 'starter' },
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
  contributes: () => [
    { slot: 'params', key: 'train.C', value: { value: 1, comment: 'inverse strength of the regularisation' } },
    { slot: 'params', key: 'train.max_iter', value: { value: 500, comment: 'most iterations of the solver' } },
    { slot: 'docs', key: 'docs/tools/scikit-learn.md', value: { title: 'scikit-learn' } },
    { slot: 'untyped', key: 'sklearn.*', value: { why: 'scikit-learn comes without types' } },
    { slot: 'untyped', key: 'skl2onnx.*', value: { why: 'skl2onnx comes without types' } },
    { slot: 'untyped', key: 'skops.*', value: { why: 'skops comes without types' } },
    {
      slot: 'diagram-node',
      key: 'scikit_learn',
      value: { title: 'scikit-learn', detail: 'model.skops, model.onnx', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline scikit_learn', value: { label: 'train, export' } },
    {
      slot: 'threat',
      key: 'A skops file names a type that runs code',
      value: {
        area: 'data',
        measure: 'Types that skops does not trust are refused when the file is read',
        left: 'trusting a type more is an edit of `model.py`: review it as code',
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
});
