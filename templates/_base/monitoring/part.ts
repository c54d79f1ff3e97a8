import { definePart } from '../../../src/core/contract.ts';

/**
 * What every repository does with rows that arrive: a report, a retraining decision, numbers for the service's metrics.
 */
export default definePart({
  needs: {
    driftDetector: { because: 'the step monitor compares arriving rows with those of training' },
    metricsBackend: { take: 'all', because: 'a backend that does not scrape is sent what steps find out' },
  },
  moved: { 'src/__package__/monitoring/state.py': 'src/__package__/monitoring/state.py.ejs' },
  contributes: () => [
    { slot: 'docs', key: 'docs/monitoring.md', value: { title: 'Monitoring: the drift report, and how to read it' } },
    {
      slot: 'grant',
      key: 'serve monitoring',
      value: {
        workload: 'serve',
        to: 'artifactStore',
        verbs: ['read'],
        paths: ['runs/monitoring/'],
        why: 'the service shows what the last monitoring found',
      },
    },
  ],
});
