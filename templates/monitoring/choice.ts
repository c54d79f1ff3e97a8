import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    monitoring: 'many';
  }
  interface Capabilities {
    /**
     * How the backend gets the metrics (scraped or pushed), and the index of its runbooks (empty if there are none).
     * `exporter`, for pushed metrics: the module in `monitoring/` with `start(settings, registry) -> stop` for the
     * service, `by_invocation(settings, registry) -> export` for a function, which is suspended between two events, and
     * `record(settings, model, subject, content)` for values that a step records in its state.
     */
    metricsBackend: { readonly ingest: 'scrape' | 'push'; readonly runbooks: string; readonly exporter?: string };
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
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => ['prometheus'],
});
