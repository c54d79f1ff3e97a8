import { defineConfig } from 'vitest/config';

/** Every combination of the catalogue: too many for `npm test`, a command of its own. */
export default defineConfig({
  test: {
    include: ['test/matrix/full.full.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 24 * 3_600_000,
    server: { deps: { inline: [/\/templates\//] } },
  },
});
