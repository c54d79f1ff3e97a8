import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** `tuning/`: the search space of a model, the folds of its training rows, and the result that `train` reads. */
    searchSpace: true;
  }
  interface Slots {
    'search-range': SearchRange;
  }
}

export type SearchRange = { readonly comment: string } & (
  | {
      readonly low: number;
      readonly high: number;
      readonly log?: true | undefined;
      readonly integer?: true | undefined;
    }
  | { readonly choices: readonly (string | number | boolean)[] }
);

const comment = z.string();
const range = z
  .object({
    comment,
    low: z.number(),
    high: z.number(),
    log: z.literal(true).optional(),
    integer: z.literal(true).optional(),
  })
  .strict()
  .refine(({ low, high }) => low < high, 'has a low that is not below its high')
  .refine(({ low, log }) => !log || low > 0, 'is logarithmic, so its low is above 0')
  .refine(({ low, high, integer }) => !integer || [low, high].every(Number.isInteger), 'has limits that are not whole');
const choices = z.object({ comment, choices: z.array(z.union([z.string(), z.number(), z.boolean()])).min(2) }).strict();

/** The values of the parameters of training among which a search chooses. */
export const searchRange = defineSlot({
  id: 'search-range',
  meaning:
    'The values of a parameter of `train` among which a search of parameters chooses, written to `tune.space` of ' +
    '`params/<model>.yaml` if the stack has one. The key is the name of the parameter. Values are from `low` to ' +
    '`high`, on a logarithmic scale with `log`, whole numbers with `integer`; or one of `choices`.',
  schema: z.union([range, choices]),
  sameKey: 'equal',
  owner: 'tuned',
});

/** The ground of a search of parameters, for every tool that suggests values. */
export default definePart({
  slots: [searchRange.slot],
  onDemand: true,
  provides: { searchSpace: true },
  contributes: () => [{ slot: 'config', key: 'tuning.max_trials', value: null }],
});
