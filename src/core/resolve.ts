import { isDeepStrictEqual } from 'node:util';
import type { AnyModule, AnyPart, Cap, ModelName, Need, Project } from './contract.ts';

/**
 * A part as the catalogue holds it: its place under templates/ and, for an option's parts, the module it belongs to.
 */
export type CatalogPart = { readonly id: string; readonly part: AnyPart; readonly module?: AnyModule };

/** What is chosen, reduced to what resolving needs. Values are option ids; a `many` choice holds a list. */
export type Selection = {
  readonly project: Project;
  readonly choices: Readonly<Record<string, string | readonly string[]>>;
  /** Choices that are taken per model: choice -> model name -> option id. */
  readonly perModel: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Settings by module id, defaults included. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

export type StackPart = {
  readonly id: string;
  readonly part: AnyPart;
  readonly module?: AnyModule;
  readonly model?: ModelName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly cap: Readonly<Record<string, unknown>>;
};
export type Stack = { readonly project: Project; readonly parts: readonly StackPart[] };

/** A rule that the selection breaks: who needs what, what was found instead, and why it matters. */
export type Broken = {
  readonly kind: 'unmet' | 'refused' | 'ambiguous' | 'cycle';
  readonly by: string;
  readonly model?: string;
  readonly needs: string;
  readonly found: readonly string[];
  readonly because: string;
  /** Who is chosen and says why it does not provide this. */
  readonly lacking?: readonly { readonly id: string; readonly why: string }[];
};
export type Resolution =
  | { readonly stack: Stack; readonly broken: readonly [] }
  | { readonly stack?: undefined; readonly broken: readonly Broken[] };

type Node = {
  readonly key: string;
  readonly entry: CatalogPart;
  readonly project: Project;
  readonly model?: ModelName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly cap: Record<string, unknown>;
  readonly facts: Map<string, unknown>;
};

class CycleError extends Error {
  readonly chain: readonly string[];
  constructor(chain: readonly string[]) {
    super(chain.join(' -> '));
    this.chain = chain;
  }
}

const needsOf = (node: Node): [string, Need<Cap>][] =>
  Object.entries((node.entry.part.needs ?? {}) as Record<string, Need<Cap>>);
const provides = (node: Node, cap: string): boolean => cap in ((node.entry.part.provides ?? {}) as object);

/**
 * Turns choices into parts: selects, lets on-demand parts join until no need is open, computes facts, orders by need.
 */
export function resolve(selection: Selection, parts: readonly CatalogPart[]): Resolution {
  const selected: Node[] = [];
  const waiting: Node[] = [];
  for (const entry of parts) {
    for (const node of instances(entry, selection)) (entry.part.onDemand ? waiting : selected).push(node);
  }
  joinOnDemand(selected, waiting);
  const broken = selected.flatMap((node) => checkNeeds(node, selected));
  if (broken.length > 0) return { broken };
  try {
    for (const node of selected)
      for (const cap of Object.keys(node.entry.part.provides ?? {})) factOf(node, cap, selected, []);
    for (const node of selected) for (const [cap] of needsOf(node)) seen(node, cap, selected, []);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    return {
      broken: [
        {
          kind: 'cycle',
          by: error.chain[0] ?? '',
          needs: '',
          found: error.chain,
          because: 'each fact needs the next one',
        },
      ],
    };
  }
  const ordered = order(selected).map(({ entry, model, settings, cap }) => ({
    id: entry.id,
    part: entry.part,
    module: entry.module,
    model,
    settings,
    cap,
  }));
  return { stack: { project: selection.project, parts: ordered }, broken: [] };
}

function instances(entry: CatalogPart, selection: Selection): Node[] {
  const { part, module } = entry;
  if (!isWhen(part.when, selection)) return [];
  const settings = (module && selection.settings[module.id]) || {};
  const node = (model?: ModelName): Node => ({
    key: model ? `${entry.id}@${model.name}` : entry.id,
    entry,
    project: selection.project,
    model,
    settings,
    cap: {},
    facts: new Map(),
  });
  const perModel = module && selection.perModel[module.choice];
  if (perModel) return selection.project.models.filter((model) => perModel[model.name] === module.id).map(node);
  if (module && !isChosen(selection.choices[module.choice], module.id)) return [];
  return part.per === 'model' ? selection.project.models.map(node) : [node()];
}

const isChosen = (value: string | readonly string[] | undefined, id: string): boolean =>
  typeof value === 'string' ? value === id : (value?.includes(id) ?? false);

function isWhen(when: AnyPart['when'], { choices, perModel }: Selection): boolean {
  return Object.entries(when ?? {}).every(([choice, wanted]) => {
    const ids = [wanted].flat();
    const model = perModel[choice];
    return ids.some((id) => isChosen(choices[choice], id) || (model && Object.values(model).includes(id)));
  });
}

/** Whether on-demand parts join for a need: what is optional is not a reason, unless it says so. */
const isDemanding = (need: Need<Cap>): boolean => need.onDemand ?? ['one', 'some'].includes(need.take ?? 'one');

/** Adds, one at a time, the on-demand part that meets the first open need, until none is open or none can help. */
function joinOnDemand(selected: Node[], waiting: Node[]): void {
  for (let joined = true; joined; ) {
    joined = false;
    for (const node of selected) {
      for (const [cap, need] of needsOf(node)) {
        if (!isDemanding(need) || (need.take !== 'all' && accepted(node, cap, need, selected).length > 0)) continue;
        const index = waiting.findIndex(
          (candidate) => provides(candidate, cap) && isAccepted(candidate, cap, need, selected),
        );
        if (index < 0) continue;
        selected.push(...waiting.splice(index, 1));
        joined = true;
        break;
      }
      if (joined) break;
    }
  }
}

/** The providers that a node may see: those of its own model and of the project; a project's part sees all models'. */
function candidates(node: Node, cap: string, nodes: readonly Node[]): Node[] {
  return nodes.filter(
    (other) => provides(other, cap) && (!node.model || !other.model || other.model.name === node.model.name),
  );
}

function accepted(
  node: Node,
  cap: string,
  need: Need<Cap>,
  nodes: readonly Node[],
  chain: readonly string[] = [],
): Node[] {
  return candidates(node, cap, nodes).filter((other) => isAccepted(other, cap, need, nodes, chain));
}

function isAccepted(
  provider: Node,
  cap: string,
  need: Need<Cap>,
  nodes: readonly Node[],
  chain: readonly string[] = [],
): boolean {
  if (!need.where) return true;
  try {
    return need.where(factOf(provider, cap, nodes, chain) as never);
  } catch (error) {
    // A fact that rests on a need still open cannot be judged yet; the open need is reported on its own.
    if (error instanceof OpenNeedError) return false;
    // Nor can one that rests on itself; it is reported where all facts are computed.
    if (error instanceof CycleError && chain.length === 0) return true;
    throw error;
  }
}

class OpenNeedError extends Error {}

function checkNeeds(node: Node, nodes: readonly Node[]): Broken[] {
  return needsOf(node).flatMap(([cap, need]): Broken[] => {
    const take = need.take ?? 'one';
    if (take === 'all') return [];
    const all = candidates(node, cap, nodes);
    const good = accepted(node, cap, need, nodes);
    const by = { by: node.entry.id, model: node.model?.name, needs: cap, because: need.because };
    if (good.length === 0) {
      const lacking = lackingOf(cap, nodes);
      return take === 'any'
        ? []
        : [
            {
              kind: all.length === 0 ? 'unmet' : 'refused',
              ...by,
              found: all.map((n) => n.entry.id),
              ...(lacking.length > 0 && { lacking }),
            },
          ];
    }
    if (take === 'some') return [];
    try {
      const facts = distinct(good.map((other) => factOf(other, cap, nodes, [])));
      return facts.length > 1 ? [{ kind: 'ambiguous', ...by, found: good.map((n) => n.entry.id) }] : [];
    } catch (error) {
      if (error instanceof CycleError || error instanceof OpenNeedError) return [];
      throw error;
    }
  });
}

function lackingOf(cap: string, nodes: readonly Node[]): { id: string; why: string }[] {
  return nodes.flatMap(({ entry }) => {
    const why = (entry.part.lacks as Readonly<Record<string, string>> | undefined)?.[cap];
    return why === undefined ? [] : [{ id: entry.id, why }];
  });
}

const distinct = (facts: readonly unknown[]): unknown[] =>
  facts.filter((fact, i) => !facts.slice(0, i).some((other) => isDeepStrictEqual(other, fact)));

function factOf(node: Node, cap: string, nodes: readonly Node[], chain: readonly string[]): unknown {
  if (node.facts.has(cap)) return node.facts.get(cap);
  const step = `${node.key}.${cap}`;
  if (chain.includes(step)) throw new CycleError([...chain.slice(chain.indexOf(step)), step]);
  const give = (node.entry.part.provides as Record<string, (x: unknown) => unknown>)[cap]!;
  const fact = give(contextOf(node, nodes, [...chain, step]));
  node.facts.set(cap, fact);
  return fact;
}

/**
 * The context that a part's functions get; each capability is computed when it is read, so that only real cycles count.
 */
function contextOf(node: Node, nodes: readonly Node[], chain: readonly string[]) {
  const cap = {};
  for (const [name] of needsOf(node))
    Object.defineProperty(cap, name, { enumerable: true, get: () => seen(node, name, nodes, chain) });
  return { project: node.project, model: node.model, settings: node.settings, cap };
}

function seen(node: Node, cap: string, nodes: readonly Node[], chain: readonly string[]): unknown {
  if (cap in node.cap) return node.cap[cap];
  const need = ((node.entry.part.needs ?? {}) as Record<string, Need<Cap>>)[cap]!;
  const facts = distinct(accepted(node, cap, need, nodes, chain).map((other) => factOf(other, cap, nodes, chain)));
  const take = need.take ?? 'one';
  if ((take === 'one' || take === 'some') && facts.length === 0) throw new OpenNeedError(cap);
  return (node.cap[cap] = take === 'all' || take === 'some' ? facts : facts[0]);
}

/**
 * Providers before those who need them, otherwise in catalogue order. Mutual needs that are no cycle of values keep
 * that order.
 */
function order(nodes: readonly Node[]): Node[] {
  const done = new Set<Node>();
  const result: Node[] = [];
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const [cap, need] of needsOf(node)) accepted(node, cap, need, nodes).forEach(visit);
    result.push(node);
  };
  nodes.forEach(visit);
  return result;
}
