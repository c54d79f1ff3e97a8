import { defineConfig } from 'vitest/config';

// Repositories are installed and run for real: one at a time, since two of them would fight over two cores.
export default defineConfig({
  test: { include: ['test/e2e/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false, bail: 0 },
});
