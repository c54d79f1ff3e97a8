import type { SlotEntry } from '../../../src/core/contract.ts';
import type { ParsedStep, StepAssets, StepFile } from './part.ts';

type Entry = SlotEntry<ParsedStep>;
export type Makers = ReadonlyMap<string, Entry>;

/** The asset of an output; null if the output is not an asset. */
export const assetOf = ({ outputs }: ParsedStep, name: string): string | null => {
  const { asset } = outputs[name]!;
  return asset === undefined ? name : asset;
};

const madeBy = (step: ParsedStep): string[] => Object.keys(step.outputs).flatMap((name) => assetOf(step, name) ?? []);

/**
 * Everything that a step reads and writes, in the order of its arguments. After the decision, the decision file is
 * represented by the asset that exists only for an accepted version.
 */
export function filesOf(step: ParsedStep, makers: Makers): StepFile[] {
  const flag = (name: string, prefix: string): string => step.flags[name] ?? `--${prefix}${name.replaceAll('_', '-')}`;
  const inputs = step.inputs.map((name): StepFile => {
    const { value: maker } = makers.get(name)!;
    const isApproval = step.when !== undefined && maker.decides?.output === name;
    const asset = isApproval ? maker.decides!.asset : assetOf(maker, name);
    return { name, flag: flag(name, ''), path: maker.outputs[name]!.path, asset };
  });
  const outputs = Object.entries(step.outputs).map(
    ([name, { path }]): StepFile => ({ name, flag: flag(name, 'out-'), path, asset: assetOf(step, name) }),
  );
  return [...inputs, ...outputs];
}

/** A step as a node of a graph of assets. `after`: steps that come before it although no file connects them. */
export function assetsOf(
  step: ParsedStep,
  after: readonly string[],
  steps: ReadonlyMap<string, Entry>,
  makers: Makers,
): StepAssets {
  const inputs = filesOf(step, makers).slice(0, step.inputs.length);
  const reads = inputs.flatMap(({ asset }) => asset ?? []);
  const unseen = inputs.filter(({ asset }) => asset === null).map(({ name }) => makers.get(name)!.value);
  const waits = [...after.map((key) => steps.get(key)!.value), ...unseen].map(
    (before) => (before.checks ? assetOf(makers.get(before.inputs[0]!)!.value, before.inputs[0]!) : madeBy(before)[0])!,
  );
  // If an output exists only for an accepted version, everything made from it is skipped with it.
  const isBehind = step.inputs.some((name) => makers.get(name)!.value.when);
  const decides = [...steps.values()].find(({ value }) => value.decides)!.value.decides!;
  if (step.when && !isBehind) waits.push(decides.asset);
  return { makes: madeBy(step), reads, waits: [...new Set(waits)].filter((asset) => !reads.includes(asset)) };
}
