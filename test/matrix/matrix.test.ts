import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { type Cases, coveringCases } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { writeEvidence } from '../support/evidence.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { proofCatalogue } from '../support/proofs.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/**
 * Renders every pair of options, every triple of the main choices, and 200 random full stacks in memory, and checks
 * their content. The cases are derived from the catalog.
 */

let catalogue: Catalogue;
let matrix: Cases;
let inspector: Inspector;
const failed: string[] = [];
const rendered = new Set<string>();

beforeAll(async () => {
  const source = await loadTemplates();
  catalogue = createCatalogue(source);
  const proofs = proofCatalogue(source);
  matrix = coveringCases(catalogue, (values) => refusals(BUILT_IN, values).length > 0);
  inspector = new Inspector(catalogue);
  const contents = new Contents();
  const times: number[] = [];
  let files = 0;
  const from = performance.now();
  const cpu = process.cpuUsage();
  for (const item of matrix.cases) {
    try {
      const stack = renderCase(item, catalogue, contents, proofs);
      inspector.inspect(stack);
      for (const id of stack.modules) rendered.add(id);
      times.push(stack.milliseconds);
      files += stack.files.size;
    } catch (error) {
      failed.push(`${item.label}: ${(error as Error).message}`);
    }
  }
  await inspector.finish();
  times.sort((a, b) => a - b);
  const { empty } = inspector.traces.silent();
  const at = (share: number): string => `${(times[Math.floor(times.length * share)] ?? 0).toFixed(1)} ms`;
  const rows = {
    ...matrix.counts,
    'resolve + plan + render of a case': `median ${at(0.5)}, p95 ${at(0.95)}`,
    files,
    'distinct contents': contents.size,
    'answers of checks': inspector.answers,
    'modules traced both ways': `${inspector.traces.bothWays} of ${inspector.traces.modules}; the others are never left out`,
    'skipped, no trace and no output': empty.length === 0 ? 'none' : `${empty.length} (${empty.join(', ')})`,
    'skipped checks': inspector.skipped.length === 0 ? 'none' : inspector.skipped.join('; '),
    'rendering and checking':
      `${((performance.now() - from) / 1000).toFixed(1)} s, of the processor ` +
      `${(process.cpuUsage(cpu).user / 1e6).toFixed(1)} s`,
  };
  console.log(
    Object.entries(rows)
      .map(([what, value]) => `  ${what.padEnd(34)} ${value}`)
      .join('\n'),
  );
}, 300_000);

/** A failure shows the first problems in full, and the number of all problems. */
const none = (problems: readonly string[]): void =>
  expect(problems.length > 30 ? [...problems.slice(0, 30), `and ${problems.length - 30} more`] : problems).toEqual([]);

describe('the matrix', () => {
  it('has an option for every choice, including the default', () => {
    const values: Record<string, string | readonly string[]> = {};
    none(
      catalogue.choices.flatMap((choice) => {
        const ids = (catalogue.options.get(choice.id) ?? []).map((module) => module.id);
        values[choice.id] = choice.default(values);
        return [values[choice.id]!]
          .flat()
          .filter((id) => !ids.includes(id))
          .map((id) => `${choice.id}: its default ${id} is no option`);
      }),
    );
  });

  it('resolves, plans and renders every case', () => none(failed));

  it.each(CHECKS)('passes the check: %s', (check) => none(inspector.problems(check)));

  it('requires a trace from every module that contributes to the output', () =>
    none(
      inspector.traces
        .silent()
        .faulty.map((id) => `${id} writes files, pins or entries of slots and declares no trace`),
    ));

  it('renders every file of the catalog in some case', () => none(inspector.unused(catalogue)));

  it('records the options that were rendered without a problem for the support matrix', () => {
    none([...failed, ...CHECKS.flatMap((check) => inspector.problems(check))]);
    writeEvidence('rendered', 'matrix', [...rendered]);
  });
});
