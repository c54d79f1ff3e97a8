import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** The file that people open to see the jobs; empty where there is none. */
    ciSystem: { readonly file: string };
  }
}

export default defineChoice({
  id: 'ci',
  title: 'CI',
  question: 'Which system runs checks, training and deployments?',
  group: 'Delivery',
  order: 130,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['ciSystem'],
  default: () => 'github-actions',
});
