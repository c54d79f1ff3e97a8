/** The date after which uv ignores releases. Both `make bump` in a repository and a new release move it. */
const DATE = /^exclude-newer = "(\d{4}-\d{2}-\d{2})T00:00:00Z"$/m;

/**
 * The three texts of a merge with the later of your date and the generated one, so that two moves never conflict. They
 * are unchanged unless all have a date and you moved yours.
 */
export function withLaterDate<T extends readonly [base: string, yours: string, generated: string]>(texts: T): T {
  const [base, yours, generated] = texts.map((text) => DATE.exec(text)?.[1]);
  if (base === undefined || yours === undefined || generated === undefined || base === yours) return texts;
  const later = [yours, generated].sort().at(-1)!;
  return texts.map((text) => text.replace(DATE, `exclude-newer = "${later}T00:00:00Z"`)) as unknown as T;
}
