import { defineConfig } from 'vitest/config';

/** CI sums up the results of all runs. Outside CI, no report is written. */
const folder = process.env['VITEST_JSON'];
const reporters = folder
  ? { reporters: ['default', ['json', { outputFile: `${folder}/unit.json` }]] as ['default', ['json', object]] }
  : {};

export default defineConfig({
  // Modules outside this package import it by its name.
  resolve: { alias: { 'create-mlops-stack': new URL('./src/api.ts', import.meta.url).pathname } },
  test: {
    ...reporters,
    projects: [
      // Tests of pure functions share the modules that they load, which is the greater part of their time.
      { extends: true, test: { name: 'pure', include: ['test/{unit,matrix}/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'files', include: ['test/{cli,update}/**/*.test.ts'] } },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: '100%',
    server: { deps: { inline: [/\/templates\//] } },
  },
});
