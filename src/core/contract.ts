import type { z } from 'zod';

/**
 * The contract between the generator and its modules.
 *
 *   choice.ts   what the user decides            (`orchestrator`)
 *   module.ts   one value of a choice            (`prefect`), with optional parts
 *   part.ts     shared ground (`_base/<concern>`) or glue (`_glue/<a>+<b>`)
 *
 * A module declares facts about itself and needs of others. It never sees the config or another
 * option's id: `Context` below is everything that reaches its functions.
 */

/** Facts by kind. Empty here: each `choice.ts` adds its own by declaration merging, so no central list is edited. */
export interface Capabilities {}
export type Cap = keyof Capabilities;

/**
 * What a part wants to know from others.
 * `one` (the default): exactly one provider. `any`: at most one. `some`: every provider, at least one. `all`: every
 * provider, possibly none.
 */
export type Need<C extends Cap> = {
  readonly take?: 'one' | 'any' | 'some' | 'all';
  /** With `any` and `all`: parts that join on demand do so for this need, though nothing is broken without them. */
  readonly onDemand?: true;
  readonly where?: (fact: Capabilities[C]) => boolean;
  readonly because: string;
};
export type Needs = { readonly [C in Cap]?: Need<C> };
export type Seen<N extends Needs> = 0 extends 1 & N
  ? any
  : {
      readonly [C in keyof N & Cap]: N[C] extends { take: 'all' | 'some' }
        ? readonly Capabilities[C][]
        : N[C] extends { take: 'any' }
          ? Capabilities[C] | undefined
          : Capabilities[C];
    };

/** A model of the generated repository: `name` as the user wrote it, `module` as Python spells it. */
export type ModelName = { readonly name: string; readonly module: string };

export interface Project {
  readonly name: string;
  readonly package: string;
  readonly environments: readonly string[];
  readonly models: readonly ModelName[];
}

/** All that a module sees: no config, no option ids, no capability that it did not ask for. */
export interface Context<N extends Needs, S> {
  readonly project: Project;
  /** Set where the part is per model. */
  readonly model?: ModelName;
  readonly settings: S;
  readonly cap: Seen<N>;
}

/** managed: three-way merge. tuned: keys follow the choices, a changed value stays. starter: theirs once edited. */
export type Owner = 'managed' | 'tuned' | 'starter';

/** One entry of a slot. `environment` narrows it to one; without it, it holds for all of them. */
export type Contribution = {
  readonly slot: string;
  readonly key: string;
  readonly value: unknown;
  readonly environment?: string;
};

/** An exact version that was tried, with the day; `digest` is an image digest or the commit of an action. */
export type Pin = {
  readonly kind?: 'python' | 'image' | 'action' | 'tool';
  readonly version: string;
  readonly checked: string;
  readonly digest?: string;
  /** Dependency groups of the generated pyproject.toml (Python pins only). */
  readonly groups?: readonly string[];
  readonly extras?: readonly string[];
  /** PEP 508 environment marker, where interpreters need different versions. */
  readonly marker?: string;
  /** Import names, so that a project cannot be given the name of something that it installs. */
  readonly imports?: readonly string[];
  /** Name of the Python environment; without it the shared one. */
  readonly venv?: string;
  readonly because?: string;
};
export type Pins = Readonly<Record<string, Pin | readonly Pin[]>>;

/** A range of Python versions, as `>=atLeast,<below`. */
export type PythonRange = { readonly atLeast: string; readonly below: string; readonly because: string };

export interface Part<N extends Needs, S> {
  /** The one place that may name options: glue and parts of modules, `{ iac: 'cdk' }`. */
  readonly when?: Readonly<Record<string, string | readonly string[]>>;
  /** Joins only if a selected part needs what it provides. */
  readonly onDemand?: true;
  /** One instance for each model of the repository (base parts; a module takes it from its choice). */
  readonly per?: 'model';
  /** Unmet, or `where` false, is a broken rule; its fix is searched. */
  readonly needs?: N & Needs;
  readonly provides?: { readonly [C in Cap]?: (x: Context<N, S>) => Capabilities[C] };
  /**
   * What people look for here and do not find, with the reason, as a clause: whoever needs it is refused with that
   * reason.
   */
  readonly lacks?: { readonly [C in Cap]?: string };
  readonly contributes?: (x: Context<N, S>) => readonly Contribution[];
  /** Slots whose entries the part's templates read as `slots['<id>']`. */
  readonly reads?: readonly string[];
  /** Slots that the part defines. */
  readonly slots?: readonly Slot<any>[];
  readonly pins?: Pins;
  readonly python?: PythonRange;
  /**
   * What a test file of this part depends on: its path in the generated repository -> the capabilities whose providers
   * change its result. A test file without an entry depends on the whole stack.
   */
  readonly tests?: Readonly<Record<string, { readonly varies: readonly Cap[] }>>;
  /** Glob in the part's files/ -> owner; the rest is managed. */
  readonly owners?: Readonly<Record<string, Owner>>;
  /**
   * Old path -> new path in the part's files/, so that an update follows a file that was renamed. An old path that
   * starts with a slash is one below templates/: the file was another part's.
   */
  readonly moved?: Readonly<Record<string, string>>;
  /**
   * APIs that the pinned versions no longer have; `create-mlops-stack doctor` looks for them in the repository's
   * Python.
   */
  readonly removed?: readonly RemovedApi[];
}

