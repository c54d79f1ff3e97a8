declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The parameters of a training run, in the order of the arguments of `run_training`. */
    runParameters: readonly RunParameter[];
  }
}

/**
 * A parameter of a training run. Its value is one word: orchestrators, commands and Make targets pass it as text.
 * `title`: what the value means, for pages and help texts.
 */
export type RunParameter = { readonly name: 'until' | 'variant'; readonly default: string; readonly title: string };

export const RUN_PARAMETERS: readonly RunParameter[] = [
  { name: 'variant', default: 'base', title: 'variant of the sample data' },
  { name: 'until', default: 'now', title: 'last day of the rows, such as 2026-05-31' },
];

export const PARAMETER_NAMES = RUN_PARAMETERS.map(({ name }) => name);
