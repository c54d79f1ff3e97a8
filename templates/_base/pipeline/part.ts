import * as z from 'zod';
import { definePart, defineSlot, type SlotEntry } from '../../../src/core/contract.ts';
import { orderSteps } from './order.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'pipeline-step': PipelineStep;
  }
}

const word = z.string().regex(/^[a-z]\w*$/, 'is not a Python name in lower case');
const sentence = z.string().regex(/^[^\n|]+$/, 'is not one line, or has a |');

const output = z
  .object({
    /** Name in the folder of the run. */
    path: z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'is not the name of a file'),
    title: sentence,
    asset: word.nullable().optional(),
  })
  .strict();

const step = z
  .object({
    title: sentence,
    inputs: z.array(word),
    outputs: z.record(word, output),
    parameters: z.array(z.literal('variant')).default([]),
    flags: z.record(word, z.string().regex(/^--[a-z][a-z-]*$/, 'is not a flag')).default({}),
    after: z.array(word).default([]),
    before: z.array(word).default([]),
    checks: word.optional(),
    decides: z.object({ output: word, asset: word }).strict().optional(),
    when: z.literal('accepted').optional(),
    minutes: z.int().min(1),
    retry: z
      .object({ times: z.int().min(0).max(5), seconds: z.int().min(1), backoff: z.int().min(1) })
      .strict()
      .default({ times: 2, seconds: 10, backoff: 3 }),
    size: z.enum(['small', 'large']).default('small'),
    reads: sentence.optional(),
    writes: sentence.optional(),
    stops: sentence.optional(),
  })
  .strict();

/**
 * A step of training. The key is the name of its function and of its module: the part that contributes the entry
 * brings `src/<package>/steps/<key>.py`, and every orchestrator calls it as
 * `<key>(model, *inputs, *outputs, *parameters)` or runs it as a command.
 *
 * - `title`: what it makes, as a sentence that ends with a period.
 * - `inputs`: outputs of other steps, in the order of the function's arguments.
 * - `outputs`: what it writes, in the same order. `path` is the name in the folder of the run (a folder has no
 *   extension), `title` what it holds. `asset` is its name in a tool that has data assets (by default that of the
 *   output); null: it is no asset of its own.
 * - `parameters`: parameters of the run that it takes after its files.
 * - `flags`: flags of its command for inputs and outputs that differ from `--<input>` and `--out-<output>`.
 * - `after`, `before`: steps that it follows or precedes although no file connects them.
 * - `checks`: the check that it is, by name. It holds its only input against rules and raises DataContractError;
 *   every other reader of the input waits for it. Its output is a report with `failures`.
 * - `decides`: the output, a JSON file with `accepted`, that steps with `when: 'accepted'` depend on; `asset` is what
 *   exists only for an accepted version. Exactly one step decides.
 * - `minutes`: the limit of one attempt. `retry`: how often a failed attempt is repeated, the first wait, and how many
 *   times longer each later wait is. An orchestrator that recognizes bad input (UserError) does not repeat it.
 * - `size`: the container that it gets, where it gets one.
 * - `reads`, `writes`: what it touches outside the folder of the run. `stops`: what ends the run.
 */
export type PipelineStep = z.input<typeof step>;
export type ParsedStep = z.output<typeof step>;
export type StepFile = {
  readonly name: string;
  readonly flag: string;
  readonly path: string;
  readonly asset: string | null;
};
/** `waits`: assets that it reads nothing of, and comes after. */
export type StepAssets = {
  readonly makes: readonly string[];
  readonly reads: readonly string[];
  readonly waits: readonly string[];
};
/**
 * A step as templates read it, with every default. `files`: everything that it reads and writes, in the order of its
 * arguments. `assets`: the same as a node of a graph of assets.
 */
export type ArrangedStep = ParsedStep & { readonly files: readonly StepFile[]; readonly assets: StepAssets };
export const pipelineStep = defineSlot({
  id: 'pipeline-step',
  meaning:
    'A step of training; the key is the name of its function and of its module in `src/<package>/steps/`. Orchestrators, Make targets, the folder of a run, pages and the bill are rendered from it.',
  schema: step,
  sameKey: 'equal',
  owner: 'managed',
  arrange: (entries) => orderSteps(entries as SlotEntry<ParsedStep>[]),
});

/** The steps of training, described once: orchestrators, Make targets and documents are rendered from them. */
export default definePart({ slots: [pipelineStep.slot] });
