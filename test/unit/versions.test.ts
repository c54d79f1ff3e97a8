import { describe, expect, it } from 'vitest';
import { compareReleases, compareVersions } from '../../src/core/versions.ts';

describe('compareReleases', () => {
  it('orders releases by the precedence rules of Semantic Versioning', () => {
    // The example of semver.org, 2.0.0, item 11.
    const order = [
      '0.0.9',
      '0.0.10',
      '0.1.0',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '2.0.0',
      '2.1.0',
      '2.1.1',
    ];
    expect([...order].reverse().sort(compareReleases)).toEqual(order);
    expect(compareReleases('1.0.0+a', '1.0.0+b')).toBe(0);
  });
});

describe('compareVersions', () => {
  it.each([
    ['1.9', '1.10', -1],
    ['1.10', '1.9', 1],
    ['1.9.9', '2.0', -1],
    ['2', '2.0.0', 0],
    ['v1.2', 'v1.2.1', -1],
    ['2.0rc1', '1.0', undefined],
    ['latest', '1.0', undefined],
  ])('compares %s with %s and returns %s', (a, b, expected) => expect(compareVersions(a, b)).toBe(expected));
});
