import { definePart } from '../../../src/core/contract.ts';

/** What an operator does on the first day and on all others, in the words of this stack. */
export default definePart({
  needs: {
    servingApp: { because: 'the page names the address of the service' },
    deployment: { take: 'all', because: 'the page says how each deployment is started and stopped' },
    metricsBackend: { take: 'all', because: 'the page says where alerts lead' },
    artifactStore: { because: 'the page says what has to be backed up' },
    ciSystem: { because: 'the page says what runs by itself' },
  },
  reads: ['core.leftovers', 'env'],
  contributes: () => [
    { slot: 'docs', key: 'docs/operations.md', value: { title: 'Operations: the first day, and all others' } },
  ],
});
