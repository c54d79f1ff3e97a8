/**
 * The config of one release carried over to the next. A release that renames a choice, an option or a setting, or that
 * adds a choice, adds one migration here; for an added choice the value is the one that changes nothing.
 */
export type Migration = {
  /** The first release that reads the config as this function leaves it: `0.2.0`. */
  readonly to: string;
  readonly because: string;
  /** The keys of mlops-stack.yaml, before and after. Pure: it changes nothing in place, and a config that is right already comes back equal. */
  readonly config: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
};

/** Every migration there is, in any order. The config of 0.1.0, the first release, is still the current one. */
export const MIGRATIONS: readonly Migration[] = [];

/** The values of a config that release `from` understood, as the newest migration leaves them. `values` is not changed. */
export function migrateConfig(values: Readonly<Record<string, unknown>>, from: string, table: readonly Migration[] = MIGRATIONS): Record<string, unknown> {
  const due = table.filter(({ to }) => compareReleases(from, to) < 0).sort((a, b) => compareReleases(a.to, b.to));
  return { ...due.reduce((now, { config }) => config(now), values) };
}

/** major.minor.patch, and a pre-release after a hyphen; what npm publishes. */
export const RELEASE = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Order of two releases, as semver.org (2.0.0, item 11) has it: below 0, 0 or above. Both match RELEASE. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [RELEASE.exec(a)!, RELEASE.exec(b)!];
  for (const part of [1, 2, 3]) if (left[part] !== right[part]) return Number(left[part]) - Number(right[part]);
  if (left[4] === undefined || right[4] === undefined) return Number(left[4] === undefined) - Number(right[4] === undefined);
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
    return a < b ? -1 : 1;
  }
  return 0;
}
