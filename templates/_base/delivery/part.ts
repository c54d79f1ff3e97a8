import { definePart } from '../../../src/core/contract.ts';

/** The way of a version from one environment to the next: the same files, judged there, watched, taken back. */
export default definePart({
  needs: {
    deployment: { take: 'all', because: 'the page says who takes over what was promoted' },
    artifactStore: { because: 'the page says what a store in a folder means for a promotion' },
    ciSystem: { because: 'the page says what runs by itself' },
    everyModel: { take: 'any', because: 'the page names what the CI system calls' },
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/delivery.md', value: { title: 'Delivery: a version on its way to the last environment' } },
    { slot: 'env', key: 'SERVICE_URL', value: { default: '', comment: 'The deployed service that make watch asks.' } },
  ],
});
