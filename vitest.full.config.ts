import { defineConfig } from 'vitest/config';

/** What takes too long for `npm test`: every combination of the catalogue, and a catalogue with 80 more options. */
export default defineConfig({
  test: {
    include: ['test/matrix/*.full.ts', 'test/matrix/*.large.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 24 * 3_600_000,
    server: { deps: { inline: [/\/templates\//] } },
  },
});
