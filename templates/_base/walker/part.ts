import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `pipelines/<module>` holds what walkers of definitions share, and `tests/walker_suite.py` the tests that each of
     * them passes.
     */
    definitionWalker: { readonly module: string };
  }
}

/**
 * The ground of walkers. A walker runs on this machine the definition that a tool would run elsewhere. It knows what
 * this repository's definition is made of and refuses everything else by name and line.
 */
export default definePart({
  onDemand: true,
  reads: ['pipeline-step'],
  provides: { definitionWalker: () => ({ module: 'walking' }) },
});
