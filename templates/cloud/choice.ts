import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** Where data, models and runs are stored. `scheme` as fsspec spells it. */
    artifactStore: { readonly scheme: 'file' | 's3' | 'gs' | 'abfs' };
  }
}

export default defineChoice({
  id: 'cloud',
  title: 'Cloud',
  question: 'Which cloud does it run on?',
  group: 'Where it runs',
  order: 10,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: ['artifactStore'],
  default: () => 'local',
});
