import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Catalogue } from '../../../src/core/catalogue.ts';
import { readConfig } from '../../../src/core/config.ts';
import { prepare } from '../../../src/core/generate.ts';
import { renderPlan } from '../../../src/core/render.ts';
import { createSolver, type Picks } from '../../../src/core/solver.ts';
import { type Case, caseOf, type Factor, factorsOf, givenOf, type Level, SEED } from '../cases.ts';
import { cover } from '../covering.ts';

/**
 * A few stacks that contain every pair of levels that change the Terraform of a cloud. The rendered output shows which
 * levels do, so no option is named here. Two levels of a factor are equivalent if no stack of a small sample
 * distinguishes them.
 */
export function terraformCases(
  catalogue: Catalogue,
  cloud: string,
): { readonly cases: readonly Case[]; readonly factors: readonly Factor[]; readonly pairs: number } {
  const { config } = readConfig(
    { values: { name: 'demo' }, where: () => ({}), explicit: new Set() },
    catalogue,
    'demo',
  );
  const solver = createSolver(config, catalogue);
  const choices = new Set(catalogue.choices.map(({ id }) => id));
  /** The level with the other choices that it needs; undefined if no choices make it resolve. */
  const whole = (values: Level['values']): Level['values'] | undefined => {
    const picked = Object.fromEntries(
      Object.entries({ ...values, cloud }).filter(([key]) => choices.has(key)),
    ) as Picks;
    const found = solver.complete({ fixed: picked });
    return found.kind === 'found' ? { name: 'demo', ...values, ...found.picks } : undefined;
  };
  const known = new Map<string, string | undefined>();
  const prints = (...levels: readonly Level[]): string | undefined => {
    const values = whole(Object.assign({}, ...levels.map((level) => level.values)));
    const key = JSON.stringify(values);
    if (values && !known.has(key)) known.set(key, fingerprint(values, catalogue));
    return values && known.get(key);
  };

  const all = factorsOf(catalogue).flatMap(({ id, levels }): Factor[] =>
    id === 'cloud' ? [] : [{ id, levels: [...levels, ...settingsOf(id, catalogue)] }],
  );
  const contexts = contextsOf(all, (values) => whole(values) === undefined);
  const factors = all
    .map((factor) => {
      const seen = new Set<string>();
      const isNew = (level: Level): boolean => {
        if (prints(level) === undefined) return false;
        const print = contexts.map((context) => prints(...context.values(), level) ?? '').join();
        return !seen.has(print) && seen.add(print) !== undefined;
      };
      return { id: factor.id, levels: factor.levels.filter(isNew) };
    })
    .filter(({ levels }) => levels.length > 1);

  const valuesOf = (row: readonly (number | undefined)[]): Level['values'] =>
    Object.assign(
      {},
      ...row.map((level, factor) => (level === undefined ? {} : factors[factor]!.levels[level]!.values)),
    );
  const { rows, covered } = cover(
    factors.map(({ levels }) => levels.length),
    [{ strength: 2, of: factors.map((_, index) => index) }],
    SEED,
    (row) => whole(valuesOf(row)) === undefined,
  );
  const cases = rows.map((row) => {
    const { label, values } = caseOf(row, factors, catalogue);
    return { label, values: { ...values, ...whole(values) } };
  });
  return { cases, factors, pairs: covered };
}

/**
 * The number of stacks in which a level is rendered. More stacks would take more time and have distinguished no further
 * levels.
 */
const CONTEXTS = 8;

/** A few stacks with little in common. Their number does not grow with the number of options. */
function contextsOf(
  factors: readonly Factor[],
  isRefused: (values: Level['values']) => boolean,
): readonly ReadonlyMap<string, Level>[] {
  const { rows } = cover(
    factors.map(({ levels }) => levels.length),
    [{ strength: 1, of: factors.map((_, index) => index) }],
    SEED,
    (row) =>
      isRefused(
        Object.assign(
          {},
          ...row.map((level, factor) => (level === undefined ? {} : factors[factor]!.levels[level]!.values)),
        ),
      ),
  );
  return rows
    .slice(0, CONTEXTS)
    .map((row) => new Map(row.map((level, factor) => [factors[factor]!.id, factors[factor]!.levels[level]!])));
}

/** An option with each other value of its list settings: one more level of its choice. */
function settingsOf(choice: string, catalogue: Catalogue): Level[] {
  const takesMany = catalogue.choices.some(({ id, takes }) => id === choice && takes === 'many');
  return (catalogue.options.get(choice) ?? []).flatMap(({ id, settings }) =>
    Object.entries(settings ?? {}).flatMap(([key, { at, schema }]) => {
      const { enum: options = [], default: usual } =
        at === 'generation'
          ? (z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as {
              enum?: string[];
              default?: string;
            })
          : {};
      return options
        .filter((option) => option !== usual)
        .map((option) => ({
          label: `${id} ${key}=${option}`,
          values: { [choice]: takesMany ? [id] : id, [id]: { [key]: option } },
        }));
    }),
  );
}

/** A digest of all files in infra/. */
function fingerprint(values: Level['values'], catalogue: Catalogue): string {
  const hash = createHash('sha1');
  const { plan } = prepare(givenOf({ label: '', values }), catalogue, 'demo');
  const rendered = renderPlan({ ...plan, files: plan.files.filter(({ path }) => path.startsWith('infra/')) });
  for (const [path, { content }] of rendered) hash.update(path).update('\0').update(content).update('\0');
  return hash.digest('base64');
}
