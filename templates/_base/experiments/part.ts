import { definePart } from '../../../src/core/contract.ts';

/** A file for each run, the same for every tracker, and `make experiments`, which compares them. */
export default definePart({
  needs: { trackerClient: { because: 'a run of the tracker is recorded as a file too' } },
  contributes: () => [
    { slot: 'docs', key: 'docs/experiments.md', value: { title: 'Experiments: compare the runs of a model' } },
  ],
  tests: { 'tests/test_experiments.py': { varies: ['artifactStore', 'trackerClient'] } },
});
