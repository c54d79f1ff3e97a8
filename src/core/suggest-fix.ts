import type { Catalogue } from './catalogue.ts';
import { compareText } from './compare.ts';
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
    problemsOf(broken, config, catalogue).map(({ by, message }) => ({
      key: by.split('/')[0],
      value: by.split('/')[1],
      message,
    })),
    hint,
    fix?.flags,
  );
}

/**
 * One problem for each broken rule. Needs of an option that the same options would meet are one problem. A need of a
 * shared part, whose id tells a user nothing, is a need of the options that use the part.
 */
function problemsOf(
  broken: readonly Broken[],
  config: Config,
  catalogue: Catalogue,
): { readonly by: string; readonly message: string }[] {
  const problems = new Map<string, { by: string; rules: Broken[]; options: readonly string[] }>();
  const shared = (rule: Broken): boolean => rule.by.startsWith('_');
  // Options first, so that a shared part adds no problem that an option of the stack already has.
  for (const rule of [...broken.filter((each) => !shared(each)), ...broken.filter(shared)]) {
    const isPlain = rule.kind === 'unmet' && !rule.lacking?.length;
    const options = isPlain ? optionsWith(rule.needs, catalogue) : [];
    const of = options.join();
    if (shared(rule) && of && [...problems.values()].some((each) => each.options.join() === of)) continue;
    const by = shared(rule) ? (usersOf(rule.by, config, catalogue) ?? rule.by) : rule.by;
    const key = of ? `${by}${rule.model ?? ''} ${of}` : String(problems.size);
    const problem = problems.get(key) ?? { by, rules: [], options };
    problem.rules.push(rule);
    problems.set(key, problem);
  }
  return [...problems.values()].map(({ by, rules: [first, ...others], options }) => ({
    by,
    message:
      others.length === 0
        ? sentence({ ...first!, by })
        : `${by} needs ${options.join(' or ')}, which is not chosen: ${first!.because}.`,
  }));
}

/** The options that provide a capability themselves or with one of their parts. */
const optionsWith = (cap: string, { parts }: Catalogue): string[] =>
  [
    ...new Set(
      parts.flatMap(({ part, module }) =>
        module && part.provides && cap in part.provides ? [`${module.choice}/${module.id}`] : [],
      ),
    ),
  ].sort(compareText);

/** The chosen options that need what a shared part provides; undefined if there are none. */
function usersOf(id: string, config: Config, { parts }: Catalogue): string | undefined {
  const provided = Object.keys(parts.find((each) => each.id === id)?.part.provides ?? {});
  const isChosen = (choice: string, option: string): boolean =>
    [config.choices, ...config.models.map((model) => model.choices)].some((picks) =>
      [picks[choice] ?? []].flat().includes(option),
    );
  const users = parts.flatMap(({ part, module }) =>
    module && isChosen(module.choice, module.id) && provided.some((cap) => cap in (part.needs ?? {}))
      ? [`${module.choice}/${module.id}`]
      : [],
  );
  return users.length > 0 ? [...new Set(users)].join(' or ') : undefined;
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

/** The smallest change of choices that resolves. Choices of the user change only if no other change resolves. */
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
