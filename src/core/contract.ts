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

/** Facts that parts provide: name -> type. */
export interface Capabilities {}
/** Slots that parts contribute to: id -> type of an entry. */
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

/** Slots that the generator fills. Parts read them and cannot contribute to them. */
export interface CoreSlots {
  'core.choices': ChoiceRow;
  'core.pins': PinRow;
  'core.python': PythonRange;
  'core.leftovers': LeftoverRow;
  'core.cost': EnvironmentCost;
  'core.prices': PriceRow;
}
/** Entry of `core.choices`: a choice with its selected options. */
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

/** The members of a schema that the generator uses. A zod 4 schema has this shape. */
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
 * The capabilities that a part needs. An unmet need is a broken rule, and on-demand parts join to meet it. `many`: all
 * providers; a need without it takes exactly one fact. `optional`: a missing provider is not an error. `everywhere`: a
 * part that declares in `lacks` that it does not provide the capability breaks the need, even if another part provides it.
 */
export type Need<C extends Cap> = {
  readonly many?: true;
  readonly optional?: true;
  readonly everywhere?: true;
  readonly where?: (fact: Capabilities[C]) => boolean;
  readonly because: string;
};
export type Needs = { readonly [C in Cap]?: Need<C> };

/**
 * The capabilities that a part reads if another part provides them. No part joins for them. `many`: all providers;
 * otherwise at most one.
 */
export type Sight<C extends Cap> = Pick<Need<C>, 'many' | 'where' | 'because'>;
export type Sees = { readonly [C in Cap]?: Sight<C> };

type Fact<C extends Cap, Read> = Read extends { many: true }
  ? readonly Capabilities[C][]
  : Read extends { optional: true }
    ? Capabilities[C] | undefined
    : Capabilities[C];
/** The facts that a part can read: those of its needs and sights. */
export type Facts<N extends Needs, V extends Sees> = 0 extends 1 & N
  ? any
  : { readonly [C in keyof N & Cap]: Fact<C, N[C]> } & {
      readonly [C in keyof V & Cap]: Fact<C, V[C] & { optional: true }>;
    };

/** A model of the generated repository: `name` as the user wrote it, `module` as its Python module. */
export type ModelName = { readonly name: string; readonly module: string };

export interface Project {
  readonly name: string;
  readonly package: string;
  readonly environments: readonly string[];
  readonly models: readonly ModelName[];
  /** The branch that is deployed. */
  readonly trunk: string;
  /** The path inside a git repository with other projects, such as `services/churn`; empty if it is a git repository. */
  readonly folder: string;
  /** The users and teams who own the files, as in CODEOWNERS. */
  readonly owners: readonly string[];
}

/** Everything that a module can read: no config, no option ids, and only the capabilities that it declares. */
export interface Context<N extends Needs, S, V extends Sees = {}> {
  readonly project: Project;
  /** Set if the part is per model. */
  readonly model?: ModelName;
  readonly settings: S;
  readonly cap: Facts<N, V>;
}

/**
 * managed: three-way merge. tuned: keys follow the choices, changed values are kept. starter: belongs to the user once
 * edited.
 */
export type Owner = 'managed' | 'tuned' | 'starter';

/** One entry of a slot. With `environment` it applies to that environment; without it, to all of them. */
export type Contribution = {
  [S in SlotId]: {
    readonly slot: S;
    readonly key: string;
    readonly value: Slots[S];
    readonly environment?: string;
  };
}[SlotId];

/** An exact version that was tested, with the date. `digest` is an image digest or the commit of an action. */
export type Pin = {
  readonly kind?: 'python' | 'image' | 'action' | 'tool';
  readonly version: string;
  readonly checked: string;
  readonly digest?: string;
  /** Where a tool is published, so that `npm run pins` can look its version up: `go:github.com/hashicorp/terraform`. */
  readonly registry?: `${'python' | 'npm' | 'go'}:${string}`;
  /** Dependency groups of the generated pyproject.toml (Python pins only). */
  readonly groups?: readonly string[];
  readonly extras?: readonly string[];
  /** PEP 508 environment marker, if Python versions need different package versions. */
  readonly marker?: string;
  /** Import names, so that a project cannot get the name of a package that it installs. */
  readonly imports?: readonly string[];
  /**
   * The virtual environment that installs it, if it is not the shared one: a key of the slot `python-environment`, or
   * the name of an image with its own `requirements.txt`.
   */
  readonly venv?: string;
  readonly because?: string;
};
export type Pins = Readonly<Record<string, Pin | readonly Pin[]>>;

/** A range of Python versions, as `>=atLeast,<below`. */
export type PythonRange = { readonly atLeast: string; readonly below: string; readonly because: string };

