import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import type { Config } from '../../src/core/config.ts';
import type { AnyChoice, AnyModule, AnyPart } from '../../src/core/contract.ts';
import { createSolver, type Picks, resolveConfig } from '../../src/core/solver.ts';
import { loadSource } from '../../src/fs/modules.ts';

/** Compares the answers of the solver with an enumeration of all picks of small random catalogs. */

/** `from`: the fact that this one depends on, which its part needs or, with `isSeen`, sees. */
type Fact = { readonly cap: string; readonly from?: string; readonly isSeen?: boolean; readonly value: number };
type Wish = { readonly cap: string; readonly value?: number; readonly take: 'one' | 'optional' | 'seen' };
type OptionSpec = {
  readonly provides: readonly Fact[];
  readonly needs: readonly Wish[];
  readonly extra?: { readonly provides: readonly Fact[]; readonly needs: readonly Wish[]; readonly isWhen: boolean };
};
type ChoiceSpec = { readonly many: boolean; readonly options: readonly OptionSpec[] };

const CAPS = ['a', 'b', 'c', 'd'];

function partOf({ provides, needs }: OptionSpec): AnyPart {
  const read = ({ cap, value, take }: Wish): [string, object] => [
    cap,
    {
      ...(take === 'optional' && { optional: true }),
      because: `needs ${cap}`,
      ...(value !== undefined && { where: (fact: { value: number }) => fact.value === value }),
    },
  ];
  const needed = Object.fromEntries([
    // A fact that depends on another requires it.
    ...provides.flatMap(({ from, isSeen }) => (from && !isSeen ? [[from, { because: 'a fact rests on it' }]] : [])),
    ...needs.filter(({ take }) => take !== 'seen').map(read),
  ]);
  const seen = Object.fromEntries([
    ...needs.filter(({ cap, take }) => take === 'seen' && !(cap in needed)).map(read),
    ...provides.flatMap(({ from, isSeen }) =>
      from && isSeen && !(from in needed) ? [[from, { because: 'a fact rests on it' }]] : [],
    ),
  ]);
  const facts = provides.map(({ cap, from, value }) => [
    cap,
    (x: { cap: Record<string, { value: number } | undefined> }) => ({
      value: from ? (x.cap[from]?.value ?? value) : value,
    }),
  ]);
  return { needs: needed, sees: seen, provides: Object.fromEntries(facts) };
}

function catalogueOf(specs: readonly ChoiceSpec[]): Catalogue {
  const choices = specs.map(
    ({ many }, i): AnyChoice => ({
      id: `k${i}`,
      title: '',
      question: '',
      group: '',
      order: i,
      asked: 'later',
      takes: many ? 'many' : 'one',
      per: 'project',
      contract: [],
      default: () => (many ? ['o0'] : 'o0'),
    }),
  );
  const modules = specs.flatMap(({ options }, i) =>
    options.map((option, j) => {
      const parts = option.extra && {
        extra: { ...partOf(option.extra), onDemand: true, ...(option.extra.isWhen && { when: { k0: 'o0' } }) },
      };
      return {
        id: `k${i}/o${j}`,
        module: {
          choice: `k${i}`,
          id: `o${j}`,
          title: 'x',
          summary: 'x',
          docs: 'x',
          status: 'active',
          traces: [],
          parts,
          ...partOf(option),
        } as unknown as AnyModule,
      };
    }),
  );
  return createCatalogue({ choices, modules, parts: [], files: () => [] });
}

const config: Config = {
  name: 'demo',
  choices: {},
  models: [{ name: 'churn', choices: {} }],
  environments: ['dev'],
  settings: {},
  unmanaged: [],
};
const resolves = (picks: Picks, catalogue: Catalogue): boolean =>
  resolveConfig({ ...config, choices: picks }, catalogue).stack !== undefined;

function subsetsOf(ids: readonly string[]): string[][] {
  const lists: string[][] = [[]];
  for (const id of ids) lists.push(...lists.map((list) => [...list, id]));
  return lists;
}

function everything(catalogue: Catalogue, fixed: Picks): Picks[] {
  let all: Picks[] = [{}];
  for (const { id, takes } of catalogue.choices) {
    const ids = catalogue.options.get(id)!.map((module) => module.id);
    const values: (string | string[])[] = takes === 'one' ? ids : subsetsOf(ids);
    all = all.flatMap((picks) => (id in fixed ? [fixed[id]!] : values).map((value) => ({ ...picks, [id]: value })));
  }
  return all;
}

