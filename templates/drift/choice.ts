import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    drift: 'one';
  }
  interface Capabilities {
    /** `monitoring/<module>.py` holds `object`, which compares two samples. */
    driftDetector: { readonly module: string; readonly object: string };
  }
}

export default defineChoice({
  id: 'drift',
  title: 'Drift',
  question: 'What detects drift?',
  group: 'Monitoring',
  order: 120,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['driftDetector'],
  owes: ['docs', 'diagram-node'],
  default: () => 'builtin',
});