export interface Part<N extends Needs, S, V extends Sees = {}> {
  /** The only field that can name options: for glue and parts of modules, `{ iac: 'cdk' }`. */
  readonly when?: { readonly [C in ChoiceId]?: OptionId<C> | readonly OptionId<C>[] };
  /** The part joins only if a part of the stack needs what it provides. */
  readonly onDemand?: true;
  /** One instance for each model of the repository (base parts; a module inherits this from its choice). */
  readonly per?: 'model';
  readonly needs?: N & Needs;
  readonly sees?: V & Sees;
  /** A function of the context; `true` if the fact is only that the capability exists. */
  readonly provides?: {
    readonly [C in Cap]?: ((x: Context<N, S, V>) => Capabilities[C]) | (Capabilities[C] extends true ? true : never);
  };
  /**
   * Capabilities that a user may expect here but that are missing, with the reason as a clause of the error message.
   */
  readonly lacks?: { readonly [C in Cap]?: string };
  readonly contributes?: (x: Context<N, S, V>) => readonly Contribution[];
  /** Slots whose entries the templates of the part read as `slots['<id>']`. */
  readonly reads?: readonly (SlotId | keyof CoreSlots)[];
  /** Slots that the part defines. */
  readonly slots?: readonly AnySlot[];
  readonly pins?: Pins;
  readonly python?: PythonRange;
  /**
   * The inputs of a test file of this part: its path in the generated repository -> the capabilities whose providers
   * change its result. A test file without an entry depends on the whole stack.
   */
  readonly tests?: Readonly<Record<string, { readonly varies: readonly Cap[] }>>;
  /** Glob in the part's files/ -> owner. All other files are managed. */
  readonly owners?: Readonly<Record<string, Owner>>;
  /**
   * Old path -> new path in the part's files/, so that an update follows a renamed file. An old path that starts with a
   * slash is relative to templates/: the file belonged to another part.
   */
  readonly moved?: Readonly<Record<string, string>>;
  /**
   * APIs that the pinned versions removed. `create-mlops-stack doctor` searches the Python files of the repository for
   * them.
   */
  readonly removed?: readonly RemovedApi[];
}

/**
 * A removed API of a package. `api` is the exact text in code, such as `DataFrame.append(`. `since` is the first
 * version without it, `source` the address of its documentation.
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
/**
 * What stays outside the repository if an option leaves. With `of`, what stays if an environment or a model leaves and
 * the option does not: its name replaces `<env>` or `<model>` in the texts.
 */
export type Leftover = {
  readonly what: string;
  readonly carry?: string;
  readonly remove: string;
  readonly of?: 'environment' | 'model';
};

export interface Module<N extends Needs, S, V extends Sees = {}> extends Part<N, S, V> {
  readonly choice: ChoiceId;
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly docs: string;
  /** For the page of decisions, one or two sentences each: the reason for the option in such a stack, and its risks. */
  readonly why?: string;
  readonly watch?: string;
  readonly status: Status;
  /** The paths of its files in the generated repository, for the table of choices. */
  readonly home?: string;
  readonly settings?: { readonly [K in keyof S]: Setting<S[K]> };
  /** Folder parts/<name>/files/**. */
  readonly parts?: Readonly<Record<string, DefinedPart>>;
  /** Strings that occur in the output if and only if the module is chosen. */
  readonly traces: readonly string[];
  /** What remains outside the repository after a swap to another option, and after an environment or a model leaves. */
  readonly leftovers?: readonly Leftover[];
  /** Owed slots of the choice to which this option contributes nothing, with the reason. */
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
  /** Every option contributes to each of these slots, or to one of several, unless it is exempt. */
  readonly owes: readonly (Owed | readonly SlotId[])[];
  readonly default: (
    given: Readonly<Record<string, unknown>>,
  ) => Choices[C] extends 'many' ? readonly OptionId<C>[] : OptionId<C>;
  /** Options that replace the default, the first that fits, if the default does not fit the other choices. */
  readonly fallbacks?: readonly OptionId<C>[];
  /**
   * For a choice that takes several options: options of the default that do not fit the other choices are left out. If
   * none fits, the first option that does replaces them.
   */
  readonly narrows?: true;
}

/** A value with the part that contributed it. */
export type SlotEntry<T = unknown> = {
  readonly key: string;
  readonly value: T;
  readonly from: string;
  readonly environment?: string;
  readonly model?: string;
};

/**
 * A file, or a list without a file, that several parts contribute data to.
 * `path`: the path of the file; without it, parts read the list. `{environment}` in it makes one file for each
 * environment, `{key}` one for each key.
 */
export interface Slot<S extends SlotId> {
  readonly id: S;
  /** One or two sentences for docs/slots.md: the meaning of an entry and of its key. */
  readonly meaning: string;
  readonly path?: string;
  readonly format?: 'lines' | 'dotenv' | 'yaml';
  readonly header?: readonly string[];
  readonly schema: Schema<Slots[S]>;
  /** `equal`: parts can repeat a key only with the same value. `union`: all values of a key are kept. */
  readonly sameKey: 'equal' | 'union';
  readonly owner: Owner;
  /**
   * Sorts the entries of a stack, which arrive sorted by key. Throws an Error for problems that the schema of a single
   * entry cannot detect. The message names the parts at fault (`from`).
   */
  readonly arrange?: (entries: readonly SlotEntry<Slots[S]>[]) => readonly SlotEntry<Slots[S]>[];
  /** The content of the file. `pins`: all pins of the stack. */
  readonly render?: (entries: readonly SlotEntry<Slots[S]>[], project: Project, pins: readonly PinRow[]) => string;
}

/*
 * The types that the generator works with: the same shapes without the types of one module, because the generator knows
 * no id, capability or setting. It validates declarations at run time, because a JavaScript module is not type-checked.
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
    readonly render?: (entries: readonly SlotEntry<any>[], project: Project, pins: readonly PinRow[]) => string;
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
/** A part that was created with `definePart`, so its types were checked. */
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
    readonly fallbacks?: readonly string[];
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
