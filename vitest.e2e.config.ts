import { defineConfig } from 'vitest/config';

/** CI sums the results of all runs up; elsewhere nothing is written. */
const folder = process.env['VITEST_JSON'];
const reporters = folder ? { reporters: ['default', ['json', { outputFile: `${folder}/e2e.json` }]] as ['default', ['json', object]] } : {};

// Repositories are installed and run for real: one at a time, since two of them would fight over two cores.
export default defineConfig({
  test: { ...reporters, include: ['test/e2e/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false },
});
