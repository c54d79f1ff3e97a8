import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** CI sums the results of all runs up; elsewhere nothing is written. */
const folder = process.env['VITEST_JSON'];
const reporters = folder
  ? { reporters: ['default', ['json', { outputFile: `${folder}/e2e.json` }]] as ['default', ['json', object]] }
  : {};

/** The file that takes longest begins, so that nothing waits for it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort(
      (a, b) => Number(b.moduleId.endsWith('/stacks.test.ts')) - Number(a.moduleId.endsWith('/stacks.test.ts')),
    );
  }
}

// Repositories are installed and run for real, each mostly on one core: two at a time.
export default defineConfig({
  test: {
    ...reporters,
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
