import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    secrets: 'one';
  }
  interface Capabilities {
    /**
     * Python module of the package whose `read_secret(name, settings)` returns the value of a secret, or None where
     * there is none.
     */
    secretStore: { readonly module: string };
  }
}

export default defineChoice({
  id: 'secrets',
  title: 'Secrets',
  question: 'Where do secrets come from?',
  group: 'Delivery',
  order: 140,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['secretStore'],
  default: () => 'env',
});
