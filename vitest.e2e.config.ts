import { defineConfig } from 'vitest/config';

/** `npm run prove` sums up the results of all runs; otherwise nothing is written. */
const output = process.env['E2E_JSON'];
const reporters = output
  ? { reporters: ['default', ['json', { outputFile: output }]] as ['default', ['json', object]] }
  : {};

// `npm run prove` runs several files at a time, each in its own process. They install and run repositories, each mostly
// on one core.
export default defineConfig({
  test: {
    ...reporters,
    include: ['test/e2e/**/*.test.ts'],
    setupFiles: ['test/e2e/setup.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
    server: { deps: { inline: [/\/templates\//] } },
  },
});
