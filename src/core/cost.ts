import type { SlotEntry } from './contract.ts';
import { UserError } from './errors.ts';
import { forEnvironment, type SlotEntries } from './slots.ts';

/** What a cost line counts: an idle month, a thousand predictions, or one training run. */
export const COST_BASES = {
  month: 'An idle month',
  thousand: 'A thousand predictions',
  run: 'One training run',
} as const;
export type CostBasis = keyof typeof COST_BASES;
const BASES = Object.entries(COST_BASES) as [CostBasis, string][];

/**
 * An entry of the slot `cost-line`: how much of a billed unit is used. `how` is the arithmetic of the quantity; `price`
 * is a key of the slot `price`. With `each` the quantity applies to each key of that slot, and the line is omitted if
 * the slot is empty; `where` narrows the keys to entries whose value has these fields.
 */
export type CostLine = {
  readonly each?: string | undefined;
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  readonly what: string;
  readonly basis: CostBasis;
  readonly quantity: number;
  readonly unit: string;
  readonly how: string;
  readonly grows: string;
  readonly price: string;
};

type Said = { readonly usd: number; readonly source: string; readonly dated?: string | undefined };
/**
 * An entry of the slot `price`: `usd` US dollars for `per` of `unit` in the region `where`, as `source` stated on
 * `dated`; `checked` is the day of the look-up. Without `usd` no source was found: the user can set the price with
 * `setting`. `compared` is the price of another region, shown for comparison and never added.
 */
export type Price = Partial<Said> & {
  readonly unit: string;
  readonly per: number;
  readonly checked: string;
  readonly setting: string;
  readonly where: string;
  readonly compared?: (Said & { readonly where: string }) | undefined;
};
/** Entry of `core.prices`: a price that some line uses. */
export type PriceRow = Price & { readonly key: string; readonly shown: string };

/**
 * A cost line in one environment with its price. `amount` is in US dollars, null without a price. `compared` uses the
 * price of another region if this region has none.
 */
export type CostRow = CostLine & {
  readonly key: string;
  readonly environment: string;
  readonly from: string;
  readonly priced: PriceRow;
  readonly amount: number | null;
  readonly compared: number | null;
  readonly shown: { readonly quantity: string; readonly amount: string };
};
export type CostSum = {
  readonly basis: CostBasis;
  readonly title: string;
  readonly rows: readonly CostRow[];
  readonly amount: number;
  readonly compared: number;
  readonly shown: string;
};
/** Entry of `core.cost`: one environment. Bases without a line are omitted. */
export type EnvironmentCost = { readonly environment: string; readonly sums: readonly CostSum[] };

/**
 * `core.cost` and `core.prices` of a stack, both empty if no part has a cost line. Throws a UserError for a line whose
 * price or unit does not exist.
 */
export function costSlots(
  slots: SlotEntries,
  environments: readonly string[],
): ReadonlyMap<string, readonly SlotEntry[]> {
  const lines = (slots.get('cost-line') ?? []) as readonly SlotEntry<CostLine>[];
  if (lines.length === 0) return new Map();
  const prices = new Map(
    (slots.get('price') ?? []).map(({ key, value }) => [
      key,
      { key, ...(value as Price), shown: showPrice(value as Price) },
    ]),
  );
  const costs = environments.map((environment): EnvironmentCost => {
    const rows = forEnvironment(lines, environment)
      .flatMap((entry) => multiplied(entry as SlotEntry<CostLine>, slots))
      .map((entry) => rowOf(entry, environment, prices));
    const sums = BASES.map(([basis, title]) =>
      sumOf(
        basis,
        title,
        rows.filter((row) => row.basis === basis),
      ),
    );
    return { environment, sums: sums.filter((sum) => sum.rows.length > 0) };
  });
  const used = new Set(costs.flatMap(({ sums }) => sums.flatMap(({ rows }) => rows.map(({ price }) => price))));
  return new Map<string, readonly SlotEntry[]>([
    ['core.cost', costs.map((value) => ({ key: value.environment, value, from: 'core' }))],
    [
      'core.prices',
      [...prices.values()].filter(({ key }) => used.has(key)).map((value) => ({ key: value.key, value, from: 'core' })),
    ],
  ]);
}

