import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** Python modules for boosted trees: `graph` writes them as ONNX, `inputs` encodes their columns. */
    treeGraph: { readonly graph: string; readonly inputs: string };
  }
}

const checked = '2026-11-21';

/** What every library of boosted trees needs to be served as one graph: inputs, one-hot columns, sigmoid. */
export default definePart({
  onDemand: true,
  provides: { treeGraph: () => ({ graph: 'onnx_trees', inputs: 'tree_inputs' }) },
  pins: { onnx: { version: '1.23.2', checked, groups: ['train'] } },
});
