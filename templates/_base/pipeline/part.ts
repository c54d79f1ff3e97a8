import * as z from 'zod';
import { definePart, defineSlot, type SlotEntry } from '../../../src/core/contract.ts';
import { orderSteps } from './order.ts';
import { PARAMETER_NAMES, RUN_PARAMETERS, type RunParameter } from './parameters.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'pipeline-step': PipelineStep;
  }
}

const word = z.string().regex(/^[a-z]\w*$/, 'is not a Python name in lower case');
/** The text occurs in table cells and in docstrings. */
const sentence = z.string().regex(/^[^\n|"\\]+$/, 'is not one line, or has a |, a double quote or a backslash');

const output = z
  .object({
    /** Name in the run folder. */
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
    parameters: z.array(z.enum(PARAMETER_NAMES)).default([]),
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
 * A step of training. The key is the name of its function and of its module. The part that contributes the entry also
 * brings `src/<package>/steps/<key>.py`. Orchestrators call `<key>(model, *inputs, *outputs, *parameters)`, or run the
 * module as a command.
 *
 * - `title`: what the step makes, as a sentence that ends with a period.
 * - `inputs`: outputs of other steps, in the order of the function's arguments.
 * - `outputs`: what the step writes, in the same order. `path` is the name in the run folder (a folder has no
 *   extension) and `title` says what it holds. `asset` is the name in tools that have data assets. It defaults to the
 *   name of the output; with null, the output is not an asset.
 * - `parameters`: parameters of the run (`runParameters`). The function takes them after its files.
 * - `flags`: flags of the command that differ from `--<input>` and `--out-<output>`.
 * - `after`, `before`: steps that this step follows or precedes although no file connects them.
 * - `checks`: the name of a check. Such a step has one input, raises DataContractError if the input breaks the rules,
 *   and writes a report with `failures`. Every other reader of the input runs after it.
 * - `decides`: exactly one step has it. `output` is a JSON file with the field `accepted`; steps with
 *   `when: 'accepted'` run only if the field is true. `asset` exists only for an accepted version.
 * - `minutes`: the time limit of one attempt.
 * - `retry`: how many times a failed attempt is repeated, the seconds before the first repetition, and the factor by
 *   which each later wait grows. Orchestrators that can recognize invalid input (UserError) do not repeat it.
 * - `size`: the size of the container, where a step has its own.
 * - `reads`, `writes`: what the step uses outside the run folder, for the architecture page.
 * - `stops`: the condition that ends the run, for the same page.
 */
export type PipelineStep = Omit<ParsedStep, keyof Defaults> & Partial<Defaults>;
export type ParsedStep = Defaults & {
  title: string;
  inputs: string[];
  outputs: Record<string, { path: string; title: string; asset?: string | null | undefined }>;
  checks?: string | undefined;
  decides?: { output: string; asset: string } | undefined;
  when?: 'accepted' | undefined;
  minutes: number;
  reads?: string | undefined;
  writes?: string | undefined;
  stops?: string | undefined;
};
type Defaults = {
  parameters: RunParameter['name'][];
  flags: Record<string, string>;
  after: string[];
  before: string[];
  retry: { times: number; seconds: number; backoff: number };
  size: 'small' | 'large';
};
export type StepFile = {
  readonly name: string;
  readonly flag: string;
  readonly path: string;
  readonly asset: string | null;
};
/** `waits`: assets that the step does not read but must follow. */
export type StepAssets = {
  readonly makes: readonly string[];
  readonly reads: readonly string[];
  readonly waits: readonly string[];
};
/**
 * A step as templates read it, with all defaults. `files`: everything that the step reads and writes, in the order of
 * its arguments. `assets`: the step as a node in a graph of assets. `follows`: the steps that it directly follows, as a
 * node in a graph of tasks. Steps that one of them already follows are not in the list.
 */
export type ArrangedStep = ParsedStep & {
  readonly files: readonly StepFile[];
  readonly assets: StepAssets;
  readonly follows: readonly string[];
};
export const pipelineStep = defineSlot({
  id: 'pipeline-step',
  meaning:
    'A step of training. The key is the name of its function and of its module in `src/<package>/steps/`. ' +
    'Orchestrators, Make targets, the folder of a run, pages and the bill are rendered from it.',
  schema: step,
  sameKey: 'equal',
  owner: 'managed',
  arrange: (entries) => orderSteps(entries as SlotEntry<ParsedStep>[]),
});

/** The steps of training, described once: orchestrators, Make targets and documents are rendered from them. */
export default definePart({ slots: [pipelineStep.slot], provides: { runParameters: () => RUN_PARAMETERS } });
