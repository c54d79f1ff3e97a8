/**
 * Covering arrays: few rows in which every pair (or triple) of levels of the factors occurs. The algorithm is greedy,
 * after AETG: a row starts from a tuple that no row has yet, and each further factor takes the level that covers most
 * tuples. The result is deterministic for a seed.
 */

/** A row has the index of a level for each factor. */
export type Row = readonly number[];
/** Every tuple of `strength` factors among `of`. */
export type Group = { readonly strength: number; readonly of: readonly number[] };
/** True if no row that begins like this can be used. The row can have open factors. */
export type IsRefused = (row: readonly (number | undefined)[]) => boolean;
export type Covering = {
  readonly rows: readonly Row[];
  /** Tuples that occur in a row, and tuples for which no row is allowed. */
  readonly covered: number;
  readonly excluded: number;
  /** The tuples that occur in a row, by number of factors. */
  readonly byStrength: ReadonlyMap<number, number>;
};

const CANDIDATES = 8;
const ATTEMPTS = 50;

/** mulberry32: a small generator with the same results on every platform. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The factors of a tuple, and the combinations of levels that no row has yet. */
type Open = { readonly factors: readonly number[]; readonly open: Uint8Array; left: number; excluded: number };

export function cover(
  levels: readonly number[],
  groups: readonly Group[],
  seed: number,
  isRefused: IsRefused = () => false,
): Covering {
  const random = seeded(seed);
  const tables = groups
    .flatMap(({ strength, of }) => combinations(of, strength))
    .map((factors): Open => {
      const size = factors.reduce((product, factor) => product * levels[factor]!, 1);
      return { factors, open: new Uint8Array(size).fill(1), left: size, excluded: 0 };
    });
  const byFactor = levels.map((_, factor) => tables.filter((table) => table.factors.includes(factor)));
  const total = tables.reduce((sum, table) => sum + table.left, 0);
  const rows: Row[] = [];
  for (;;) {
    const table = tables.reduce<Open | undefined>(
      (best, other) => (other.left > (best?.left ?? 0) ? other : best),
      undefined,
    );
    if (!table) break;
    const code = pickOpen(table, random);
    const row = bestRow(start(levels, table, code), { levels, byFactor, tables, random, isRefused });
    if (row) {
      rows.push(row);
      for (const each of tables) close(each, codeOf(each, row, levels)!);
    } else {
      close(table, code);
      table.excluded++;
    }
  }
  const excluded = tables.reduce((sum, table) => sum + table.excluded, 0);
  const byStrength = new Map<number, number>();
  for (const table of tables) {
    const strength = table.factors.length;
    byStrength.set(strength, (byStrength.get(strength) ?? 0) + table.open.length - table.excluded);
  }
  return { rows, covered: total - excluded, excluded, byStrength };
}

export function combinations(of: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return of.flatMap((first, index) => combinations(of.slice(index + 1), size - 1).map((rest) => [first, ...rest]));
}

/** Every row of the full product. */
export function* product(levels: readonly number[]): Generator<Row> {
  const row = levels.map(() => 0);
  for (;;) {
    yield [...row];
    let factor = levels.length - 1;
    while (factor >= 0 && ++row[factor]! >= levels[factor]!) row[factor--] = 0;
    if (factor < 0) return;
  }
}

type Partial = (number | undefined)[];

function start(levels: readonly number[], table: Open, code: number): Partial {
  const row: Partial = levels.map(() => undefined);
  let rest = code;
  for (const factor of [...table.factors].reverse()) {
    row[factor] = rest % levels[factor]!;
    rest = Math.floor(rest / levels[factor]!);
  }
  return row;
}

type Search = {
  readonly levels: readonly number[];
  readonly byFactor: readonly Open[][];
  readonly tables: readonly Open[];
  readonly random: () => number;
  readonly isRefused: IsRefused;
};

function bestRow(from: Partial, search: Search): Row | undefined {
  const { levels, tables, isRefused } = search;
  if (isRefused(from)) return undefined;
  let best: { row: Row; gain: number } | undefined;
  for (let attempt = 0, found = 0; attempt < ATTEMPTS && found < CANDIDATES; attempt++) {
    const row = complete([...from], search);
    if (!row) continue;
    found++;
    const gain = tables.reduce((sum, table) => sum + table.open[codeOf(table, row, levels)!]!, 0);
    if (!best || gain > best.gain) best = { row, gain };
  }
  return best?.row;
}

function complete(row: Partial, { levels, byFactor, random, isRefused }: Search): Row | undefined {
  const factors = shuffle(
    row.flatMap((level, factor) => (level === undefined ? [factor] : [])),
    random,
  );
  for (const factor of factors) {
    let best = -1;
    let most = -1;
    for (const level of shuffle([...Array(levels[factor]!).keys()], random)) {
      row[factor] = level;
      if (isRefused(row)) continue;
      let gain = 0;
      for (const table of byFactor[factor]!) {
        const code = codeOf(table, row, levels);
        if (code !== undefined) gain += table.open[code]!;
      }
      if (gain > most) [best, most] = [level, gain];
    }
    if (best < 0) return undefined;
    row[factor] = best;
  }
  return row as number[];
}

function codeOf(table: Open, row: readonly (number | undefined)[], levels: readonly number[]): number | undefined {
  let code = 0;
  for (const factor of table.factors) {
    const level = row[factor];
    if (level === undefined) return undefined;
    code = code * levels[factor]! + level;
  }
  return code;
}

function pickOpen(table: Open, random: () => number): number {
  let skip = Math.floor(random() * table.left);
  return table.open.findIndex((open) => open === 1 && skip-- === 0);
}

function close(table: Open, code: number): void {
  table.left -= table.open[code]!;
  table.open[code] = 0;
}

function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
