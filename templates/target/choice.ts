import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** How a deployment is started and stopped. */
    deployment: { readonly up: string; readonly down: string };
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
