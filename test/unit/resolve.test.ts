import { describe, expect, it } from 'vitest';
import type { AnyPart } from '../../src/core/contract.ts';
import { catalogueOf, choice, option, part, planOf } from './helpers.ts';

/** On-demand parts that join for the needs and sights of a part. */

const need = (more: object = {}): AnyPart => ({ needs: { artifactStore: { ...more, because: 'it asks' } } });
const see = (more: object = {}): AnyPart => ({ sees: { artifactStore: { ...more, because: 'it asks' } } });
const offer = (scheme: string): AnyPart => ({
  onDemand: true,
  provides: { artifactStore: () => ({ scheme, roots: {} }) },
});

const planned = (asks: AnyPart, parts: Readonly<Record<string, AnyPart>> = {}) =>
  planOf(
    catalogueOf({
      choices: [choice('a')],
      modules: [option('a/plain', { ...asks, parts })],
      parts: [part('_base/one', offer('file')), part('_base/two', offer('s3'))],
    }),
  ).stack.parts;
const joined = (asks: AnyPart, parts: Readonly<Record<string, AnyPart>> = {}): string[] =>
  planned(asks, parts)
    .map(({ id }) => id)
    .sort();
/** The value that the module reads as `cap.artifactStore`. */
const seen = (asks: AnyPart, parts: Readonly<Record<string, AnyPart>> = {}): unknown =>
  planned(asks, parts).find(({ id }) => id === 'a/plain')!.cap['artifactStore'];

describe('sees', () => {
  it('adds no on-demand part', () => {
    expect(joined(see())).toEqual(['a/plain']);
    expect(joined(see({ many: true }))).toEqual(['a/plain']);
  });

  it('reads undefined or an empty list if no part provides the capability', () => {
    expect(seen(see())).toBeUndefined();
    expect(seen(see({ many: true }))).toEqual([]);
  });

  it('reads the fact of a part that joins for the need of another part', () => {
    const other = need({ where: ({ scheme }: { scheme: string }) => scheme === 's3' });
    expect(seen(see(), { other })).toMatchObject({ scheme: 's3' });
    expect(seen(see({ many: true }), { other })).toMatchObject([{ scheme: 's3' }]);
  });

  it('is a broken rule if two parts provide different facts', () => {
    expect(() => planned(see(), { other: need({ many: true }) })).toThrow('each provide another');
  });
});

describe('needs', () => {
  it('adds one on-demand part, or with many all of them', () => {
    expect(joined(need())).toEqual(['_base/one', 'a/plain']);
    expect(joined(need({ optional: true }))).toEqual(['_base/one', 'a/plain']);
    expect(joined(need({ many: true }))).toEqual(['_base/one', '_base/two', 'a/plain']);
    expect(joined(need({ many: true, optional: true }))).toEqual(['_base/one', '_base/two', 'a/plain']);
  });

  it('adds a part once, together with the parts that it needs', () => {
    const chain: AnyPart = {
      onDemand: true,
      ...need({ optional: true }),
      provides: { pipelineRunner: () => ({ module: 'x', title: 'X' }) },
    };
    const asks = { needs: { pipelineRunner: { optional: true, because: 'it asks' } } };
    expect(joined(asks, { chain })).toEqual(['_base/one', 'a/plain', 'a/plain#chain']);
  });

  it('are broken if no part provides the capability, unless they are optional', () => {
    const asks = (more: object): AnyPart => ({ needs: { pipelineRunner: { ...more, because: 'it asks' } } });
    expect(joined(asks({ optional: true }))).toEqual(['a/plain']);
    expect(joined(asks({ many: true, optional: true }))).toEqual(['a/plain']);
    expect(() => planned(asks({}))).toThrow('nothing that is chosen provides it');
    expect(() => planned(asks({ many: true }))).toThrow('nothing that is chosen provides it');
  });

  it('are broken with everywhere if a part lacks the capability, also if another part provides it', () => {
    const asks = (more: object): AnyPart => ({ needs: { treeGraph: { ...more, because: 'it draws' } } });
    const here = part('_base/here', { provides: { treeGraph: true } });
    const without = part('_base/without', { lacks: { treeGraph: 'it has no trees' } });
    const count = (more: object, ...parts: { id: string; part: AnyPart }[]): number =>
      planOf(catalogueOf({ choices: [choice('a')], modules: [option('a/plain', asks(more))], parts })).stack.parts
        .length;
    expect(count({}, here, without)).toBe(3);
    expect(count({ everywhere: true }, here)).toBe(2);
    const why = 'a/plain needs treeGraph, and _base/without has none, since it has no trees: it draws.';
    expect(() => count({ everywhere: true }, here, without)).toThrow(why);
    expect(() => count({ everywhere: true, optional: true }, here, without)).toThrow(why);
  });

  it('are met by a fact without fields, with the value true', () => {
    const parts = { here: { onDemand: true as const, provides: { treeGraph: true } } };
    const [module] = planned({ needs: { treeGraph: { because: 'it draws' } } }, parts).slice(-1);
    expect(module).toMatchObject({ id: 'a/plain', cap: { treeGraph: true } });
  });

  it('see every provider that joins, also one that joins after a fact was read', () => {
    // The fact of `count` is read to evaluate `wants`, before the second store joins.
    const count: AnyPart = {
      ...see({ many: true }),
      provides: { treeGraph: ({ cap }: { cap: { artifactStore: unknown[] } }) => cap.artifactStore.length },
    };
    const wants: AnyPart = { needs: { treeGraph: { where: (n: number) => n >= 0, because: 'it counts' } } };
    const stores: AnyPart = need({ many: true });
    const parts = planned({}, { count, wants, stores });
    expect(parts.find(({ id }) => id === 'a/plain#wants')!.cap).toEqual({ treeGraph: 2 });
  });
});
