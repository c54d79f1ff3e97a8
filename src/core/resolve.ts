import { isDeepStrictEqual } from 'node:util';
import type { AnyModule, AnyPart, ModelName, Project } from './contract.ts';

/** A part with its path below templates/ and, for a module and its parts, the module. */
export type CatalogPart = { readonly id: string; readonly part: AnyPart; readonly module?: AnyModule };

/**
 * The choices of a config, reduced to the values that the resolver needs. Values are option ids; a `many` choice has a
 * list.
 */
export type Selection = {
  readonly project: Project;
  readonly choices: Readonly<Record<string, string | readonly string[]>>;
  /** Choices that are made per model: choice -> model name -> option id. */
  readonly perModel: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Settings by module id, including defaults. */
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

/** A rule that the selection breaks: the part and its need, what was found instead, and why it matters. */
export type Broken = {
  readonly kind: 'unmet' | 'refused' | 'ambiguous' | 'cycle';
  readonly by: string;
  readonly model?: string;
  readonly needs: string;
  readonly found: readonly string[];
  readonly because: string;
  /** Parts of the selection that declare why they do not provide the capability. */
  readonly lacking?: readonly { readonly id: string; readonly why: string }[];
  /** No part of the selection may lack the capability, whatever provides it. */
  readonly everywhere?: true;
};
export type Resolution =
  | { readonly stack: Stack; readonly broken: readonly [] }
  | { readonly stack?: undefined; readonly broken: readonly Broken[] };

/** A `needs` or `sees` entry of a part. Only needs are `required`, and on-demand parts join only for them. */
type Read = {
  readonly cap: string;
  readonly where?: (fact: never) => boolean;
  readonly because: string;
  readonly many: boolean;
  readonly required: boolean;
  readonly joins: boolean;
  readonly everywhere: boolean;
};

/** A part that can be in the stack. `facts` and `cap` are caches, valid until another part joins. */
type Node = {
  readonly key: string;
  readonly entry: CatalogPart;
  readonly project: Project;
  readonly model?: ModelName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly reads: readonly Read[];
  readonly caps: readonly string[];
  readonly facts: Map<string, unknown>;
  cap: Record<string, unknown>;
};

/** The parts in the stack, and those among them that provide a capability. */
class Members {
  readonly nodes: Node[] = [];
  readonly #providers = new Map<string, Node[]>();

  add(node: Node): void {
    this.nodes.push(node);
    for (const cap of node.caps) {
      const list = this.#providers.get(cap);
      if (list) list.push(node);
      else this.#providers.set(cap, [node]);
    }
    // A fact can depend on all providers of another, and the new part is one more provider.
    for (const other of this.nodes) {
      other.facts.clear();
      other.cap = {};
    }
  }

  /** A part of one model sees that model and the project. A part of the project sees every model. */
  providersFor(node: Node, cap: string): readonly Node[] {
    const all = this.#providers.get(cap) ?? [];
    return node.model ? all.filter(({ model }) => !model || model.name === node.model!.name) : all;
  }
}

/** Facts that depend on each other in a cycle. */
class CycleError extends Error {
  readonly chain: readonly string[];
  constructor(chain: readonly string[]) {
    super(chain.join(' -> '));
    this.chain = chain;
  }
}
/** A fact depends on a need that no part meets yet. */
class OpenNeedError extends Error {}

type Declared = { many?: true; optional?: true; everywhere?: true; where?: Read['where']; because: string };
const readsOf = ({ needs, sees }: AnyPart): Read[] => [
  ...Object.entries((needs ?? {}) as Record<string, Declared>).map(
    ([cap, { many, optional, everywhere, where, because }]): Read => ({
      cap,
      where,
      because,
      many: many === true,
      required: !optional,
      joins: true,
      everywhere: everywhere === true,
    }),
  ),
  ...Object.entries((sees ?? {}) as Record<string, Declared>).map(
    ([cap, { many, where, because }]): Read => ({
      cap,
      where,
      because,
      many: many === true,
      required: false,
      joins: false,
      everywhere: false,
    }),
  ),
];

type Declaration = { readonly reads: readonly Read[]; readonly caps: readonly string[] };
const declared = new WeakMap<AnyPart, Declaration>();

/** What a part reads and provides. A search resolves the same parts many times, so it is computed once. */
function declarationOf(part: AnyPart): Declaration {
  let found = declared.get(part);
  if (!found)
    declared.set(part, (found = { reads: readsOf(part), caps: Object.keys((part.provides ?? {}) as object) }));
  return found;
}

/**
 * Turns choices into parts: selects them, adds on-demand parts until all needs are met, computes the facts, and sorts
 * the parts by need.
 */
export function resolve(selection: Selection, parts: readonly CatalogPart[]): Resolution {
  const members = new Members();
  const waiting: Node[] = [];
  for (const entry of parts) {
    for (const node of instances(entry, selection)) {
      if (entry.part.onDemand) waiting.push(node);
      else members.add(node);
    }
  }
  joinOnDemand(members, waiting);
  const broken = members.nodes.flatMap((node) => checkReads(node, members));
  if (broken.length > 0) return { broken };
  try {
    for (const node of members.nodes) for (const cap of node.caps) factOf(node, cap, members, []);
    for (const node of members.nodes) for (const read of node.reads) readFact(node, read, members, []);
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    const [by = ''] = error.chain;
    return {
      broken: [{ kind: 'cycle', by, needs: '', found: error.chain, because: 'each fact needs the next one' }],
    };
  }
  const ordered = order(members).map(({ entry, model, settings, cap }) => ({
    id: entry.id,
    part: entry.part,
    module: entry.module,
    model,
    settings,
    cap,
  }));
  return { stack: { project: selection.project, parts: ordered }, broken: [] };
}

/** The nodes of a part: none if it is not chosen, one for each model if it is per model. */
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
    ...declarationOf(part),
    facts: new Map(),
    cap: {},
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

/**
 * Adds, one at a time, the on-demand part that meets the first open need, until all needs are met or no part can meet
 * one.
 */
function joinOnDemand(members: Members, waiting: Node[]): void {
  for (;;) {
    const index = nextToJoin(members, waiting);
    if (index < 0) return;
    for (const node of waiting.splice(index, 1)) members.add(node);
  }
}

function nextToJoin(members: Members, waiting: readonly Node[]): number {
  for (const node of members.nodes) {
    for (const read of node.reads) {
      if (!read.joins || (!read.many && accepted(node, read, members).length > 0)) continue;
      const index = waiting.findIndex(
        (candidate) => candidate.caps.includes(read.cap) && isAccepted(candidate, read, members),
      );
      if (index >= 0) return index;
    }
  }
  return -1;
}

function accepted(node: Node, read: Read, members: Members, chain: readonly string[] = []): Node[] {
  return members.providersFor(node, read.cap).filter((other) => isAccepted(other, read, members, chain));
}

function isAccepted(provider: Node, read: Read, members: Members, chain: readonly string[] = []): boolean {
  if (!read.where) return true;
  try {
    return read.where(factOf(provider, read.cap, members, chain) as never);
  } catch (error) {
    // The open need is reported separately.
    if (error instanceof OpenNeedError) return false;
    // The cycle is also reported separately, when all facts are computed.
    if (error instanceof CycleError && chain.length === 0) return true;
    throw error;
  }
}

function checkReads(node: Node, members: Members): Broken[] {
  return node.reads.flatMap((read): Broken[] => {
    const by = { by: node.entry.id, model: node.model?.name, needs: read.cap, because: read.because };
    const refusing = read.everywhere ? lackingOf(read.cap, members) : [];
    if (refusing.length > 0) return [{ kind: 'unmet', ...by, found: [], lacking: refusing, everywhere: true }];
    if (read.many && !read.required) return [];
    const good = accepted(node, read, members);
    if (good.length === 0) {
      if (!read.required) return [];
      const all = members.providersFor(node, read.cap);
      const lacking = lackingOf(read.cap, members);
      return [
        {
          kind: all.length === 0 ? 'unmet' : 'refused',
          ...by,
          found: all.map(({ entry }) => entry.id),
          ...(lacking.length > 0 && { lacking }),
        },
      ];
    }
    if (read.many) return [];
    try {
      const facts = distinct(good.map((other) => factOf(other, read.cap, members, [])));
      return facts.length > 1 ? [{ kind: 'ambiguous', ...by, found: good.map(({ entry }) => entry.id) }] : [];
    } catch (error) {
      if (error instanceof CycleError || error instanceof OpenNeedError) return [];
      throw error;
    }
  });
}

function lackingOf(cap: string, members: Members): { id: string; why: string }[] {
  return members.nodes.flatMap(({ entry }) => {
    const why = (entry.part.lacks as Readonly<Record<string, string>> | undefined)?.[cap];
    return why === undefined ? [] : [{ id: entry.id, why }];
  });
}

const distinct = (facts: readonly unknown[]): unknown[] =>
  facts.filter((fact, i) => !facts.slice(0, i).some((other) => isDeepStrictEqual(other, fact)));

function factOf(node: Node, cap: string, members: Members, chain: readonly string[]): unknown {
  if (node.facts.has(cap)) return node.facts.get(cap);
  const step = `${node.key}.${cap}`;
  if (chain.includes(step)) throw new CycleError([...chain.slice(chain.indexOf(step)), step]);
  const give = (node.entry.part.provides as Record<string, true | ((x: unknown) => unknown)>)[cap]!;
  const fact = give === true || give(lazyContext(node, members, [...chain, step]));
  node.facts.set(cap, fact);
  return fact;
}

/** The context of a function of `provides`. A fact is computed when it is read, so that only real cycles are errors. */
function lazyContext(node: Node, members: Members, chain: readonly string[]) {
  const cap = {};
  for (const read of node.reads)
    Object.defineProperty(cap, read.cap, { enumerable: true, get: () => readFact(node, read, members, chain) });
  return { project: node.project, model: node.model, settings: node.settings, cap };
}

/** The value that a part reads as `cap.<name>`. */
function readFact(node: Node, read: Read, members: Members, chain: readonly string[]): unknown {
  if (read.cap in node.cap) return node.cap[read.cap];
  const good = accepted(node, read, members, chain);
  const facts = distinct(good.map((other) => factOf(other, read.cap, members, chain)));
  if (read.required && facts.length === 0) throw new OpenNeedError(read.cap);
  return (node.cap[read.cap] = read.many ? facts : facts[0]);
}

/**
 * Providers come before the parts that read them; all others keep the order of the catalog. Parts that need each other
 * without a cycle of facts keep that order.
 */
function order(members: Members): Node[] {
  const done = new Set<Node>();
  const result: Node[] = [];
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const read of node.reads) accepted(node, read, members).forEach(visit);
    result.push(node);
  };
  members.nodes.forEach(visit);
  return result;
}
