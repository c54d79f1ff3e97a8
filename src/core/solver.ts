import type { Catalogue } from './catalogue.ts';
import { type Config, selectionOf } from './config.ts';
import type { AnyPart, Project } from './contract.ts';
import { type Broken, type CatalogPart, type Resolution, resolve } from './resolve.ts';

/** Choice -> option, or list of options if the choice takes several. */
export type Picks = Readonly<Record<string, string | readonly string[]>>;

/**
 * found: every choice has a value and the stack resolves. excluded: no values of the open choices resolve; `rule` is a
 * rule that cannot be met. unknown: the search stopped before it had an answer; `picks` is its starting point.
 */
export type Solution =
  | { readonly kind: 'found'; readonly picks: Picks }
  | { readonly kind: 'excluded'; readonly rule: Broken }
  | { readonly kind: 'unknown'; readonly picks: Picks };

/**
 * A variable of the search: a choice that takes one option (`tracker`), or one option of another choice
 * (`target/compose`).
 */
type Variable = string;

export type Question = {
  /** Values that must not change. */
  readonly fixed?: Picks;
  /** Initial values that replace the defaults. */
  readonly wished?: Picks;
  /** Options of choices that take several, such as `target/compose`, that must stay selected. */
  readonly held?: readonly Variable[];
};

/** One search for both questions: which values complete an answer, and which fix is the smallest. */
export type Solver = {
  /** The picks that resolve and are nearest to the wished ones, without a change of the fixed values. */
  readonly complete: (question: Question) => Solution;
  /**
   * The nearest picks that resolve, at most `most` changes away from `start`; undefined if there are none. Picks that
   * change no choice in `keep` are preferred.
   */
  readonly repair: (start: Picks, keep: ReadonlySet<string>, most: number) => Picks | undefined;
};

/** The limit of evaluations for one question, so that the wizard responds quickly. */
const MOST_TRIES = 1000;

export const resolveConfig = (config: Config, catalogue: Catalogue): Resolution =>
  resolve(selectionOf(config, catalogue), catalogue.parts);

export function createSolver(config: Config, catalogue: Catalogue): Solver {
  const known = new Map<string, Resolution>();
  // Reads the declarations of every option, which only the search for another value needs.
  let support: Support | undefined;
  const supportOf: Support = (...question) => (support ??= createSupport(config, catalogue))(...question);
  const optionsOf = (choice: string): readonly string[] =>
    (catalogue.options.get(choice) ?? []).map((module) => module.id);
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));
  const variablesOf = (choice: string): readonly Variable[] =>
    takesMany.has(choice) ? optionsOf(choice).map((option) => `${choice}/${option}`) : [choice];

  /**
   * The open variables of the broken rule with the fewest open variables, and that rule. Variables in `keep` come last.
   */
  const narrowest = (broken: readonly Broken[], picks: Picks, { done, keep }: Bounds) =>
    broken
      .map((rule) => {
        const open = supportOf(rule, picks, done).filter((variable) => !done.has(variable));
        return { rule, open: keep ? open.sort((a, b) => Number(isKept(a, keep)) - Number(isKept(b, keep))) : open };
      })
      .reduce((best, next) => (next.open.length < best.open.length ? next : best));

  /** Searches with one change of `start`, then with two, and so on, up to `most`. */
  function search(start: Picks, bounds: Bounds, most = Number.POSITIVE_INFINITY): Solution {
    let tries = 0;
    const evaluate = (picks: Picks): Resolution => {
      // A cached answer also counts, so that the result does not depend on earlier questions.
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
      // Every solution differs in one of these variables. Each is tried in turn and then fixed, so that no combination
      // is tried twice.
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
      // Without the choices in `keep` first, even if that takes more changes. Allows one more change at a time.
      for (const bounds of [{ done: kept }, { done: new Set<Variable>(), keep }]) {
        for (let changed = 1; changed <= most; changed++) {
          const solution = search(start, bounds, changed);
          if (solution.kind === 'found') return solution.picks;
        }
      }
      return undefined;
    },
  };
}

/** `done`: variables that must not change. `keep`: choices that change only if no other change helps. */
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

