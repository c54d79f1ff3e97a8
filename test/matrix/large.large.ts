import { expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { coveringCases, factorsOf, MAIN } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { product } from '../support/covering.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { enlarge, hasTwins, originalOf, SPREAD } from '../support/large-catalogue.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

it('renders and checks a catalog with 80 more options within its limit of cases', async () => {
  const cpu = process.cpuUsage();
  const source = enlarge(await loadTemplates());
  const catalogue = createCatalogue(source);
  const isRefused = (values: Readonly<Record<string, unknown>>): boolean =>
    hasTwins(values) || refusals(BUILT_IN, originals(values)).length > 0;
  const { cases, counts } = coveringCases(catalogue, isRefused);
  const covering = process.cpuUsage(cpu).user / 1e6;

  // A copy leaves the traces of its original, so it counts as the original.
  const inspector = new Inspector(createCatalogue(await loadTemplates()));
  const contents = new Contents();
  const failed: string[] = [];
  const times: number[] = [];
  for (const item of cases) {
    const from = process.cpuUsage();
    try {
      const stack = renderCase(item, catalogue, contents);
      times.push(process.cpuUsage(from).user / 1000);
      inspector.inspect({ ...stack, modules: new Set([...stack.modules].map(moduleOf)) });
    } catch (error) {
      failed.push(`${(error as Error).message}: ${item.label}`);
    }
  }
  await inspector.finish();
  times.sort((a, b) => a - b);

  const factors = factorsOf(catalogue);
  const sizes = catalogue.choices.map(({ id }) => catalogue.options.get(id)!.length).sort((a, b) => b - a);
  const main = factors.filter(({ id }) => MAIN.includes(id));
  const triples = [...product(main.map(({ levels }) => levels.length))].filter(
    (row) => !isRefused(Object.assign({}, ...row.map((level, factor) => main[factor]!.levels[level]!.values))),
  ).length;
  const bound = 1.3 * Math.max(sizes[0]! * sizes[1]!, triples);
  const used = process.cpuUsage(cpu);
  console.log(
    Object.entries({
      'options added': Object.values(SPREAD).reduce((sum, count) => sum + count, 0),
      spread: Object.entries(SPREAD)
        .map(([choice, count]) => `${choice} ${count}`)
        .join(', '),
      ...counts,
      'largest product of two choices': sizes[0]! * sizes[1]!,
      'feasible triples of the main choices': triples,
      'most cases allowed': Math.floor(bound),
      'CPU of resolve + plan + render': `median ${times[Math.floor(times.length / 2)]!.toFixed(1)} ms`,
      'CPU of the covering array': `${covering.toFixed(1)} s`,
      'CPU of all': `${((used.user + used.system) / 1e6).toFixed(1)} s`,
    })
      .map(([what, value]) => `  ${what.padEnd(38)} ${value}`)
      .join('\n'),
  );
  expect(failed.slice(0, 10)).toEqual([]);
  for (const check of CHECKS) expect(inspector.problems(check).slice(0, 10), check).toEqual([]);
  expect(cases.length).toBeLessThanOrEqual(bound);
});

const moduleOf = (id: string): string => {
  const [choice, option] = id.split('/') as [string, string];
  return `${choice}/${originalOf(option)}`;
};

const originals = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? value.map(original) : original(value)]),
  );
const original = (value: unknown): unknown => (typeof value === 'string' ? originalOf(value) : value);
