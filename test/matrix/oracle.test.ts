import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import type { Broken } from '../../src/core/resolve.ts';
import { resolveConfig } from '../../src/core/solver.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { type Case, caseOf, coveringCases, factorsOf, givenOf } from '../support/cases.ts';
import { BUILT_IN, CONTRACT, type Refusal, refusals } from '../support/compatibility.ts';
import { product } from '../support/covering.ts';
import { plain } from '../support/plain-module.ts';
import { loadTemplates } from '../support/stacks.ts';

/** Compares the needs of the modules with an independent table. */

const FIXTURES = join(import.meta.dirname, '../fixtures/contract');

const PLAIN = [
  plain('cloud', 'local', { artifactStore: () => ({ scheme: 'file', roots: {} }) }),
  plain('orchestrator', 'plain', { pipelineRunner: () => ({ module: 'plain', title: 'Plain' }) }),
  plain('tracker', 'plain', { trackerClient: () => ({ module: 'plain', object: 'Plain' }) }),
  plain('protocols', 'rest', { wireProtocol: () => ({ module: 'rest', format: 'json-rows' }) }),
  plain('protocols', 'v2', { wireProtocol: () => ({ module: 'v2', format: 'open-inference' }) }),
  plain('target', 'plain', { deployment: () => ({ up: 'make up', down: 'make down' }) }),
  plain('ci', 'plain', { ciSystem: () => ({ file: '' }) }),
];

const said = (broken: readonly Broken[]): string[] => broken.map(({ by, needs }) => `${by} needs ${needs}`).sort();
const foretold = (rules: readonly Refusal[]): string[] =>
  [...new Set(rules.map(({ by, needs }) => `${by} needs ${needs}`))].sort();

/** Cases for which the modules and the table differ. */
function disagreements(
  cases: Iterable<Case>,
  catalogue: Catalogue,
  table: readonly Refusal[],
): { wrong: string[]; refused: number; total: number } {
  const wrong: string[] = [];
  let refused = 0;
  let total = 0;
  for (const item of cases) {
    total++;
    const { broken } = resolveConfig(readConfig(givenOf(item), catalogue, 'demo').config, catalogue);
    const [actual, expected] = [said(broken), foretold(refusals(table, item.values))];
    if (actual.length > 0) refused++;
    if (actual.join() !== expected.join())
      wrong.push(
        `${item.label}: the table says ${expected.join(', ') || 'it resolves'}, the modules say ` +
          `${actual.join(', ') || 'it resolves'}`,
      );
  }
  return { wrong: wrong.slice(0, 20), refused, total };
}

function* everyCase(catalogue: Catalogue): Generator<Case> {
  const factors = factorsOf(catalogue).filter((factor) => catalogue.choices.some((choice) => choice.id === factor.id));
  for (const row of product(factors.map((factor) => factor.levels.length))) yield caseOf(row, factors, catalogue);
}

describe('the rules of the modules', () => {
  let templates: Catalogue;
  let contract: Catalogue;

  beforeAll(async () => {
    const source = await loadTemplates();
    templates = createCatalogue(source);
    const fixtures = await loadSource(FIXTURES);
    const modules = [
      ...fixtures.modules,
      ...PLAIN.filter(({ id }) => !fixtures.modules.some((module) => module.id === id)),
    ];
    const used = new Set(modules.map(({ module }) => module.choice));
    const choices = [
      ...fixtures.choices,
      ...source.choices.filter((choice) => !fixtures.choices.some((own) => own.id === choice.id)),
    ].filter((choice) => used.has(choice.id));
    contract = createCatalogue({ choices, modules, parts: [], files: () => [] });
  });

  it('agree with the table on every combination of the contract fixtures', () => {
    const { wrong, refused, total } = disagreements(everyCase(contract), contract, CONTRACT);
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(total);
    console.log(
      `  contract fixtures: ${total} combinations, ${refused} refused, each by the rule that the table foretells`,
    );
  });

  it('agree with the table on the built-in catalog', () => {
    // Does not use the table, so that refused cases also occur.
    const { cases } = coveringCases(templates, () => false);
    const { wrong, refused, total } = disagreements(cases, templates, BUILT_IN);
    expect(wrong).toEqual([]);
    console.log(`  built-in catalogue: ${total} combinations, ${refused} refused`);
  });

  it('differ from the table if either side has an extra rule', () => {
    const extra: Refusal = { where: { target: 'kserve', cloud: 'aws' }, by: 'target/kserve', needs: 'artifactStore' };
    expect(disagreements(everyCase(contract), contract, [...CONTRACT, extra]).wrong.length).toBeGreaterThan(0);
    for (const rule of CONTRACT)
      expect(
        disagreements(
          everyCase(contract),
          contract,
          CONTRACT.filter((other) => other !== rule),
        ).wrong.length,
      ).toBeGreaterThan(0);
  });
});
