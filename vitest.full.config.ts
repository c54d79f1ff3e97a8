import { defineConfig } from 'vitest/config';

/** Tests that are too slow for `npm test`: every combination of the catalog, and a catalog with 80 more options. */
export default defineConfig({
  test: {
    include: ['test/matrix/*.full.ts', 'test/matrix/*.large.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 24 * 3_600_000,
    server: { deps: { inline: [/\/templates\//] } },
  },
});
