import type { Catalogue } from '../../src/core/catalogue.ts';
import type { AnyChoice } from '../../src/core/contract.ts';
import type { Given } from '../../src/core/input.ts';
import { cover, type IsRefused, type Row, seeded } from './covering.ts';

/** The factors of a case, read from the catalog. This file names no option. */

export type Level = { readonly label: string; readonly values: Readonly<Record<string, unknown>> };
export type Factor = { readonly id: string; readonly levels: readonly Level[] };
export type Case = { readonly label: string; readonly values: Readonly<Record<string, unknown>> };
export type Cases = { readonly cases: readonly Case[]; readonly counts: Readonly<Record<string, number>> };

/**
 * The choices for which every triple is covered. The others are covered in pairs, because the number of triples would
 * grow too fast.
 */
export const MAIN = ['cloud', 'orchestrator', 'target'];
export const SEED = 20261121;
/** The number of random stacks in addition to the covering array, or a quarter of the array if that is larger. */
export const RANDOM_CASES = 200;

/** For a `many` choice with more options than this, only these subsets are used: none, each alone, and all. */
const MOST_IN_SUBSETS = 3;
const SHORT = 'm';
const USUAL = 'demo';
const LONG = 'customer-churn-scoring-for-the-emea-team';
const LONG_MODEL = 'fraud-of-new-merchants-with-gift-cards-x';

export function factorsOf(catalogue: Catalogue): Factor[] {
  const choices = catalogue.choices.filter((choice) => (catalogue.options.get(choice.id) ?? []).length > 0);
  return [
    ...choices.map((choice) => ({ id: choice.id, levels: levelsOf(choice, catalogue) })),
    {
      id: 'models',
      levels: [
        plain('one', {}),
        plain('two', { models: ['churn', { name: 'fraud' }] }),
        plain('two, long', { models: ['churn', { name: LONG_MODEL }] }),
      ],
    },
    {
      id: 'environments',
      levels: [
        plain('default', {}),
        plain('one', { environments: ['prod'] }),
        plain('three', { environments: ['dev', 'staging', 'prod'] }),
      ],
    },
    {
      id: 'place',
      levels: [
        plain('own', {}),
        plain('folder', { folder: 'services/demo', trunk: 'trunk-x7', owners: ['@acme/ml-team'] }),
      ],
    },
    { id: 'name', levels: [USUAL, SHORT, LONG].map((name) => plain(name, { name })) },
  ];
}

const plain = (label: string, values: Level['values']): Level => ({ label, values });

function levelsOf(choice: AnyChoice, catalogue: Catalogue): Level[] {
  const ids = (catalogue.options.get(choice.id) ?? []).map((module) => module.id);
  if (choice.takes === 'one') return ids.map((id) => plain(id, { [choice.id]: id }));
  const subsets =
    ids.length <= MOST_IN_SUBSETS
      ? ids.reduce<string[][]>((sets, id) => sets.flatMap((set) => [set, [...set, id]]), [[]])
      : [[], ...ids.map((id) => [id]), ids];
  return subsets.map((set) => plain(set.join(',') || 'none', { [choice.id]: set }));
}

/** One row in the form of user input. A second model takes the next option of each per-model choice. */
export function caseOf(row: Row, factors: readonly Factor[], catalogue: Catalogue): Case {
  const values: Record<string, unknown> = Object.assign(
    {},
    ...row.map((level, factor) => factors[factor]!.levels[level]!.values),
  );
  const [first, ...others] = (values['models'] ?? []) as [string?, ...{ name: string }[]];
  if (first) {
    const perModel = catalogue.choices
      .filter((choice) => choice.per === 'model')
      .map((choice) => [choice.id, nextOption(catalogue, choice.id, values[choice.id])] as const);
    values['models'] = [first, ...others.map((model) => ({ ...model, ...Object.fromEntries(perModel) }))];
  }
  return {
    label: row.map((level, factor) => `${factors[factor]!.id}=${factors[factor]!.levels[level]!.label}`).join(' '),
    values,
  };
}

function nextOption(catalogue: Catalogue, choice: string, now: unknown): string {
  const ids = (catalogue.options.get(choice) ?? []).map((module) => module.id);
  return ids[(ids.indexOf(String(now)) + 1) % ids.length]!;
}

export const givenOf = ({ values }: Case): Given => ({
  values,
  where: () => ({}),
  explicit: new Set(Object.keys(values)),
});

/** All pairs of levels, all triples of the main choices, and random stacks. */
export function coveringCases(
  catalogue: Catalogue,
  isRefused: (values: Readonly<Record<string, unknown>>) => boolean,
): Cases {
  const factors = factorsOf(catalogue);
  const levels = factors.map((factor) => factor.levels.length);
  const all = factors.map((_, index) => index);
  const main = all.filter((index) => MAIN.includes(factors[index]!.id));
  const refused: IsRefused = (row) =>
    isRefused(
      Object.assign(
        {},
        ...row.map((level, factor) => (level === undefined ? {} : factors[factor]!.levels[level]!.values)),
      ),
    );
  const { rows, byStrength, excluded } = cover(
    levels,
    [
      { strength: 3, of: main },
      { strength: 2, of: all },
    ],
    SEED,
    refused,
  );
  const random = seeded(SEED);
  const stacks: Row[] = [];
  while (stacks.length < (rows.length < RANDOM_CASES ? RANDOM_CASES : rows.length / 4)) {
    const row = levels.map((count) => Math.floor(random() * count));
    if (!refused(row)) stacks.push(row);
  }
  const distinct = new Map([...rows, ...stacks].map((row) => [row.join(), row]));
  return {
    cases: [...distinct.values()].map((row) => caseOf(row, factors, catalogue)),
    counts: {
      factors: factors.length,
      options: levels.reduce((sum, count) => sum + count, 0),
      'pairs of all choices': byStrength.get(2) ?? 0,
      'triples of the main choices': byStrength.get(3) ?? 0,
      'tuples refused': excluded,
      'rows that cover both': rows.length,
      'random stacks': stacks.length,
      'distinct cases': distinct.size,
      'full product': levels.reduce((size, count) => size * count, 1),
    },
  };
}