function multiplied(entry: SlotEntry<CostLine>, slots: SlotEntries): SlotEntry<CostLine>[] {
  const { each, where = {}, quantity, how } = entry.value;
  if (each === undefined) return [entry];
  const entries = (slots.get(each) ?? []).filter(({ value }) =>
    Object.entries(where).every(([field, wanted]) => (value as Record<string, unknown>)[field] === wanted),
  );
  const keys = [...new Set(entries.map(({ key }) => key))].sort();
  return keys.length === 0
    ? []
    : [
        {
          ...entry,
          value: {
            ...entry.value,
            quantity: quantity * keys.length,
            how: `${keys.length} (${keys.join(', ')}) × ${how}`,
          },
        },
      ];
}

function rowOf(
  { key, value, from }: SlotEntry<CostLine>,
  environment: string,
  prices: ReadonlyMap<string, PriceRow>,
): CostRow {
  const priced = prices.get(value.price);
  if (!priced) throw new UserError('E-PLAN', `${from} counts ${key} by the price ${value.price}, which no part gives.`);
  if (priced.unit !== value.unit)
    throw new UserError(
      'E-PLAN',
      `${from} counts ${key} in ${value.unit}, and the price ${value.price} is for ${priced.unit}.`,
    );
  const times = (usd: number | undefined): number | null =>
    usd === undefined ? null : (value.quantity / priced.per) * usd;
  const amount = times(priced.usd);
  const compared = amount ?? times(priced.compared?.usd);
  let shown = 'no price';
  if (amount !== null) shown = showMoney(amount);
  else if (compared !== null) shown = `no price (${priced.compared!.where}: ${showMoney(compared)})`;
  return {
    ...value,
    key,
    environment,
    from,
    priced,
    amount,
    compared,
    shown: { quantity: count(value.quantity, value.unit), amount: shown },
  };
}

function sumOf(basis: CostBasis, title: string, rows: readonly CostRow[]): CostSum {
  const add = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const amount = add(rows.map((row) => row.amount));
  const compared = add(rows.map((row) => row.compared));
  const open = rows.filter((row) => row.amount === null);
  const where = open.find((row) => row.priced.compared)?.priced.compared?.where;
  return {
    basis,
    title,
    rows,
    amount,
    compared,
    shown: showSum(amount, open, { amount: compared, where }),
  };
}

/** The sum that is nearest to the bill first: with the prices of another region if some have no price here. */
function showSum(
  amount: number,
  open: readonly CostRow[],
  compared: { readonly amount: number; readonly where: string | undefined },
): string {
  if (open.length === 0) return showMoney(amount);
  const items = open.length === 1 ? '1 item' : `${open.length} items`;
  if (compared.where === undefined) return `${showMoney(amount)} plus ${items} without a price`;
  const least = open.some((row) => row.compared === null) ? 'at least ' : '';
  const sum = `${least}${showMoney(compared.amount)} with prices of ${compared.where}`;
  return `${sum} (${items} without a price for this region; the others cost ${showMoney(amount)})`;
}

/** A formatter that is created at the first number: the first one takes a tenth of the time in which the command starts. */
function formatter(options: Intl.NumberFormatOptions): (value: number) => string {
  let format: Intl.NumberFormat | undefined;
  return (value) => (format ??= new Intl.NumberFormat('en-US', options)).format(value);
}

