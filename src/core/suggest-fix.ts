import type { Catalogue } from './catalogue.ts';
import { type Config, showValue } from './config.ts';
import { UserError } from './errors.ts';
import type { Broken, Stack } from './resolve.ts';
import { createSolver, resolveConfig } from './solver.ts';

/** A change of choices that makes a config resolve, also as flags to paste. */
export type Fix = { readonly set: Readonly<Record<string, string>>; readonly flags: string };

/** A fix with more changes than this is too far from the stack that the user asked for. */
const MOST_CHANGES = 2;

/** The stack of a config, or an error that names both sides, the reason and the smallest change that resolves. */
export function verifyStack(config: Config, catalogue: Catalogue, explicit: ReadonlySet<string> = new Set()): Stack {
  const { stack, broken } = resolveConfig(config, catalogue);
  if (stack) return stack;
  const fix = suggestFix(config, catalogue, explicit);
  const hint = fix
    ? `The smallest change that resolves it: ${fix.flags}`
    : 'No change of one or two choices resolves it. See `create-mlops-stack list`.';
  throw new UserError(
    'E-NEED-UNMET',
    broken.map((rule) => ({ key: rule.by.split('/')[0], value: rule.by.split('/')[1], message: sentence(rule) })),
    hint,
    fix?.flags,
  );
}

/** Describes one broken rule. */
export function sentence(rule: Broken): string {
  const who = `${rule.by}${rule.model ? ` (model ${rule.model})` : ''}`;
  if (rule.kind === 'cycle') return `These modules need each other in a cycle: ${rule.found.join(' -> ')}.`;
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

/** The smallest change of choices that resolves. Choices with default values change before choices of the user. */
export function suggestFix(
  config: Config,
  catalogue: Catalogue,
  explicit: ReadonlySet<string> = new Set(),
): Fix | undefined {
  const picks = createSolver(config, catalogue).repair(config.choices, explicit, MOST_CHANGES);
  if (!picks) return undefined;
  const changed = Object.entries(picks).filter(([choice, value]) => value !== config.choices[choice]);
  const set = Object.fromEntries(changed.map(([choice, value]) => [choice, showValue(value)]));
  return {
    set,
    flags: Object.entries(set)
      .map(([choice, value]) => `--set ${choice}=${value}`)
      .join(' '),
  };
}
