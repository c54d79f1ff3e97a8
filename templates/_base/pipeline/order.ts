import type { SlotEntry } from '../../../src/core/contract.ts';
import { assetOf, assetsOf, filesOf } from './assets.ts';
import type { ArrangedStep, ParsedStep } from './part.ts';

type Entry = SlotEntry<ParsedStep>;

/**
 * Returns the entries in the order in which they run. A step follows the steps that make its inputs, a check precedes
 * the other readers of its input, and steps that need an accepted version come last. Ties are broken alphabetically.
 * Throws an Error that names the parts at fault.
 */
export function orderSteps(entries: readonly Entry[]): SlotEntry<ArrangedStep>[] {
  const steps = new Map(entries.map((entry) => [entry.key, entry]));
  const makers = makersOf(entries);
  verify(entries, steps, makers);
  const reasons = new Map(entries.map((entry) => [entry.key, new Set(entry.value.after)]));
  for (const { key, value } of entries) for (const later of value.before) reasons.get(later)!.add(key);

  const allBefore = new Map<string, ReadonlySet<string>>();
  for (const { key, value } of entries) {
    const before = new Set([...reasons.get(key)!, ...value.inputs.map((input) => makers.get(input)!.key)]);
    for (const other of entries) {
      const guards = other.value.checks && other.key !== key && !value.checks;
      if (guards && value.inputs.includes(other.value.inputs[0]!)) before.add(other.key);
      if (value.when && !other.value.when) before.add(other.key);
    }
    allBefore.set(key, before);
  }
  const left = new Map(allBefore);
  const ordered: SlotEntry<ArrangedStep>[] = [];
  while (left.size > 0) {
    const next = [...left].find(([, before]) => [...before].every((name) => !left.has(name)))?.[0];
    if (next === undefined) throw new Error(`${describe(cycleIn(left), steps)} wait for each other`);
    left.delete(next);
    const { value, ...rest } = steps.get(next)!;
    const after = [...reasons.get(next)!].sort();
    const assets = assetsOf(value, after, steps, makers);
    const follows = nearest(next, allBefore, ordered);
    ordered.push({ ...rest, value: { ...value, files: filesOf(value, makers), assets, follows } });
  }
  return ordered;
}

/** The steps that a step waits for, without those that another of them waits for. They are in the order of `ordered`. */
function nearest(
  key: string,
  before: ReadonlyMap<string, ReadonlySet<string>>,
  ordered: readonly SlotEntry<ArrangedStep>[],
): string[] {
  const implied = new Set<string>();
  const found: string[] = [];
  for (const { key: other, value } of ordered.toReversed()) {
    const isWanted = before.get(key)!.has(other);
    if (isWanted && !implied.has(other)) found.unshift(other);
    if (isWanted || implied.has(other)) for (const earlier of value.follows) implied.add(earlier);
  }
  return found;
}

/** Output -> the step that makes it. */
function makersOf(entries: readonly Entry[]): Map<string, Entry> {
  const makers = new Map<string, Entry>();
  const taken = new Map<string, Entry>();
  for (const entry of entries) {
    for (const [name, { path }] of Object.entries(entry.value.outputs)) {
      const asset = assetOf(entry.value, name);
      const names = [`the output ${name}`, `the file ${path}`, ...(asset === null ? [] : [`the asset ${asset}`])];
      for (const what of names) {
        const other = taken.get(what);
        if (other) throw new Error(`${other.key} (${other.from}) and ${entry.key} (${entry.from}) both make ${what}`);
        taken.set(what, entry);
      }
      makers.set(name, entry);
    }
  }
  return makers;
}

function verify(
  entries: readonly Entry[],
  steps: ReadonlyMap<string, Entry>,
  makers: ReadonlyMap<string, Entry>,
): void {
  const deciding = entries.filter(({ value }) => value.decides);
  if (deciding.length !== 1)
    throw new Error(`one step must decide, and there are ${deciding.length}: ${describe(deciding, steps)}`);
  for (const { key, value, from } of entries) {
    const who = `${key} (${from})`;
    for (const input of value.inputs) {
      const maker = makers.get(input);
      if (!maker)
        throw new Error(`${who} reads ${input}, which no step makes; there are ${[...makers.keys()].join(', ')}`);
      if (maker.value.when && !value.when)
        throw new Error(`${who} reads ${input}, which exists only for an accepted version: it needs when: accepted`);
    }
    for (const other of [...value.after, ...value.before])
      if (!steps.has(other)) throw new Error(`${who} names ${other}, which is no step`);
    const files = [...value.inputs, ...Object.keys(value.outputs)];
    for (const name of Object.keys(value.flags))
      if (!files.includes(name)) throw new Error(`${who} has a flag for ${name}, which it neither reads nor writes`);
    if (value.checks && (value.inputs.length !== 1 || Object.keys(value.outputs).length !== 1))
      throw new Error(`${who} is a check, so it has one input and one output`);
    if (value.checks && value.parameters.length > 0) throw new Error(`${who} is a check, so it has no parameters`);
    if (value.decides && !(value.decides.output in value.outputs))
      throw new Error(`${who} decides by ${value.decides.output}, which it does not write`);
    const assets = Object.keys(value.outputs).flatMap((name) => assetOf(value, name) ?? []);
    if (!value.checks && assets.length === 0) throw new Error(`${who} makes nothing that is an asset`);
    if (value.checks && assets.length > 0) throw new Error(`${who} is a check, so its report is no asset: asset: null`);
    // A function with this name would hide the step that it calls.
    const hidden = [...assets, value.checks, value.decides?.asset].find((name) => name && steps.has(name));
    if (hidden) throw new Error(`${who} makes the asset ${hidden}, which is the name of a step`);
  }
}

/** The steps that remain because each waits for another of them. */
function cycleIn(left: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let name = left.keys().next().value!;
  while (!path.includes(name)) {
    path.push(name);
    name = [...left.get(name)!].find((before) => left.has(before))!;
  }
  return path.slice(path.indexOf(name));
}

const describe = (keys: readonly (string | Entry)[], steps: ReadonlyMap<string, Entry>): string =>
  keys
    .map((key) => (typeof key === 'string' ? steps.get(key)! : key))
    .map(({ key, from }) => `${key} (${from})`)
    .join(', ') || 'none';