/**
 * What a package had once and has no more. `api` is what stands in code, word for word: `DataFrame.append(`.
 * `since` is the first version without it, `source` where that is said.
 */
export type RemovedApi = {
  readonly package: string;
  readonly api: string;
  readonly since: string;
  readonly instead: string;
  readonly source: string;
};

export type Setting<T> = {
  readonly schema: z.ZodType<T>;
  readonly title: string;
  /** `generation` shapes the files, `run` goes to config/<env>.yaml. */
  readonly at: 'generation' | 'run';
  readonly perEnvironment?: true;
  readonly secret?: true;
};

export type Status = 'active' | { readonly legacy: string } | { readonly retired: string; readonly instead: string };
export type Leftover = { readonly what: string; readonly carry?: string; readonly remove: string };

export interface Module<N extends Needs, S> extends Part<N, S> {
  readonly choice: string;
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly docs: string;
  /**
   * For the page of decisions, one or two sentences each: what speaks for it in a stack like this, and what to keep an
   * eye on.
   */
  readonly why?: string;
  readonly watch?: string;
  readonly status: Status;
  /** Where its files are in the generated repository, for the table of choices. */
  readonly home?: string;
  readonly settings?: { readonly [K in keyof S]: Setting<S[K]> };
  /** Folder parts/<name>/files/**. */
  readonly parts?: Readonly<Record<string, AnyPart>>;
  /** Strings that appear in the output when the module is chosen, and nowhere otherwise. */
  readonly traces: readonly string[];
  /** What a swap away leaves outside the repository. */
  readonly leftovers?: readonly Leftover[];
}

export interface Choice {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly group: string;
  readonly order: number;
  readonly asked: 'first' | 'later';
  readonly takes: 'one' | 'many';
  readonly per: 'project' | 'model';
  /** Every option provides these. */
  readonly contract: readonly Cap[];
  /** Path of the suite that every option's output passes. */
  readonly conformance?: string;
  readonly default: (given: Readonly<Record<string, unknown>>) => string | readonly string[];
}

/** A value with the part that gave it. */
export type SlotEntry<T = unknown> = {
  readonly key: string;
  readonly value: T;
  readonly from: string;
  readonly environment?: string;
  readonly model?: string;
};

/**
 * A file, or a list without a file, that several parts contribute data to.
 * `path`: where it is written; none: read by parts. `{environment}` and `{model}` in it make one file each.
 */
export interface Slot<T> {
  readonly id: string;
  readonly path?: string;
  readonly format?: 'lines' | 'dotenv' | 'yaml';
  readonly header?: readonly string[];
  readonly schema: z.ZodType<T>;
  /** `equal`: two parts may say the same of a key, and nothing else. `union`: values of a key are all kept. */
  readonly sameKey: 'equal' | 'union';
  readonly owner: Owner;
  readonly render?: (entries: readonly SlotEntry<T>[]) => string;
}

export type AnyPart = Part<any, any>;
export type AnyModule = Module<any, any>;

export const defineChoice = (choice: Choice): Choice => choice;
export const definePart = <const N extends Needs = {}, S = {}>(part: Part<N, S>): AnyPart => part;
export const defineModule = <const N extends Needs = {}, S = {}>(module: Module<N, S>): AnyModule => module;
/** Returns the slot and a typed constructor of its contributions. */
export const defineSlot = <T>(slot: Slot<T>) =>
  Object.assign(
    (key: string, value: T, environment?: string): Contribution => ({ slot: slot.id, key, value, environment }),
    { slot },
  );
