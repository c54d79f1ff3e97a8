import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/core/nearest.ts';

describe('nearest', () => {
  it.each([
    ['traker', 'tracker'],
    ['TRACKER', 'tracker'],
    ['mlfow', 'mlflow'],
    ['zzzz', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('returns the nearest name for %j: %s', (typed, found) =>
    expect(nearest(typed, ['tracker', 'mlflow', 'orchestrator'])).toBe(found),
  );
  it('returns nothing if there is no candidate', () => expect(nearest('a', [])).toBeUndefined());
});
