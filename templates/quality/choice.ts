import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    quality: 'one';
  }
  interface Capabilities {
    /** `quality/<module>.py` holds `object`, an implementation of the Validator protocol. */
    dataValidator: { readonly module: string; readonly object: string };
  }
}

export default defineChoice({
  id: 'quality',
  title: 'Data quality',
  question: 'Which tool validates the data against its contract?',
  group: 'Data',
  order: 70,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['dataValidator'],
  owes: ['docs', 'diagram-node'],
  default: () => 'pandera',
});