const cents = formatter({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const exact = formatter({ maximumFractionDigits: 12 });

/** US dollars: to the cent, and below ten cents to two significant digits. A stack without costs needs no formatter. */
export function showMoney(usd: number): string {
  if (usd === 0) return '$0.00';
  return usd >= 0.1 ? `$${cents(usd)}` : `$${showNumber(Number(usd.toPrecision(2)))}`;
}

/** Up to four digits, without an exponent. */
const showNumber = (value: number): string => exact(value >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));

/** `1 key`, `40 requests`. */
const count = (quantity: number, unit: string): string =>
  `${showNumber(quantity)} ${unit}${quantity === 1 || unit.endsWith('GB') ? '' : 's'}`;

const dollars = (usd: number, { per, unit }: Price): string => `$${exact(usd)} for ${count(per, unit)}`;

function showPrice(price: Price): string {
  if (price.usd !== undefined) return dollars(price.usd, price);
  const compared = price.compared ? `; ${price.compared.where}: ${dollars(price.compared.usd, price)}` : '';
  return `no price found for ${price.where}${compared}`;
}

const costsOf = (slots: SlotEntries): EnvironmentCost[] =>
  (slots.get('core.cost') ?? []).map(({ value }) => value as EnvironmentCost);
const pricesOf = (slots: SlotEntries): PriceRow[] =>
  (slots.get('core.prices') ?? []).map(({ value }) => value as PriceRow);
const checkedOn = (prices: readonly PriceRow[]): string => prices.map(({ checked }) => checked).sort()[0]!;

/**
 * The cost in `plan --json`, in US dollars. `month` is the sum of the environments; the other amounts are those of the
 * most expensive one. Null if no part has a cost line.
 */
export function costReport(slots: SlotEntries): object | null {
  const costs = costsOf(slots);
  if (costs.length === 0) return null;
  const prices = pricesOf(slots);
  const environments = costs.map(({ environment, sums }) => {
    const of = (basis: CostBasis, key: 'amount' | 'compared'): number =>
      round(sums.find((sum) => sum.basis === basis)?.[key] ?? 0);
    return {
      environment,
      month: of('month', 'amount'),
      perThousand: of('thousand', 'amount'),
      perRun: of('run', 'amount'),
      compared: {
        month: of('month', 'compared'),
        perThousand: of('thousand', 'compared'),
        perRun: of('run', 'compared'),
      },
    };
  });
  const rows = costs.flatMap(({ sums }) => sums.flatMap((sum) => sum.rows));
  return {
    currency: 'USD',
    asOf: checkedOn(prices),
    month: round(environments.reduce((sum, row) => sum + row.month, 0)),
    perThousand: Math.max(...environments.map((row) => row.perThousand)),
    perRun: Math.max(...environments.map((row) => row.perRun)),
    environments,
    lines: rows.map(({ what, basis, from, environment, quantity, unit, price, priced, amount, compared }) => {
      return {
        what,
        environment,
        basis,
        quantity,
        unit,
        price,
        usd: priced.usd ?? null,
        per: priced.per,
        amount: roundOr(amount),
        compared: roundOr(compared),
        month: basis === 'month' ? roundOr(amount) : 0,
        from,
      };
    }),
    unpriced: prices
      .filter(({ usd }) => usd === undefined)
      .map(({ key, unit, setting, where }) => ({ price: key, unit, where, setting })),
  };
}

const round = (usd: number): number => Number(usd.toFixed(9));
const roundOr = (usd: number | null): number | null => (usd === null ? null : round(usd));

/** The same as text: the totals of each environment, the date of the prices, and what has no price. */
export function costLines(slots: SlotEntries): string[] {
  const costs = costsOf(slots);
  if (costs.length === 0) return [];
  const prices = pricesOf(slots);
  const unpriced = prices.filter(({ usd }) => usd === undefined);
  const dates = prices
    .flatMap(({ usd, dated, compared }) => (usd === undefined ? compared?.dated : dated) ?? [])
    .sort();
  const oldest = dates.length > 0 ? `; the oldest source is from ${dates[0]}` : '';
  return [
    ...BASES.flatMap(([basis, title]) => {
      const shown = costs.flatMap(({ environment, sums }) =>
        sums.filter((sum) => sum.basis === basis).map((sum) => `  ${environment.padEnd(12)} ${sum.shown}`),
      );
      return shown.length > 0 ? [`${title}, by list prices:`, ...shown] : [];
    }),
    `The prices were looked up on ${checkedOn(prices)}${oldest}. docs/cost.md shows the calculation.`,
    ...unpriced.slice(0, 1).map(({ where, setting }) => {
      const keys = unpriced.map(({ key }) => key).join(', ');
      return `No price was found in ${where} for ${keys}. Set your prices with the setting ${setting}.`;
    }),
  ];
}