/** The number of different variables: one for a choice with one option, one for each option of other choices. */
const distance = (a: Picks, b: Picks): number =>
  Object.keys(a).reduce((sum, id) => {
    const [x, y] = [a[id]!, b[id]!];
    if (typeof x === 'string' || typeof y === 'string') return sum + Number(x !== y);
    return sum + x.filter((option) => !y.includes(option)).length + y.filter((option) => !x.includes(option)).length;
  }, 0);

const cap = fc.constantFrom(...CAPS);
/** Facts depend only on earlier letters, because cycles are a separate topic. */
const fact = fc
  .record({
    cap,
    from: fc.option(cap, { nil: undefined, freq: 3 }),
    isSeen: fc.boolean(),
    value: fc.integer({ min: 0, max: 1 }),
  })
  .map((given) => (given.from && given.from < given.cap ? given : { ...given, from: undefined }));
const wish = fc.record({
  cap,
  value: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
  take: fc.constantFrom('one' as const, 'one' as const, 'optional' as const, 'seen' as const),
});
const lists = {
  provides: fc.uniqueArray(fact, { maxLength: 2, selector: (entry) => entry.cap }),
  needs: fc.uniqueArray(wish, { maxLength: 2, selector: (entry) => entry.cap }),
};
const option = fc.record({
  ...lists,
  extra: fc.option(fc.record({ ...lists, isWhen: fc.boolean() }), { nil: undefined, freq: 3 }),
});
const specs = fc.array(fc.record({ many: fc.boolean(), options: fc.array(option, { minLength: 1, maxLength: 3 }) }), {
  minLength: 2,
  maxLength: 4,
});

