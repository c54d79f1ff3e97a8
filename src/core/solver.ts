import type { Catalogue } from './catalogue.ts';
import { type Config, selectionOf } from './config.ts';
import type { AnyPart } from './contract.ts';
import { type Broken, type CatalogPart, type Resolution, resolve } from './resolve.ts';

/** Choice -> option, or options where the choice takes many. */
export type Picks = Readonly<Record<string, string | readonly string[]>>;

/**
 * found: every choice has a value and the stack resolves. excluded: no values of the open choices resolve; `rule` is
 * one that cannot be met. unknown: the search stopped before it had an answer; `picks` is where it started.
 */
export type Solution =
  | { readonly kind: 'found'; readonly picks: Picks }
  | { readonly kind: 'excluded'; readonly rule: Broken }
  | { readonly kind: 'unknown'; readonly picks: Picks };

/** What can change on its own: a choice that takes one option (`tracker`), or one option of another (`target/compose`). */
type Variable = string;

export type Question = {
  /** Values that must stay. */
  readonly fixed?: Picks;
  /** Values to start from, in place of the defaults. */
  readonly wished?: Picks;
  /** Single options of choices that take many, as `target/compose`, which must stay in. */
  readonly held?: readonly Variable[];
};

/** One search for both questions: what fits an answer, and what is the smallest fix. */
export type Solver = {
  /** The picks nearest to what was wished that resolve, with what is fixed. */
  readonly complete: (question: Question) => Solution;
  /**
   * The nearest picks that resolve, at most `most` changes away from `start`; undefined where there are none. Of two
   * that are as near, the one that leaves the choices in `keep` alone.
   */
  readonly repair: (start: Picks, keep: ReadonlySet<string>, most: number) => Picks | undefined;
};

/** The limit of evaluations for one question, so that the wizard answers at once. */
const MOST_TRIES = 1000;

export const resolveConfig = (config: Config, catalogue: Catalogue): Resolution =>
  resolve(selectionOf(config, catalogue), catalogue.parts);

export function createSolver(config: Config, catalogue: Catalogue): Solver {
  const known = new Map<string, Resolution>();
  const supportOf = createSupport(config, catalogue);
  const optionsOf = (choice: string): readonly string[] =>
    (catalogue.options.get(choice) ?? []).map((module) => module.id);
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));
  const variablesOf = (choice: string): readonly Variable[] =>
    takesMany.has(choice) ? optionsOf(choice).map((option) => `${choice}/${option}`) : [choice];

  /** The open variables of the broken rule that has the fewest, with the rule. Those to keep come last. */
  const narrowest = (broken: readonly Broken[], picks: Picks, { done, keep }: Bounds) =>
    broken
      .map((rule) => {
        const open = supportOf(rule, picks, done).filter((variable) => !done.has(variable));
        return { rule, open: keep ? open.sort((a, b) => Number(isKept(a, keep)) - Number(isKept(b, keep))) : open };
      })
      .reduce((best, next) => (next.open.length < best.open.length ? next : best));

  /** Searches with one change of `start`, then two, and so on, up to `most`. */
  function search(start: Picks, bounds: Bounds, most = Number.POSITIVE_INFINITY): Solution {
    let tries = 0;
    const evaluate = (picks: Picks): Resolution => {
      // A known answer counts as well, so that the result never depends on earlier questions.
      if (++tries > MOST_TRIES) throw new SearchEnded();
      const key = JSON.stringify(picks);
      let resolution = known.get(key);
      if (!resolution) known.set(key, (resolution = resolveConfig({ ...config, choices: picks }, catalogue)));
      return resolution;
    };
    let isCut = false;
    const step = (picks: Picks, done: ReadonlySet<Variable>, left: number): Picks | undefined => {
      const { stack, broken } = evaluate(picks);
      if (stack) return picks;
      const { open } = narrowest(broken, picks, { ...bounds, done });
      if (left === 0) {
        isCut ||= open.length > 0;
        return undefined;
      }
      // All that resolves differs in one of these. Each is tried in turn and then stays, so nothing is tried twice.
      const settled = new Set(done);
      for (const variable of open) {
        settled.add(variable);
        for (const next of changes(picks, variable, optionsOf)) {
          const found = step(next, settled, left - 1);
          if (found) return found;
        }
      }
      return undefined;
    };
    try {
      for (let changed = 0; changed <= most; changed++) {
        isCut = false;
        const picks = step(start, bounds.done, changed);
        if (picks) return { kind: 'found', picks };
        if (!isCut) {
          const { broken } = evaluate(start) as { broken: readonly Broken[] };
          return { kind: 'excluded', rule: narrowest(broken, start, bounds).rule };
        }
      }
    } catch (error) {
      if (!(error instanceof SearchEnded)) throw error;
    }
    return { kind: 'unknown', picks: start };
  }

  return {
    complete: ({ fixed = {}, wished = {}, held = [] }) => {
      const start: Record<string, string | readonly string[]> = {};
      for (const choice of catalogue.choices)
        start[choice.id] = fixed[choice.id] ?? wished[choice.id] ?? choice.default(start);
      for (const variable of held) {
        const [choice, option] = variable.split('/') as [string, string];
        if (!start[choice]!.includes(option)) start[choice] = [...start[choice]!, option];
      }
      return search(start, { done: new Set([...Object.keys(fixed).flatMap(variablesOf), ...held]) });
    },
    repair: (start, keep, most) => {
      const kept = new Set([...keep].filter((choice) => choice in start).flatMap(variablesOf));
      // One change more at a time, and each time first without the choices to keep.
      for (let changed = 1; changed <= most; changed++) {
        for (const bounds of [{ done: kept }, { done: new Set<Variable>(), keep }]) {
          const solution = search(start, bounds, changed);
          if (solution.kind === 'found') return solution.picks;
        }
      }
      return undefined;
    },
  };
}

/** `done`: variables that must stay as they are. `keep`: choices that change only where nothing else helps. */
type Bounds = { readonly done: ReadonlySet<Variable>; readonly keep?: ReadonlySet<string> };

class SearchEnded extends Error {}

const isKept = (variable: Variable, keep: ReadonlySet<string>): boolean => keep.has(variable.split('/')[0]!);

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
 * The variables that a rule can depend on, nearest first: those of the providers of what it needs, of what these rest
 * on in turn, and of the part that needs it. Only declarations are read, so it may name too many, and never too few.
 * A part that `picks` leave out, while all variables of `done` stay, provides nothing.
 */
function createSupport(
  config: Config,
  catalogue: Catalogue,
): (rule: Broken, picks: Picks, done: ReadonlySet<Variable>) => readonly Variable[] {
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));
  const providers = group(catalogue.parts, (part) => Object.keys((part.provides ?? {}) as object));
  // Only for a need do parts on demand join.
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
  const providersOf = (caps: object): CatalogPart[] => Object.keys(caps).flatMap((cap) => providers.get(cap) ?? []);
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
    // Parts whose presence counts, and those whose facts count too.
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
        // Whether a part joins on demand rests on the parts that need it, and on the other providers.
        if (entry.part.onDemand) {
          add(providersOf(entry.part.provides ?? {}), true);
          for (const cap of Object.keys((entry.part.provides ?? {}) as object)) add(needers.get(cap) ?? [], false);
        }
      }
      // Its facts rest on what it needs and sees.
      if (tells && !telling.has(entry)) {
        telling.add(entry);
        add(providersOf({ ...entry.part.needs, ...entry.part.sees }), true);
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
