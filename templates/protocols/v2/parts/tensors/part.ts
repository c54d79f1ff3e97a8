import { definePart } from '../../../../../src/core/contract.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /** `serving/tensors.py`: requests of this protocol as columns of a model, and predictions as its outputs. */
    protocolTensors: true;
  }
}

/** The conversion between tensors and columns, for every server that is written in Python. */
export default definePart({
  onDemand: true,
  needs: { pythonServing: { because: 'the schema of the requests checks the values of the tensors' } },
  provides: { protocolTensors: true },
});
