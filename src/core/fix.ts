import type { Catalogue } from './catalogue.ts';
import { type Config, selectionOf, showValue } from './config.ts';
import { UserError } from './errors.ts';
import { type Broken, type Resolution, resolve, type Stack } from './resolve.ts';

/** A change of choices that makes a config resolve, and how to type it. */
export type Fix = { readonly set: Readonly<Record<string, string>>; readonly flags: string };

/** More than two changes at once are no "smallest change" that a person would recognise as theirs. */
const MOST_CHANGES = 2;

export const resolveConfig = (config: Config, catalogue: Catalogue): Resolution =>
  resolve(selectionOf(config, catalogue), catalogue.parts);

/** The stack of a config, or an error that names both sides, the reason and the smallest change that resolves. */
export function verifyStack(config: Config, catalogue: Catalogue, explicit: ReadonlySet<string> = new Set()): Stack {
  const { stack, broken } = resolveConfig(config, catalogue);
  if (stack) return stack;
  const fix = searchFix(config, catalogue, explicit);
  const hint = fix
    ? `The smallest change that resolves it: ${fix.flags}`
    : 'No change of one or two choices resolves it; see create-mlops-stack list.';
  throw new UserError(
    'E-NEED-UNMET',
    broken.map((rule) => ({ key: rule.by.split('/')[0], value: rule.by.split('/')[1], message: sentence(rule) })),
    hint,
    fix?.flags,
  );
}

/** One broken rule in words. */
export function sentence(rule: Broken): string {
  const who = `${rule.by}${rule.model ? ` (model ${rule.model})` : ''}`;
  if (rule.kind === 'cycle') return `These need one another in a circle: ${rule.found.join(' -> ')}.`;
  if (rule.kind === 'ambiguous')
    return `${who} needs one ${rule.needs}, and ${rule.found.join(' and ')} each provide another: ${rule.because}.`;
  const lacking = (rule.lacking ?? []).map(({ id, why }) => `${id} has none, since ${why}`).join('; ');
  if (rule.kind === 'unmet' && lacking) return `${who} needs ${rule.needs}, and ${lacking}: ${rule.because}.`;
  const found =
    rule.kind === 'unmet'
      ? 'and nothing that is chosen provides it'
      : `and what ${rule.found.join(' and ')} provides does not fit`;
  return `${who} needs ${rule.needs}, ${found}: ${rule.because}.`;
}

/**
 * Tries every change of one choice, then of two, with the same evaluator, and returns the first that resolves.
 * Choices that the user did not make are changed before those that they did.
 */
export function searchFix(
  config: Config,
  catalogue: Catalogue,
  explicit: ReadonlySet<string> = new Set(),
): Fix | undefined {
  const steps = catalogue.choices
    .flatMap((choice) => changesOf(config, catalogue, choice.id))
    .sort((a, b) => Number(explicit.has(a.choice)) - Number(explicit.has(b.choice)));
  const search = (current: Config, from: number, left: number, done: readonly Step[]): readonly Step[] | undefined => {
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!;
      if (done.some((other) => other.choice === step.choice)) continue;
      const next = { ...current, choices: { ...current.choices, [step.choice]: step.value } };
      if (left === 1 ? resolveConfig(next, catalogue).stack : false) return [...done, step];
      const deeper = left > 1 ? search(next, i + 1, left - 1, [...done, step]) : undefined;
      if (deeper) return deeper;
    }
    return undefined;
  };
  for (let count = 1; count <= MOST_CHANGES; count++) {
    const found = search(config, 0, count, []);
    if (found)
      return {
        set: Object.fromEntries(found.map((step) => [step.choice, showValue(step.value)])),
        flags: found.map((step) => `--set ${step.choice}=${showValue(step.value)}`).join(' '),
      };
  }
  return undefined;
}

type Step = { readonly choice: string; readonly value: string | readonly string[] };

function changesOf(config: Config, catalogue: Catalogue, choice: string): Step[] {
  const now = config.choices[choice]!;
  const ids = (catalogue.options.get(choice) ?? []).map((module) => module.id);
  if (typeof now === 'string') return ids.filter((id) => id !== now).map((value) => ({ choice, value }));
  return ids.map((id) => ({ choice, value: now.includes(id) ? now.filter((other) => other !== id) : [...now, id] }));
}
