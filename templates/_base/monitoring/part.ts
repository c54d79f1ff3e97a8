import { definePart } from '../../../src/core/contract.ts';

/**
 * Monitoring that every repository has: a drift report, a retraining decision, figures for the metrics of the service.
 */
export default definePart({
  needs: {
    inferenceServer: {
      where: ({ predictionLog }) => predictionLog === 'in-process',
      because: 'drift, quality and lineage are computed from the prediction log',
    },
    driftDetector: { because: 'the step monitor compares recent rows with the training rows' },
  },
  sees: {
    metricsBackend: { many: true, because: 'steps send their results to a backend that does not scrape' },
  },
  moved: { 'src/__package__/monitoring/state.py': 'src/__package__/monitoring/state.py.ejs' },
  contributes: () => [
    { slot: 'docs', key: 'docs/monitoring.md', value: { title: 'Monitoring: read and act on the drift report' } },
    {
      slot: 'grant',
      key: 'serve monitoring',
      value: {
        workload: 'serve',
        to: 'artifactStore',
        verbs: ['read'],
        paths: ['runs/monitoring/'],
        why: 'the service exposes the results of the last monitoring run',
      },
    },
  ],
  tests: {
    'tests/monitoring/test_decision.py': { varies: ['artifactStore', 'registryClient'] },
    'tests/monitoring/test_monitoring.py': {
      varies: ['artifactStore', 'driftDetector', 'modelFramework', 'modelTask', 'registryClient'],
    },
    'tests/monitoring/test_page.py': { varies: ['artifactStore', 'driftDetector', 'modelFramework', 'modelTask'] },
  },
});
