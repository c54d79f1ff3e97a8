import type { EnvironmentCost, PriceRow } from './cost.ts';

/**
 * The contract between the generator and its modules.
 *
 *   choice.ts   what the user decides      (`orchestrator`)
 *   module.ts   one option of a choice     (`prefect`), with optional parts
 *   part.ts     shared ground              (`_base/<concern>`)
 *
 * A module declares facts about itself and needs of others. It never sees the config or another
 * option's id: `Context` below is everything that reaches its functions.
 *
 * The four interfaces below are empty here. The file that defines a capability, slot, choice or option adds it by
 * declaration merging, so that no central list is edited and a misspelled name is a compile error:
 *
 *   declare module 'create-mlops-stack' {
 *     interface Slots { gitignore: { why: string } }
 *   }
 *
 * The modules of this package name this file in place of the package.
 */

/** Facts that parts provide: name -> shape. */
export interface Capabilities {}
/** Slots that parts contribute to: id -> value of an entry. */
export interface Slots {}
/** Choices: id -> whether the user takes one option or many. */
export interface Choices {}
/** Options, as `tracker/wandb`. */
export interface Options {}

export type Cap = keyof Capabilities;
export type SlotId = keyof Slots & string;
export type ChoiceId = keyof Choices & string;
export type OptionId<C extends ChoiceId> =
  Extract<keyof Options, `${C}/${string}`> extends `${C}/${infer O}` ? O : never;

/** Slots that the generator fills itself. Parts read them and cannot contribute to them. */
export interface CoreSlots {
  'core.choices': ChoiceRow;
  'core.pins': PinRow;
  'core.python': PythonRange;
  'core.leftovers': LeftoverRow;
  'core.cost': EnvironmentCost;
  'core.prices': PriceRow;
}
/** Entry of `core.choices`: a choice, with the options that are in use. */
export type ChoiceRow = {
  readonly choice: string;
  readonly title: string;
  readonly question: string;
  readonly options: readonly {
    id: string;
    title: string;
    summary: string;
    docs: string;
    home?: string;
    why?: string;
    watch?: string;
  }[];
};
/** Entry of `core.pins`: a pin with the name of its package, image, action or tool. */
export type PinRow = Pin & { readonly name: string };
/** Entry of `core.leftovers`: a leftover with the id of its module. */
export type LeftoverRow = Leftover & { readonly module: string };

