import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `pipelines/<module>` contains the code that walkers share: checks of a definition, retries and jobs.
     * `tests/walker_suite.py` contains the tests that each walker must pass.
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
  needs: {
    trackerClient: { because: 'local jobs are forks of a process that has imported its client' },
  },
  reads: ['pipeline-step'],
  provides: { definitionWalker: () => ({ module: 'walking' }) },
  tests: { 'tests/test_walking.py': { varies: ['definitionWalker', 'trackerClient'] } },
});
