import { closest, distance } from 'fastest-levenshtein';

/** The known name that is closest to a misspelled one, or undefined if none is close. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || typed.length > 80) return undefined;
  const found = closest(typed.toLowerCase(), known);
  return distance(typed.toLowerCase(), found.toLowerCase()) <= Math.max(1, Math.ceil(found.length / 3))
    ? found
    : undefined;
}
