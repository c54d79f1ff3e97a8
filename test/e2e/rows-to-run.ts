import { createHash } from 'node:crypto';
import type { E2eStack } from './stack-list.ts';

/** docs/support.json: the inputs of each proof, and the digest of every option that it proved. */
export type Support = {
  readonly proofs?: Readonly<Record<string, { readonly date: string; readonly digest: string }>>;
  readonly options?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
};
export type RunOrder = {
  /** Stacks that always run: the anchors, and those whose own options changed. */
  readonly always: readonly string[];
  /** The other stacks, which run in this order until the time limit. */
  readonly ifTime: readonly string[];
};

/**
 * The order of the stacks in a CI run. An option belongs to the first stack that has it, and a change of the option
 * makes that stack run. The order of the others follows `seed`, so that every stack runs eventually.
 */
export function orderOf(
  stacks: readonly E2eStack[],
  anchors: ReadonlySet<string>,
  support: Support,
  digestOfOption: (id: string) => string,
  seed: string,
): RunOrder {
  const hasChanged = ({ name }: E2eStack, id: string): boolean =>
    !Object.values(support.options?.[id] ?? {}).some((proofs) => proofs[name] === digestOfOption(id));
  const seen = new Set<string>();
  const always: string[] = [];
  const ifTime: string[] = [];
  for (const stack of stacks) {
    const own = stack.options.filter((id) => !seen.has(id));
    for (const id of own) seen.add(id);
    const isNeeded = anchors.has(stack.name) || own.some((id) => hasChanged(stack, id));
    (isNeeded ? always : ifTime).push(stack.name);
  }
  const rank = (name: string): string => createHash('sha256').update(`${seed} ${name}`).digest('hex');
  return { always, ifTime: ifTime.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) };
}
