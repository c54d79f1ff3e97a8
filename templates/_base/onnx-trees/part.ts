import { definePart } from '../../../src/core/contract.ts';

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
  pins: { onnx: { version: '1.23.2', checked, groups: ['train'] } },
});