describe('the solver', () => {
  it('finds a completion if and only if one exists, keeps the fixed values, and changes as little as possible', () => {
    const seen = { found: 0, excluded: 0, unknown: 0 };
    fc.assert(
      fc.property(specs, fc.nat(), (given, pick) => {
        const catalogue = catalogueOf(given);
        const first = catalogue.choices[pick % catalogue.choices.length]!;
        const options = catalogue.options.get(first.id)!;
        const chosen = options[pick % options.length]!.id;
        // In every second case, a second choice is also fixed.
        const second = pick % 2 === 1 ? catalogue.choices.find((choice) => choice !== first) : undefined;
        const fixed: Picks = {
          [first.id]: first.takes === 'one' ? chosen : [chosen],
          ...(second && { [second.id]: second.takes === 'one' ? catalogue.options.get(second.id)!.at(-1)!.id : [] }),
        };
        const completion = createSolver(config, catalogue).complete({ fixed });
        seen[completion.kind]++;
        const good = everything(catalogue, fixed).filter((picks) => resolves(picks, catalogue));
        if (completion.kind === 'unknown') return;
        expect(completion.kind).toBe(good.length > 0 ? 'found' : 'excluded');
        if (completion.kind !== 'found') return;
        expect(resolves(completion.picks, catalogue)).toBe(true);
        expect(completion.picks[first.id]).toEqual(fixed[first.id]);
        const defaults = Object.fromEntries(
          catalogue.choices.map((choice) => [choice.id, fixed[choice.id] ?? choice.default({})]),
        );
        expect(distance(completion.picks, defaults)).toBe(Math.min(...good.map((picks) => distance(picks, defaults))));
      }),
      { seed: 4, numRuns: 1500 },
    );
    expect(seen.found).toBeGreaterThan(300);
    expect(seen.excluded).toBeGreaterThan(300);
    expect(seen.unknown).toBeLessThan(15);
  });

  it('fixes a selection without a change of a choice to keep if possible, and with the fewest changes', () => {
    const seen = { repaired: 0, refused: 0 };
    fc.assert(
      fc.property(specs, fc.nat(), (given, pick) => {
        const catalogue = catalogueOf(given);
        const keep = catalogue.choices[pick % catalogue.choices.length]!.id;
        const start = Object.fromEntries(catalogue.choices.map((choice) => [choice.id, choice.default({})]));
        if (resolves(start, catalogue)) return;
        const found = createSolver(config, catalogue).repair(start, new Set([keep]), 2);
        const near = everything(catalogue, {}).filter(
          (picks) => distance(picks, start) <= 2 && resolves(picks, catalogue),
        );
        expect(found !== undefined).toBe(near.length > 0);
        seen[found ? 'repaired' : 'refused']++;
        if (!found) return;
        const isKept = (picks: Picks): boolean => distance({ k: picks[keep]! }, { k: start[keep]! }) === 0;
        const keeping = near.filter(isKept);
        const best = keeping.length > 0 ? keeping : near;
        expect(resolves(found, catalogue)).toBe(true);
        expect(isKept(found)).toBe(keeping.length > 0);
        expect(distance(found, start)).toBe(Math.min(...best.map((picks) => distance(picks, start))));
      }),
      { seed: 5, numRuns: 1500 },
    );
    expect(seen.repaired).toBeGreaterThan(200);
    expect(seen.refused).toBeGreaterThan(50);
  });

  const bucket = { provides: [{ cap: 'a', value: 1 }], needs: [] };
  const folder = { provides: [{ cap: 'a', value: 0 }], needs: [] };
  const plain = { provides: [], needs: [] };
  const cluster = { provides: [], needs: [{ cap: 'a', value: 1, take: 'one' as const }] };
  const catalogue = catalogueOf([
    { many: false, options: [folder, bucket] },
    { many: true, options: [plain, cluster] },
  ]);
  const { complete } = createSolver(config, catalogue);

  it('changes the other choices that an answer needs', () => {
    expect(complete({ fixed: { k1: ['o1'] } })).toEqual({ kind: 'found', picks: { k0: 'o1', k1: ['o1'] } });
    expect(complete({ held: ['k1/o1'] })).toEqual({ kind: 'found', picks: { k0: 'o1', k1: ['o0', 'o1'] } });
  });

  it('changes a choice that a fact depends on if the provider of the fact is fixed', () => {
    const passing = { provides: [{ cap: 'b', from: 'a', value: 0 }], needs: [] };
    const service = { provides: [], needs: [{ cap: 'b', value: 1, take: 'one' as const }] };
    const chain = catalogueOf([
      { many: false, options: [folder, bucket] },
      { many: false, options: [passing] },
      { many: false, options: [service] },
    ]);
    expect(createSolver(config, chain).complete({ fixed: { k1: 'o0', k2: 'o0' } })).toEqual({
      kind: 'found',
      picks: { k0: 'o1', k1: 'o0', k2: 'o0' },
    });
  });

  it('returns the rule that excludes the answer', () => {
    expect(complete({ fixed: { k0: 'o0' }, held: ['k1/o1'] })).toMatchObject({
      kind: 'excluded',
      rule: { by: 'k1/o1', needs: 'a', because: 'needs a' },
    });
  });

  it('takes a wished value if it resolves, and drops it otherwise', () => {
    expect(complete({ wished: { k1: ['o1'], k0: 'o1' } })).toMatchObject({ picks: { k0: 'o1', k1: ['o1'] } });
    expect(complete({ fixed: { k0: 'o0' }, wished: { k1: ['o1'] } })).toEqual({
      kind: 'found',
      picks: { k0: 'o0', k1: [] },
    });
  });

  it('has an answer for any two options of the catalog', async () => {
    const built = createCatalogue(await loadSource(join(import.meta.dirname, '../../templates')));
    const solver = createSolver({ ...config, environments: ['dev', 'prod'] }, built);
    const fixes = built.choices.flatMap(({ id, takes }) =>
      built.options.get(id)!.map((module): Picks => ({ [id]: takes === 'one' ? module.id : [module.id] })),
    );
    const pairs = fixes.flatMap((a, i) => fixes.slice(i + 1).map((b) => ({ ...a, ...b })));
    expect(pairs.length).toBeGreaterThan(300);
    expect(pairs.filter((fixed) => solver.complete({ fixed }).kind === 'unknown')).toEqual([]);
    const service = solver.complete({ fixed: { cloud: 'local', orchestrator: 'step-functions' } });
    expect(service).toMatchObject({ kind: 'excluded', rule: { by: 'orchestrator/step-functions' } });
  });

  it('ends in time, and excludes nothing before the search is complete', () => {
    const wide = Array.from({ length: 12 }, () => ({
      many: false,
      options: Array.from({ length: 6 }, (_, i) => ({ provides: [{ cap: 'a', from: 'b', value: i }], needs: [] })),
    }));
    const hard = catalogueOf([
      ...wide,
      {
        many: false,
        options: [
          plain,
          {
            provides: [],
            needs: [
              { cap: 'd', take: 'one' as const },
              { cap: 'a', value: 7, take: 'one' as const },
            ],
          },
        ],
      },
    ]);
    const begun = performance.now();
    expect(['unknown', 'excluded']).toContain(createSolver(config, hard).complete({ fixed: { k12: 'o1' } }).kind);
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});
