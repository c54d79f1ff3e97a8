import { compareText } from './compare.ts';
import type { AnyChoice, AnyModule, AnyPart, AnySlot } from './contract.ts';
import { UserError } from './errors.ts';
import type { CatalogPart } from './resolve.ts';

/** A compiled template. `toText` writes a value, or throws if the value is not text. */
export type Template = (locals: object, toText: (value: unknown) => string) => string;

/**
 * A file of a part's `files/` folder. `path` is relative to it and contains tokens. `content` is read only when it is
 * needed. The build stores compiled templates.
 */
export type TemplateFile = {
  readonly path: string;
  readonly executable: boolean;
  readonly content: () => string | Uint8Array | Template;
};

/** The content of a folder of templates. The build, the file system and tests pass modules in this form. */
export type Source = {
  /** Name of a choice's folder -> its declaration. */
  readonly choices: readonly AnyChoice[];
  /** `tracker/wandb` -> its declaration. */
  readonly modules: readonly { readonly id: string; readonly module: AnyModule }[];
  /** `_base/python` -> its declaration. */
  readonly parts: readonly { readonly id: string; readonly part: AnyPart }[];
  /** Files of a part by its id (`tracker/wandb`, `cloud/aws#eks`, `_base/python`). */
  readonly files: (partId: string) => readonly TemplateFile[];
  /** The folder of a `--modules` flag; undefined for the modules of this package. */
  readonly origin?: string;
  /** The build has verified the modules, so a start does not read every field of every option again. */
  readonly isVerified?: boolean;
};

export type Catalogue = {
  readonly choices: readonly AnyChoice[];
  readonly options: ReadonlyMap<string, readonly AnyModule[]>;
  readonly parts: readonly CatalogPart[];
  readonly slots: ReadonlyMap<string, AnySlot>;
  readonly files: (partId: string) => readonly TemplateFile[];
  /** The folder that a part was loaded from; undefined for parts of this package. */
  readonly origin: (partId: string) => string | undefined;
};

/** Joins sources into one catalog. A module whose place is already taken by an earlier source is an error. */
export function createCatalogue(...sources: readonly Source[]): Catalogue {
  const choices = sources
    .flatMap((source) => source.choices)
    .sort((a, b) => a.order - b.order || compareText(a.id, b.id));
  const modules = sources.flatMap((source) => source.modules).sort((a, b) => compareText(a.id, b.id));
  const base = sources.flatMap((source) => source.parts).sort((a, b) => compareText(a.id, b.id));
  verifyUnique(
    'choice',
    choices.map((choice) => choice.id),
  );
  verifyUnique(
    'module',
    modules.map((entry) => entry.id),
  );
  verifyUnique(
    'part',
    base.map((entry) => entry.id),
  );
  choices.forEach(verifyChoice);
  const byId = new Map(choices.map((choice) => [choice.id, choice]));
  for (const source of sources)
    if (!source.isVerified) for (const { id, module } of source.modules) verifyModule(id, module, byId);

  const order = new Map(choices.map((choice, index) => [choice.id, index]));
  const options = new Map(
    choices.map((choice) => [
      choice.id,
      modules
        .filter((m) => m.module.choice === choice.id)
        .map((m) => m.module)
        .sort(noneLast),
    ]),
  );
  const parts: CatalogPart[] = [
    ...base,
    ...[...modules]
      .sort((a, b) => order.get(a.module.choice)! - order.get(b.module.choice)!)
      .flatMap(({ id, module }) => [
        { id, part: module, module },
        ...Object.entries(module.parts ?? {}).map(([name, part]) => ({ id: `${id}#${name}`, part, module })),
      ]),
  ];
  const owners = new Map<string, Source>();
  for (const source of sources) for (const entry of [...source.modules, ...source.parts]) owners.set(entry.id, source);
  const ownerOf = (partId: string): Source | undefined => owners.get(partId.split('#')[0]!);
  return {
    choices,
    options,
    parts,
    slots: slotDefinitions(parts),
    files: (partId) => ownerOf(partId)?.files(partId) ?? [],
    origin: (partId) => ownerOf(partId)?.origin,
  };
}

const noneLast = (a: AnyModule, b: AnyModule): number =>
  Number(a.id === 'none') - Number(b.id === 'none') || compareText(a.id, b.id);

/**
 * Refuses a choice whose default is not one of its options. Otherwise only users of the default would see the error.
 */
export function verifyDefaults({ choices, options }: Catalogue): void {
  for (const choice of choices) {
    const missing = [choice.default({})]
      .flat()
      .find((id) => !options.get(choice.id)!.some((option) => option.id === id));
    if (missing)
      throw new UserError(
        'E-MODULES',
        `The choice ${choice.id} has the default ${missing}, and there is no module ${choice.id}/${missing}.`,
      );
  }
}

function verifyUnique(what: string, ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new UserError('E-MODULES', `The ${what} ${twice} is declared twice. Rename one of the two folders.`);
}

function verifyChoice(choice: AnyChoice): void {
  const missing = (
    ['id', 'title', 'question', 'group', 'order', 'asked', 'takes', 'per', 'contract', 'default'] as const
  ).filter((key) => choice[key] === undefined);
  if (missing.length > 0)
    throw new UserError('E-MODULES', `The choice ${choice.id ?? 'without an id'} declares no ${missing.join(', ')}.`);
}

function verifyModule(id: string, module: AnyModule, choices: ReadonlyMap<string, AnyChoice>): void {
  const fail = (message: string): never => {
    throw new UserError('E-MODULES', `${id}: ${message}`);
  };
  if (id !== `${module.choice}/${module.id}`)
    fail(`the folder and the declaration differ: the declaration is ${module.choice}/${module.id}.`);
  const choice = choices.get(module.choice) ?? fail(`there is no choice ${module.choice}.`);
  for (const key of ['title', 'summary', 'docs', 'status', 'traces'] as const)
    if (!module[key]) fail(`it declares no ${key}.`);
  const parts = [module as AnyPart, ...Object.values(module.parts ?? {})];
  for (const cap of choice.contract) {
    const given = parts.some((part) => cap in (part.provides ?? {}));
    if (!given) fail(`every ${choice.id} provides ${cap}; this one does not.`);
  }
  const stale = parts
    .flatMap((part) => Object.keys(part.lacks ?? {}))
    .find((cap) => parts.some((part) => cap in (part.provides ?? {})));
  for (const part of parts) {
    const both = Object.keys(part.needs ?? {}).find((cap) => cap in (part.sees ?? {}));
    if (both) fail(`it both needs and sees ${both}. Keep one of the two.`);
  }
  if (stale) fail(`it declares in \`lacks\` that ${stale} is missing, but it provides it.`);
}

function slotDefinitions(parts: readonly CatalogPart[]): Map<string, AnySlot> {
  const slots = new Map<string, AnySlot>();
  for (const { id, part } of parts) {
    for (const slot of part.slots ?? []) {
      if (slots.has(slot.id)) throw new UserError('E-MODULES', `${id}: the slot ${slot.id} is defined twice.`);
      slots.set(slot.id, slot);
    }
  }
  return slots;
}

export const findOption = (catalogue: Catalogue, choice: string, id: string): AnyModule | undefined =>
  catalogue.options.get(choice)?.find((module) => module.id === id);
