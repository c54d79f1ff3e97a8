import type { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import type { AnyPart } from './contract.ts';
import { resolveConfig } from './fix.ts';
import type { Broken, CatalogPart, Resolution } from './resolve.ts';

export type Picks = Readonly<Record<string, string | readonly string[]>>;

/**
 * found: every choice has a value and the stack resolves. excluded: no values of what is open resolve; `rule` is what
 * stands in the way.
 * unknown: the search was ended before it had an answer; `picks` is where it began.
 */
export type Completion =
  | { readonly kind: 'found'; readonly picks: Picks }
  | { readonly kind: 'excluded'; readonly rule: Broken }
  | { readonly kind: 'unknown'; readonly picks: Picks };

/**
 * What can change on its own: a choice that takes one option (`tracker`), or one option of a choice that takes many
 * (`target/compose`).
 */
type Variable = string;

/** A search that needs more tries than this is ended: a question must not wait for it. */
const MOST_TRIES = 1000;

/**
 * Completes a part of the choices with the evaluator that a config is judged by, changing as little of what is open as
 * it can.
 * `fixed` holds; `wished` is taken where it fits, the defaults likewise. `held` names single options of `many` choices
 * that must stay in.
 */
export function createCompleter(
  config: Config,
  catalogue: Catalogue,
): (fixed: Picks, wished?: Picks, held?: readonly Variable[]) => Completion {
  const known = new Map<string, Resolution>();
  const supportOf = createSupport(config, catalogue);
  const optionsOf = (choice: string): readonly string[] =>
    (catalogue.options.get(choice) ?? []).map((module) => module.id);
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));

  return (fixed, wished = {}, held = []) => {
    let tries = 0;
    const start: Record<string, string | readonly string[]> = {};
    for (const choice of catalogue.choices)
      start[choice.id] = fixed[choice.id] ?? wished[choice.id] ?? choice.default(start);
    for (const variable of held) {
      const [choice, option] = variable.split('/') as [string, string];
      if (!start[choice]!.includes(option)) start[choice] = [...start[choice]!, option];
    }
    const decided = new Set([
      ...Object.keys(fixed).flatMap((choice) =>
        takesMany.has(choice) ? optionsOf(choice).map((option) => `${choice}/${option}`) : [choice],
      ),
      ...held,
    ]);

    const evaluate = (picks: Picks): Resolution => {
      const key = JSON.stringify(picks);
      // What is known already counts too, so that an answer never rests on what was asked before.
      if (++tries > MOST_TRIES) throw new SearchEnded();
      let resolution = known.get(key);
      if (!resolution) {
        resolution = resolveConfig({ ...config, choices: picks }, catalogue);
        known.set(key, resolution);
      }
      return resolution;
    };
    /** The broken rule that leaves the fewest ways out, with them. */
    const narrowest = (
      broken: readonly Broken[],
      picks: Picks,
      done: ReadonlySet<Variable>,
    ): { rule: Broken; open: readonly Variable[] } =>
      broken
        .map((rule) => ({ rule, open: supportOf(rule, picks, done).filter((variable) => !done.has(variable)) }))
        .reduce((best, next) => (next.open.length < best.open.length ? next : best));

    let isCut = false;
    const search = (picks: Picks, done: ReadonlySet<Variable>, left: number): Picks | undefined => {
      const { stack, broken } = evaluate(picks);
      if (stack) return picks;
      const { open } = narrowest(broken, picks, done);
      if (left === 0) {
        isCut ||= open.length > 0;
        return undefined;
      }
      // Whatever resolves differs in one of these; each is tried in turn and stays as it is from then on, so nothing is
      // tried twice.
      const settled = new Set(done);
      for (const variable of open) {
        settled.add(variable);
        for (const next of changes(picks, variable, optionsOf)) {
          const found = search(next, settled, left - 1);
          if (found) return found;
        }
      }
      return undefined;
    };
    try {
      for (let most = 0; ; most++) {
        isCut = false;
        const picks = search(start, decided, most);
        if (picks) return { kind: 'found', picks };
        if (!isCut)
          return {
            kind: 'excluded',
            rule: narrowest((evaluate(start) as { broken: readonly Broken[] }).broken, start, decided).rule,
          };
      }
    } catch (error) {
      if (error instanceof SearchEnded) return { kind: 'unknown', picks: start };
      throw error;
    }
  };
}

class SearchEnded extends Error {}

