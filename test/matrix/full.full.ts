import { expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { caseOf, factorsOf } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { product } from '../support/covering.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/** Every combination of every choice: `npm run matrix:full`. */

const PROGRESS = 1000;

it('every combination of the catalog renders without a problem', async () => {
  const catalogue = createCatalogue(await loadTemplates());
  const factors = factorsOf(catalogue);
  const levels = factors.map((factor) => factor.levels.length);
  const total = levels.reduce((size, count) => size * count, 1);
  const inspector = new Inspector(catalogue);
  const contents = new Contents();
  const failed: string[] = [];
  const from = performance.now();
  const cpu = process.cpuUsage();
  let done = 0;
  let refused = 0;
  for (const row of product(levels)) {
    const item = caseOf(row, factors, catalogue);
    if (refusals(BUILT_IN, item.values).length > 0) refused++;
    else {
      try {
        inspector.inspect(renderCase(item, catalogue, contents));
      } catch (error) {
        failed.push(`${item.label}: ${(error as Error).message}`);
      }
    }
    if (++done % PROGRESS > 0) continue;
    console.log(
      `  ${done} of ${total}, ${contents.size} distinct contents, ${((performance.now() - from) / 1000).toFixed(0)} s`,
    );
    // Yields to the event loop, so that the output appears before the next thousand cases.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await inspector.finish();
  console.log(
    `  the full product: ${done} cases (${factors.map((factor) => factor.levels.length).join(' x ')}), ` +
      `${refused} refused, ${contents.size} distinct contents, ${inspector.answers} answers of checks, ` +
      `${((performance.now() - from) / 1000).toFixed(0)} s, of the processor ` +
      `${(process.cpuUsage(cpu).user / 1e6).toFixed(0)} s`,
  );
  if (inspector.skipped.length > 0) console.log(`  skipped: ${inspector.skipped.join('; ')}`);
  expect(done).toBe(total);
  expect([
    ...failed.slice(0, 20),
    ...CHECKS.flatMap((check) => inspector.problems(check).map((problem) => `${check}: ${problem}`)),
  ]).toEqual([]);
});
