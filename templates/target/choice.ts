import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * How a deployment is started and stopped. `promotion`: what `up` does with what was promoted, the end of a sentence about it,
     * where the deployment does not follow the registry by itself. `whileAsked`: nothing of it runs, listens or says anything
     * while nobody asks, so its silence is no fault and nothing can be scraped.
     */
    deployment: { readonly up: string; readonly down: string; readonly promotion?: string; readonly whileAsked?: true };
  }
}

export default defineChoice({
  id: 'target',
  title: 'Target',
  question: 'Where is the service deployed?',
  group: 'Serving',
  order: 100,
  asked: 'first',
  takes: 'many',
  per: 'project',
  contract: ['deployment'],
  default: () => ['compose'],
});
