import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    tracker: 'one';
  }
  interface Capabilities {
    /** `tracking/<module>.py` holds `object`, an implementation of the Tracker protocol. */
    trackerClient: { readonly module: string; readonly object: string };
  }
}

export default defineChoice({
  id: 'tracker',
  title: 'Tracker',
  question: 'Where are runs, parameters and metrics recorded?',
  group: 'Training',
  order: 30,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: ['trackerClient'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'mlflow',
});
