import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `pipelines/<module>` contains the code that walkers share, and `tests/walker_suite.py` the tests that each of
     * them must pass.
     */
    definitionWalker: { readonly module: string };
  }
}

/**
 * Shared code of walkers. A walker runs the definition of a hosted orchestrator locally. It accepts the elements of
 * this repository's definition and refuses all others with name and line.
 */
export default definePart({
  onDemand: true,
  reads: ['pipeline-step'],
  provides: { definitionWalker: () => ({ module: 'walking' }) },
});
