import { definePart } from '../../../src/core/contract.ts';

/** Runbooks for the first day and for daily operation, with the commands of this stack. */
export default definePart({
  needs: {
    inferenceServer: { because: 'the page names the address of the service' },
    artifactStore: { because: 'the page describes what to back up' },
    ciSystem: { because: 'the page links to the page of the CI system' },
  },
  sees: {
    deployment: { many: true, because: 'the page describes how to start and stop each deployment' },
    metricsBackend: { many: true, because: 'the page links to the runbooks' },
  },
  reads: ['core.leftovers', 'env'],
  contributes: () => [
    { slot: 'docs', key: 'docs/operations.md', value: { title: 'Operations: set up, run, troubleshoot, back up' } },
  ],
});
