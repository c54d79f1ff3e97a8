import { describe, expect, it } from 'vitest';
import type { AnyPart } from '../../src/core/contract.ts';
import { catalogueOf, choice, option, part, planOf } from './helpers.ts';

/** Which on-demand parts join for an optional need. */

const need = (take: 'any' | 'all', onDemand?: true): AnyPart['needs'] =>
  ({ artifactStore: { take, onDemand, because: 'it asks' } }) as never;
const offer = (scheme: string): AnyPart =>
  ({ onDemand: true, provides: { artifactStore: () => ({ scheme, roots: {} }) } }) as never;

function joined(needs: AnyPart['needs'], extra: Readonly<Record<string, AnyPart>> = {}): string[] {
  const catalogue = catalogueOf({
    choices: [choice('a')],
    modules: [option('a/plain', { needs, parts: extra } as never)],
    parts: [part('_base/one', offer('file')), part('_base/two', offer('s3'))],
  });
  return planOf(catalogue)
    .stack.parts.map(({ id }) => id)
    .sort();
}

describe('an optional need', () => {
  it.each(['any', 'all'] as const)('brings nobody by itself: %s', (take) => {
    expect(joined(need(take))).toEqual(['a/plain']);
  });

  it('brings one, or all of them, where it says that parts join for it', () => {
    expect(joined(need('any', true))).toEqual(['_base/one', 'a/plain']);
    expect(joined(need('all', true))).toEqual(['_base/one', '_base/two', 'a/plain']);
  });

  it('brings nobody twice, and a part that brings its own needs along', () => {
    const chain = {
      onDemand: true,
      needs: need('any', true),
      provides: { pipelineRunner: () => ({ module: 'x', title: 'X' }) },
    } as unknown as AnyPart;
    expect(joined({ pipelineRunner: { take: 'any', onDemand: true, because: 'it asks' } } as never, { chain })).toEqual(
      ['_base/one', 'a/plain', 'a/plain#chain'],
    );
  });

  it('is met by nobody where there is nobody', () => {
    expect(joined({ pipelineRunner: { take: 'all', onDemand: true, because: 'it asks' } } as never)).toEqual([
      'a/plain',
    ]);
  });
});
