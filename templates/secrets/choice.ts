import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    secrets: 'one';
  }
  interface Capabilities {
    /** The module `secret_store`: `read_secret(name, settings)` returns the value of a secret, or None. */
    secretStore: true;
  }
}

export default defineChoice({
  id: 'secrets',
  title: 'Secrets',
  question: 'Where are secrets stored?',
  group: 'Delivery',
  order: 140,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['secretStore'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'leftovers'],
  default: () => 'env',
});