function changes(picks: Picks, variable: Variable, optionsOf: (choice: string) => readonly string[]): Picks[] {
  const [choice, option] = variable.split('/') as [string, string | undefined];
  const now = picks[choice]!;
  if (option === undefined)
    return optionsOf(choice)
      .filter((id) => id !== now)
      .map((id) => ({ ...picks, [choice]: id }));
  const list = now as readonly string[];
  return [{ ...picks, [choice]: list.includes(option) ? list.filter((id) => id !== option) : [...list, option] }];
}

/**
 * The variables that a rule can depend on, the nearest first: those that bring what it needs, what these rest on in
 * turn, and who needs it.
 * Only declarations are read, so it may name too many, and never too few. What `picks` leave out, with every variable
 * of
 * `done` as it is, brings nothing.
 */
function createSupport(
  config: Config,
  catalogue: Catalogue,
): (rule: Broken, picks: Picks, done: ReadonlySet<Variable>) => readonly Variable[] {
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));
  const providers = group(catalogue.parts, (part) => Object.keys((part.provides ?? {}) as object));
  const needers = group(catalogue.parts, (part) => Object.keys((part.needs ?? {}) as object));
  const ownChoices = new Set(config.models.flatMap((model) => Object.keys(model.choices)));
  const byId = new Map(catalogue.parts.map((entry) => [entry.id, entry]));
  const all = catalogue.choices.flatMap((choice) =>
    takesMany.has(choice.id)
      ? (catalogue.options.get(choice.id) ?? []).map((module) => `${choice.id}/${module.id}`)
      : [choice.id],
  );

  const presence = ({ part, module }: CatalogPart): Variable[] => [
    ...(module ? [takesMany.has(module.choice) ? `${module.choice}/${module.id}` : module.choice] : []),
    ...Object.entries(part.when ?? {}).flatMap(([choice, wanted]) =>
      takesMany.has(choice) ? [wanted].flat().map((id) => `${choice}/${id}`) : [choice],
    ),
  ];
  const providersOf = (caps: object | undefined): CatalogPart[] =>
    Object.keys(caps ?? {}).flatMap((cap) => providers.get(cap) ?? []);
  return (rule, picks, done) => {
    if (rule.kind === 'cycle') return all;
    const isOut = ({ part, module }: CatalogPart): boolean =>
      (module && isSettledWithout(module.choice, [module.id])) ||
      Object.entries(part.when ?? {}).some(([choice, wanted]) => isSettledWithout(choice, [wanted].flat()));
    const isSettledWithout = (choice: string, ids: readonly string[]): boolean => {
      // A model can have an option of its own, whatever is picked for the rest.
      if (ownChoices.has(choice)) return false;
      if (!takesMany.has(choice)) return done.has(choice) && !ids.includes(picks[choice] as string);
      return ids.every((id) => done.has(`${choice}/${id}`) && !picks[choice]!.includes(id));
    };
    const found = new Set<Variable>();
    // Parts that count by being there, and those that count by their facts too.
    const there = new Set<CatalogPart>();
    const telling = new Set<CatalogPart>();
    const needer = byId.get(rule.by);
    const queue = [
      ...(providers.get(rule.needs) ?? []).map((entry) => ({ entry, tells: true })),
      ...(needer ? [{ entry: needer, tells: false }] : []),
    ];
    const add = (entries: readonly CatalogPart[], tells: boolean): void => {
      for (const entry of entries) if (!(tells ? telling : there).has(entry)) queue.push({ entry, tells });
    };
    for (const { entry, tells } of queue) {
      if (isOut(entry)) continue;
      if (!there.has(entry)) {
        there.add(entry);
        for (const variable of presence(entry)) found.add(variable);
        // Who joins on demand rests on who demands it, and on who else could meet that.
        if (entry.part.onDemand) {
          add(providersOf(entry.part.provides), true);
          for (const cap of Object.keys((entry.part.provides ?? {}) as object)) add(needers.get(cap) ?? [], false);
        }
      }
      // Its facts rest on what it needs.
      if (tells && !telling.has(entry)) {
        telling.add(entry);
        add(providersOf(entry.part.needs), true);
      }
    }
    return [...found];
  };
}

function group(
  parts: readonly CatalogPart[],
  capsOf: (part: AnyPart) => readonly string[],
): Map<string, CatalogPart[]> {
  const result = new Map<string, CatalogPart[]>();
  for (const entry of parts) for (const cap of capsOf(entry.part)) result.set(cap, [...(result.get(cap) ?? []), entry]);
  return result;
}
