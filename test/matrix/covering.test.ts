import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinations, cover, product, seeded } from '../support/covering.ts';

/** Checks the covering array by brute force. */

const tuplesIn = (rows: readonly (readonly number[])[], factors: readonly number[]): Set<string> =>
  new Set(rows.map((row) => factors.map((factor) => row[factor]).join()));
const size = (levels: readonly number[], factors: readonly number[]): number =>
  factors.reduce((total, factor) => total * levels[factor]!, 1);

describe('a covering array', () => {
  it('holds every pair, and every triple of the requested factors', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 7 }),
        fc.integer(),
        (levels, seed) => {
          const all = levels.map((_, index) => index);
          const main = all.slice(0, 4);
          const { rows, covered, excluded } = cover(
            levels,
            [
              { strength: 2, of: all },
              { strength: 3, of: main },
            ],
            seed,
          );
          const groups = [...combinations(all, 2), ...combinations(main, 3)];
          for (const factors of groups) expect(tuplesIn(rows, factors).size).toBe(size(levels, factors));
          expect(covered).toBe(groups.reduce((sum, factors) => sum + size(levels, factors), 0));
          expect(excluded).toBe(0);
          for (const row of rows)
            for (const [factor, level] of row.entries()) expect(level).toBeLessThan(levels[factor]!);
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('is much smaller than the product and the same for the same seed', () => {
    const levels = [4, 4, 4, 4, 4, 4, 3, 3];
    const groups = [{ strength: 2, of: levels.map((_, index) => index) }];
    const { rows } = cover(levels, groups, 5);
    expect(rows.length).toBeLessThan(32);
    expect(cover(levels, groups, 5).rows).toEqual(rows);
  });

  it('omits refused combinations and no others', () => {
    const levels = [3, 3, 3];
    const isRefused = (row: readonly (number | undefined)[]): boolean =>
      (row[0] === 0 && row[1] === 0) || (row[1] === 2 && row[2] === 2);
    const { rows, excluded } = cover(levels, [{ strength: 2, of: [0, 1, 2] }], 3, isRefused);
    expect(rows.some(isRefused)).toBe(false);
    expect(excluded).toBe(2);
    const allowed = [...product(levels)].filter((row) => !isRefused(row));
    for (const factors of combinations([0, 1, 2], 2))
      expect(tuplesIn(rows, factors)).toEqual(tuplesIn(allowed, factors));
  });

  it('visits each element of the product once', () => {
    const rows = [...product([2, 3, 2])];
    expect(rows.length).toBe(12);
    expect(new Set(rows.map(String)).size).toBe(12);
  });

  it('draws the same numbers in [0, 1) for the same seed', () => {
    const [a, b] = [seeded(9), seeded(9)];
    for (let i = 0; i < 1000; i++) {
      const drawn = a();
      expect(drawn).toBe(b());
      expect(drawn >= 0 && drawn < 1).toBe(true);
    }
  });
});
