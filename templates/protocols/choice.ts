import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    protocols: 'many';
  }
  interface Capabilities {
    /** `serving/protocols/<module>.py` exports `routes`. */
    wireProtocol: { readonly module: string };
  }
}

export default defineChoice({
  id: 'protocols',
  title: 'Protocols',
  question: 'Which protocols does the service support?',
  group: 'Serving',
  order: 90,
  asked: 'later',
  takes: 'many',
  per: 'project',
  contract: ['wireProtocol'],
  owes: ['docs', 'diagram-edge'],
  default: () => ['rest', 'v2'],
});