/** What the generator uses of a schema. A schema of zod 4 has this shape. */
export interface Schema<T> {
  parse(value: unknown): T;
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/**
 * What a part needs of others. An unmet need is a broken rule, and parts on demand join to meet it.
 * `many`: all providers, where a plain need takes exactly one fact. `optional`: nothing is broken without a provider.
 */
export type Need<C extends Cap> = {
  readonly many?: true;
  readonly optional?: true;
  readonly where?: (fact: Capabilities[C]) => boolean;
  readonly because: string;
};
export type Needs = { readonly [C in Cap]?: Need<C> };

/** What a part reads of others where it is there. Nothing joins for it. `many`: all providers; otherwise at most one. */
export type Sight<C extends Cap> = Pick<Need<C>, 'many' | 'where' | 'because'>;
export type Sees = { readonly [C in Cap]?: Sight<C> };

type Fact<C extends Cap, Read> = Read extends { many: true }
  ? readonly Capabilities[C][]
  : Read extends { optional: true }
    ? Capabilities[C] | undefined
    : Capabilities[C];
/** The facts that reach a part: of what it needs, and of what it sees. */
export type Facts<N extends Needs, V extends Sees> = 0 extends 1 & N
  ? any
  : { readonly [C in keyof N & Cap]: Fact<C, N[C]> } & {
      readonly [C in keyof V & Cap]: Fact<C, V[C] & { optional: true }>;
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
export interface Context<N extends Needs, S, V extends Sees = {}> {
  readonly project: Project;
  /** Set where the part is per model. */
  readonly model?: ModelName;
  readonly settings: S;
  readonly cap: Facts<N, V>;
}

/** managed: three-way merge. tuned: keys follow the choices, a changed value stays. starter: theirs once edited. */
export type Owner = 'managed' | 'tuned' | 'starter';

/** One entry of a slot. With `environment` it holds in that one; without, in all of them. */
export type Contribution = {
  [S in SlotId]: {
    readonly slot: S;
    readonly key: string;
    readonly value: Slots[S];
    readonly environment?: string;
  };
}[SlotId];

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

export interface Part<N extends Needs, S, V extends Sees = {}> {
  /** The one place that may name options: glue and parts of modules, `{ iac: 'cdk' }`. */
  readonly when?: { readonly [C in ChoiceId]?: OptionId<C> | readonly OptionId<C>[] };
  /** The part joins only if a part of the stack needs what it provides. */
  readonly onDemand?: true;
  /** One instance for each model of the repository (base parts; a module takes it from its choice). */
  readonly per?: 'model';
  readonly needs?: N & Needs;
  readonly sees?: V & Sees;
  /** A function of the context; `true` where the fact is that it is there. */
  readonly provides?: {
    readonly [C in Cap]?: ((x: Context<N, S, V>) => Capabilities[C]) | (Capabilities[C] extends true ? true : never);
  };
  /** Capabilities that a user may expect here, with the reason why they are missing, as a clause of the error. */
  readonly lacks?: { readonly [C in Cap]?: string };
  readonly contributes?: (x: Context<N, S, V>) => readonly Contribution[];
  /** Slots whose entries the part's templates read as `slots['<id>']`. */
  readonly reads?: readonly (SlotId | keyof CoreSlots)[];
  /** Slots that the part defines. */
  readonly slots?: readonly AnySlot[];
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
  readonly schema: Schema<T>;
  readonly title: string;
  /** `generation` shapes the files, `run` goes to config/<env>.yaml. */
  readonly at: 'generation' | 'run';
  readonly secret?: true;
};

export type Status = 'active' | { readonly legacy: string } | { readonly retired: string; readonly instead: string };
export type Leftover = { readonly what: string; readonly carry?: string; readonly remove: string };

export interface Module<N extends Needs, S, V extends Sees = {}> extends Part<N, S, V> {
  readonly choice: ChoiceId;
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
  readonly parts?: Readonly<Record<string, DefinedPart>>;
  /** Strings that appear in the output when the module is chosen, and nowhere otherwise. */
  readonly traces: readonly string[];
  /** What a swap away leaves outside the repository. */
  readonly leftovers?: readonly Leftover[];
  /** What the choice says that its options owe, and this one has none of, with the reason. */
  readonly exempt?: { readonly [S in Owed]?: string };
}

/** A slot, or the field `leftovers` of a module. */
export type Owed = SlotId | 'leftovers';

export interface Choice<C extends ChoiceId> {
  readonly id: C;
  readonly title: string;
  readonly question: string;
  readonly group: string;
  readonly order: number;
  readonly asked: 'first' | 'later';
  readonly takes: Choices[C];
  readonly per: 'project' | 'model';
  /** Every option provides these. */
  readonly contract: readonly Cap[];
  /** Every option has an entry of each of these slots, or of one of several, unless it is exempt. */
  readonly owes: readonly (Owed | readonly SlotId[])[];
  readonly default: (
    given: Readonly<Record<string, unknown>>,
  ) => Choices[C] extends 'many' ? readonly OptionId<C>[] : OptionId<C>;
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
 * `path`: where it is written; none: read by parts. `{environment}` in it makes one file for each environment.
 */
export interface Slot<S extends SlotId> {
  readonly id: S;
  /** One or two sentences for docs/slots.md: what an entry is, and what its key is. */
  readonly meaning: string;
  readonly path?: string;
  readonly format?: 'lines' | 'dotenv' | 'yaml';
  readonly header?: readonly string[];
  readonly schema: Schema<Slots[S]>;
  /** `equal`: two parts may give a key the same value, and no other. `union`: all values of a key are kept. */
  readonly sameKey: 'equal' | 'union';
  readonly owner: Owner;
  /**
   * Puts the entries of a stack, sorted by key, in an order of their own, and throws an Error for what no schema of one
   * entry can tell; its message names the parts at fault (`from`).
   */
  readonly arrange?: (entries: readonly SlotEntry<Slots[S]>[]) => readonly SlotEntry<Slots[S]>[];
  readonly render?: (entries: readonly SlotEntry<Slots[S]>[]) => string;
}

/*
 * What the generator works with: the same shapes without the types of one module, since it knows no id, capability or
 * setting. It checks at run time what it is given, because a module in JavaScript was never type-checked.
 */

type Erased<T, Loose> = Omit<T, keyof Loose> & Loose;
export type AnyContribution = {
  readonly slot: string;
  readonly key: string;
  readonly value: unknown;
  readonly environment?: string;
};
export type AnySlot = Erased<
  Slot<SlotId>,
  {
    readonly id: string;
    readonly meaning?: string;
    readonly schema: Schema<unknown>;
    readonly arrange?: (entries: readonly SlotEntry<any>[]) => readonly SlotEntry[];
    readonly render?: (entries: readonly SlotEntry<any>[]) => string;
  }
>;
type ErasedPart = {
  readonly when?: Readonly<Record<string, string | readonly string[]>>;
  readonly needs?: any;
  readonly sees?: any;
  readonly provides?: any;
  readonly lacks?: any;
  readonly reads?: readonly string[];
  readonly slots?: readonly AnySlot[];
  readonly contributes?: (x: any) => readonly AnyContribution[];
};
export type AnyPart = Erased<Part<any, any, any>, ErasedPart>;
declare const isDefined: unique symbol;
/** A part that went through `definePart`, so that its types were checked. */
export type DefinedPart = AnyPart & { readonly [isDefined]: true };
export type AnyModule = Erased<
  Module<any, any, any>,
  ErasedPart & {
    readonly choice: string;
    readonly parts?: Readonly<Record<string, AnyPart>>;
    readonly settings?: Readonly<Record<string, Setting<any>>>;
    readonly exempt?: Readonly<Record<string, string>>;
  }
>;
export type AnyChoice = Erased<
  Choice<ChoiceId>,
  {
    readonly id: string;
    readonly takes: 'one' | 'many';
    readonly owes?: readonly (string | readonly string[])[];
    readonly default: (given: Readonly<Record<string, unknown>>) => string | readonly string[];
  }
>;

export const defineChoice = <C extends ChoiceId>(choice: Choice<C>): AnyChoice => choice as AnyChoice;
export const definePart = <const N extends Needs = {}, S = {}, const V extends Sees = {}>(
  part: Part<N, S, V>,
): DefinedPart => part as unknown as DefinedPart;
export const defineModule = <const N extends Needs = {}, S = {}, const V extends Sees = {}>(
  module: Module<N, S, V>,
): AnyModule => module as AnyModule;
/** Returns the slot and a typed constructor of its contributions. */
export const defineSlot = <S extends SlotId>(slot: Slot<S>) =>
  Object.assign(
    (key: string, value: Slots[S], environment?: string): Contribution =>
      ({ slot: slot.id, key, value, environment }) as Contribution,
    { slot: slot as unknown as AnySlot },
  );
