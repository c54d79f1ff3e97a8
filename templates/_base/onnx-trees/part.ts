import { definePart } from '../../../src/core/contract.ts';
import { upgradeStep } from '../package/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The modules `onnx_trees`, which writes boosted trees as ONNX, and `tree_inputs`, which encodes their columns. */
    treeGraph: true;
  }
}

const checked = '2026-11-21';

/** Writes gradient-boosted trees as one ONNX graph: inputs, one-hot columns, sigmoid. */
export default definePart({
  onDemand: true,
  provides: { treeGraph: true },
  contributes: () => [
    upgradeStep('Take the inputs of the trees from the features in `fit`', {
      file: 'model.py',
      before: 'return Trees(tree_inputs.of(CONTRACT), rounds, options)  # in build',
      after: [
        '# in Trees, with `field` from dataclasses',
        'inputs: tree_inputs.Inputs = field(default_factory=dict)',
        '',
        '# in build',
        'return Trees(rounds=rounds, options=options)',
        '',
        '# first line of fit',
        'estimator.inputs = tree_inputs.of(X, CONTRACT)',
      ].join('\n'),
    }),
  ],
  pins: { onnx: { version: '1.23.2', checked, groups: ['train'] } },
});
