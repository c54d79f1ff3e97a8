import type { Catalogue } from '../../src/core/catalogue.ts';
import { UserError } from '../../src/core/errors.ts';
import { type Case, caseOf, factorsOf, SEED } from './cases.ts';
import { BUILT_IN, refusals } from './compatibility.ts';
import { cover } from './covering.ts';
import { CHECKS, Inspector } from './inspect.ts';
import { Contents, renderCase } from './stacks.ts';

/** An option such as `tracker/wandb`, split into choice and option. */
export type Option = readonly [choice: string, id: string];

/**
 * Few cases with one option: it occurs with every level of every other choice at least once, except those in `without`.
 */
export function casesOf(
  catalogue: Catalogue,
  [choice, id]: Option,
  without: readonly Option[] = [],
  seed = SEED,
): Case[] {
  const factors = factorsOf(catalogue);
  const { rows } = cover(
    factors.map((factor) => factor.levels.length),
    [{ strength: 1, of: factors.map((_, index) => index) }],
    seed,
    (row) => {
      const values: Record<string, unknown> = Object.assign(
        {},
        ...row.map((level, index) => (level === undefined ? {} : factors[index]!.levels[level]!.values)),
      );
      const has = ([other, value]: Option): boolean => [values[other]].flat().includes(value);
      const lacks = values[choice] !== undefined && !has([choice, id]);
      return lacks || without.some(has) || refusals(BUILT_IN, values).length > 0;
    },
  );
  return rows.map((row) => caseOf(row, factors, catalogue));
}

export type Verdict = {
  readonly problems: readonly string[];
  /** For each option, the rendered cases and the cases that its modules refuse. */
  readonly rendered: readonly number[];
  readonly refused: readonly number[];
};

const MOST_SEEDS = 5;

/** Renders the cases of options, never two of them in one case, and runs all checks of the matrix. */
export async function verifyOptions(catalogue: Catalogue, options: readonly Option[]): Promise<Verdict> {
  const inspector = new Inspector(catalogue);
  const contents = new Contents();
  const problems: string[] = [];
  const rendered = options.map(() => 0);
  const refused = options.map(() => 0);
  for (const [index, option] of options.entries()) {
    const others = options.filter((other) => other !== option);
    // If other options of each case refuse this one, other cases may combine it.
    for (let seed = SEED; seed < SEED + MOST_SEEDS && (seed === SEED || rendered[index]! < 2); seed++)
      for (const item of casesOf(catalogue, option, others, seed)) {
        try {
          inspector.inspect(renderCase(item, catalogue, contents));
          rendered[index]!++;
        } catch (error) {
          if (error instanceof UserError && error.id === 'E-NEED-UNMET') refused[index]!++;
          else problems.push(`${item.label}: ${(error as Error).message}`);
        }
      }
  }
  await inspector.finish();
  problems.push(...CHECKS.flatMap((check) => inspector.problems(check).map((problem) => `${check}: ${problem}`)));
  return { problems, rendered, refused };
}
