import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** How the backend gets the metrics (it scrapes them, or they are pushed), and the index of its runbooks; empty where there are none. */
    metricsBackend: { readonly ingest: 'scrape' | 'push'; readonly runbooks: string };
  }
}

export default defineChoice({
  id: 'monitoring',
  title: 'Monitoring',
  question: 'What watches the service?',
  group: 'Monitoring',
  order: 110,
  asked: 'later',
  takes: 'many',
  per: 'project',
  contract: ['metricsBackend'],
  default: () => ['prometheus'],
});
