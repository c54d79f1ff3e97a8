import { diffLines } from './diff-lines.ts';
import { differsInLayoutOnly } from './layout.ts';
import { linesOf } from './text.ts';

/** A run of lines of the base, and those of your text in its place: the same array if they are equal. */
type Part = { readonly base: readonly string[]; readonly yours: readonly string[] };

/**
 * Your text with the lines of the base wherever the two differ in layout alone. Your edits stay. A formatter that
 * changed many lines then conflicts with no change of the generator.
 */
export function inLayoutOf(path: string, base: string, yours: string): string {
  const parts = partsOf(linesOf(base), linesOf(yours));
  const reverted = new Set<number>();
  const textOf = (also: readonly number[] = []): string =>
    parts
      .flatMap(({ base: was, yours: now }, index) => (reverted.has(index) || also.includes(index) ? was : now))
      .join('');
  /** Reverts the hunks of a range that are layout. Edits are few, so most ranges are decided at once. */
  const revert = (hunks: readonly number[]): void => {
    if (hunks.length === 0) return;
    if (differsInLayoutOnly(path, decoded(textOf()), decoded(textOf(hunks)))) {
      for (const index of hunks) reverted.add(index);
      return;
    }
    if (hunks.length === 1) return;
    const middle = hunks.length >> 1;
    revert(hunks.slice(0, middle));
    revert(hunks.slice(middle));
  };
  revert([...parts.keys()].filter((index) => parts[index]!.base !== parts[index]!.yours));
  return textOf();
}

/** Texts of a merge have one character for each byte. */
const decoded = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

function partsOf(base: readonly string[], yours: readonly string[]): Part[] {
  const { from, to } = diffLines(base, yours);
  const parts: Part[] = [];
  for (let a = 0, b = 0; a < base.length || b < yours.length; ) {
    const firstA = a;
    while (a < base.length && b < yours.length && !from[a] && !to[b]) a++, b++;
    const same = base.slice(firstA, a);
    if (same.length > 0) parts.push({ base: same, yours: same });
    const [hunkA, hunkB] = [a, b];
    while (from[a]) a++;
    while (to[b]) b++;
    if (a > hunkA || b > hunkB) parts.push({ base: base.slice(hunkA, a), yours: yours.slice(hunkB, b) });
  }
  return parts;
}
