import { defineModule, type Pin } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'framework/jax': true;
  }
}

const checked = '2026-11-21';
const groups = ['native', 'train'];
const BECAUSE = 'newer JAX releases require Python 3.12';

/** One release for Python 3.11, and one for newer versions. */
function both(old: string, recent: string, roles: readonly string[]): Pin[] {
  return [
    { version: old, marker: "python_version < '3.12'", checked, groups: roles, because: BECAUSE },
    { version: recent, marker: "python_version >= '3.12'", checked, groups: roles },
  ];
}

export default defineModule({
  choice: 'framework',
  id: 'jax',
  title: 'JAX',
  summary: 'A neural network in Flax NNX, trained with Optax, and served as an ONNX graph with equal scores.',
  docs: 'https://docs.jax.dev/',
  why:
    'Gives full control of the network and its loss: both are Python functions that JAX compiles. ' +
    'The service needs ONNX Runtime only.',
  watch:
    'JAX releases often and removes APIs after a few months: update JAX, Flax and Optax together. ' +
    'Python 3.11 uses JAX 0.10. `jax_onnx.py` writes the layers of `Network`: change both together.',
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
  pins: {
    // Only training needs Flax and Optax.
    flax: both('0.12.8', '0.12.12', ['train']),
    // `jax.export` reads and writes programs with it.
    flatbuffers: { version: '25.12.19', checked, groups },
    jax: both('0.10.2', '0.12.0.1', groups),
    jaxlib: both('0.10.2', '0.12.0.1', groups),
    onnx: { version: '1.23.2', checked, groups: ['train'] },
    optax: { version: '0.2.8', checked, groups: ['train'] },
    safetensors: { version: '0.8.0', checked, groups },
  },
  contributes: () => [
    {
      slot: 'params',
      key: 'train.hidden',
      value: { value: [64, 32], comment: 'number of units of each hidden layer' },
    },
    {
      slot: 'params',
      key: 'train.dropout',
      value: { value: 0.1, comment: 'share of the units that each step leaves out; limits overfitting' },
    },
    { slot: 'params', key: 'train.learning_rate', value: { value: 0.002, comment: 'step size of AdamW, up to 1' } },
    {
      slot: 'params',
      key: 'train.weight_decay',
      value: { value: 0.01, comment: 'decay of the weights by AdamW; limits overfitting' },
    },
    { slot: 'params', key: 'train.batch_size', value: { value: 256, comment: 'rows of a step' } },
    { slot: 'params', key: 'train.epochs', value: { value: 40, comment: 'largest number of passes over the rows' } },
    {
      slot: 'params',
      key: 'train.patience',
      value: { value: 5, comment: 'epochs without a lower validation loss before training ends' },
    },
    {
      slot: 'search-range',
      key: 'dropout',
      value: { comment: 'share of the units that each step leaves out', low: 0, high: 0.5 },
    },
    {
      slot: 'search-range',
      key: 'learning_rate',
      value: { comment: 'step size of AdamW', low: 0.0002, high: 0.02, log: true },
    },
    {
      slot: 'search-range',
      key: 'weight_decay',
      value: { comment: 'decay of the weights', low: 0.0001, high: 0.3, log: true },
    },
    { slot: 'untyped', key: 'optax.*', value: { why: 'Optax has no type annotations' } },
    { slot: 'docs', key: 'docs/tools/jax.md', value: { title: 'JAX: network, checkpoints, ONNX' } },
    {
      slot: 'diagram-node',
      key: 'jax',
      value: { title: 'JAX', detail: 'weights.safetensors, model.onnx', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline jax', value: { label: 'train, export' } },
    {
      slot: 'threat',
      key: 'A program of `jax.export` calls a function outside of itself',
      value: {
        area: 'data',
        measure: 'A model with such a program, or with weights that do not fit it, is not loaded',
        test: 'tests/test_jax_files.py',
        left: 'The parser of StableHLO is C++ code. The service does not run it if the model has an ONNX file',
      },
    },
  ],
  removed: [
    {
      package: 'jax',
      api: 'jax.tree_map(',
      since: '0.6.0',
      instead: 'jax.tree.map(',
      source: 'https://docs.jax.dev/en/latest/changelog.html',
    },
    {
      package: 'jax',
      api: 'jax.experimental.export',
      since: '0.4.36',
      instead: 'jax.export',
      source: 'https://docs.jax.dev/en/latest/changelog.html',
    },
    {
      package: 'jax',
      api: 'jax.experimental.enable_x64',
      since: '0.9.0',
      instead: 'jax.enable_x64(True)',
      source: 'https://docs.jax.dev/en/latest/changelog.html',
    },
  ],
  traces: ['jax', 'JAX', 'flax', 'optax', 'safetensors'],
  tests: {
    'tests/test_jax_files.py': { varies: [] },
    'tests/test_jax_onnx.py': { varies: [] },
    'tests/test_jax_training.py': { varies: [] },
  },
});
