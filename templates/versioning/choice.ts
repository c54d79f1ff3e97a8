import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** How a data revision is named in lineage. */
    dataVersioning: { readonly kind: 'hash' | 'commit' };
  }
}

export default defineChoice({
  id: 'versioning',
  title: 'Data versioning',
  question: 'How are data sets versioned?',
  group: 'Data',
  order: 60,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['dataVersioning'],
  default: () => 'none',
});
