import { compareText } from './compare.ts';

/** major.minor.patch with an optional pre-release after a hyphen, as published on npm. */
export const RELEASE = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Compares two releases by semver.org (2.0.0, item 11): negative, 0 or positive. Both must match RELEASE. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [RELEASE.exec(a)!, RELEASE.exec(b)!];
  for (const part of [1, 2, 3]) if (left[part] !== right[part]) return Number(left[part]) - Number(right[part]);
  if (left[4] === undefined || right[4] === undefined)
    return Number(left[4] === undefined) - Number(right[4] === undefined);
  return comparePrereleases(left[4].split('.'), right[4].split('.'));
}

function comparePrereleases(left: readonly string[], right: readonly string[]): number {
  for (let n = 0; n < Math.max(left.length, right.length); n++) {
    const [a, b] = [left[n], right[n]];
    if (a === b) continue;
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const numbers = [a, b].map((word) => /^\d+$/.test(word));
    if (numbers[0] && numbers[1]) return Number(a) - Number(b);
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return compareText(a, b);
  }
  return 0;
}

/**
 * Compares two versions of numbers and dots, with or without a leading `v`: -1, 0 or 1. Returns undefined for any other
 * version, because a guess could replace a version with an older one.
 */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [a, b].map((version) => (/^v?\d+(\.\d+)*$/.test(version) ? numbersOf(version) : undefined));
  if (!left || !right) return undefined;
  for (let n = 0; n < Math.max(left.length, right.length); n++) {
    const order = (left[n] ?? 0) - (right[n] ?? 0);
    if (order !== 0) return Math.sign(order);
  }
  return 0;
}

const numbersOf = (version: string): number[] => version.replace('v', '').split('.').map(Number);
