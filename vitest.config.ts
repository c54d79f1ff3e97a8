import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/{unit,matrix,cli}/**/*.test.ts'], testTimeout: 60_000, server: { deps: { inline: [/\/templates\//] } } },
});
