import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    registry: 'one';
  }
  interface Capabilities {
    /** `registry/<module>.py` holds `object`, an implementation of the Registry protocol. */
    registryClient: { readonly module: string; readonly object: string };
  }
}

export default defineChoice({
  id: 'registry',
  title: 'Registry',
  question: 'Where are model versions and their aliases stored?',
  group: 'Training',
  order: 40,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['registryClient'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'mlflow',
});