type Support = (rule: Broken, picks: Picks, done: ReadonlySet<Variable>) => readonly Variable[];

/**
 * The variables that a rule can depend on, nearest first: those of the providers of the needed capability, of their own
 * needs in turn, of the part with the need, and of the parts that lack the capability. Only declarations are read, so the result can contain too many
 * variables, but never too few. A part that `picks` leave out, while all variables of `done` stay, provides nothing.
 */
function createSupport(config: Config, catalogue: Catalogue): Support {
  const takesMany = new Set(catalogue.choices.filter((choice) => choice.takes === 'many').map((choice) => choice.id));
  const providers = group(catalogue.parts, (part) => Object.keys((part.provides ?? {}) as object));
  // On-demand parts join only for a need.
  const needers = group(catalogue.parts, (part) => Object.keys((part.needs ?? {}) as object));
  const ownChoices = new Set(config.models.flatMap((model) => Object.keys(model.choices)));
  const byId = new Map(catalogue.parts.map((entry) => [entry.id, entry]));
  const { project } = selectionOf(config, catalogue);
  const readers = new Map<CatalogPart, boolean>();
  /** Whether facts of a part depend on facts of others. */
  const readsFacts = (entry: CatalogPart): boolean => {
    const known = readers.get(entry) ?? tellsFromFacts(entry.part, project);
    readers.set(entry, known);
    return known;
  };
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
      // A model can have an option of its own, independent of the project's option.
      if (ownChoices.has(choice)) return false;
      if (!takesMany.has(choice)) return done.has(choice) && !ids.includes(picks[choice] as string);
      return ids.every((id) => done.has(`${choice}/${id}`) && !picks[choice]!.includes(id));
    };
    const found = new Set<Variable>();
    // Parts whose presence matters, and those whose facts matter too.
    const there = new Set<CatalogPart>();
    const telling = new Set<CatalogPart>();
    const needer = byId.get(rule.by);
    const queue = [
      // Another provider does not help if no part may lack the capability.
      ...(rule.everywhere ? [] : (providers.get(rule.needs) ?? [])).map((entry) => ({ entry, tells: true })),
      ...(needer ? [{ entry: needer, tells: false }] : []),
      ...(rule.lacking ?? []).flatMap(({ id }) => byId.get(id) ?? []).map((entry) => ({ entry, tells: false })),
    ];
    const add = (entries: readonly CatalogPart[], tells: boolean): void => {
      for (const entry of entries) if (!(tells ? telling : there).has(entry)) queue.push({ entry, tells });
    };
    for (const { entry, tells } of queue) {
      if (isOut(entry)) continue;
      if (!there.has(entry)) {
        there.add(entry);
        for (const variable of presence(entry)) found.add(variable);
        // Whether an on-demand part joins depends on the parts that need it, and on the other providers.
        if (entry.part.onDemand) {
          add(providersOf(entry.part.provides ?? {}), true);
          for (const cap of Object.keys((entry.part.provides ?? {}) as object)) add(needers.get(cap) ?? [], false);
        }
      }
      // Its facts depend on its needs and sights.
      if (tells && !telling.has(entry)) {
        telling.add(entry);
        if (readsFacts(entry)) add(providersOf({ ...entry.part.needs, ...entry.part.sees }), true);
      }
    }
    return [...found];
  };
}

/** Whether a function in `provides` of a part reads `cap`, or cannot be called without facts. */
function tellsFromFacts(part: AnyPart, project: Project): boolean {
  const context = {
    project,
    model: project.models[0],
    settings: {},
    get cap(): never {
      throw new Error('facts are read');
    },
  };
  return Object.values((part.provides ?? {}) as object).some((fact) => {
    if (typeof fact !== 'function') return false;
    try {
      fact(context);
      return false;
    } catch {
      return true;
    }
  });
}

function group(
  parts: readonly CatalogPart[],
  capsOf: (part: AnyPart) => readonly string[],
): Map<string, CatalogPart[]> {
  const result = new Map<string, CatalogPart[]>();
  for (const entry of parts) for (const cap of capsOf(entry.part)) result.set(cap, [...(result.get(cap) ?? []), entry]);
  return result;
}
