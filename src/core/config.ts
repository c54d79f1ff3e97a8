import { type Catalogue, findOption } from './catalogue.ts';
import type { AnyChoice, AnyModule } from './contract.ts';
import { type ErrorId, type Problem, UserError } from './errors.ts';
import type { Given } from './input.ts';
import {
  otherName,
  packageName,
  whyBadBranch,
  whyBadEnvironmentName,
  whyBadFolder,
  whyBadName,
  whyBadOwner,
  whyBadProjectName,
} from './names.ts';
import { nearest } from './nearest.ts';
import type { Selection } from './resolve.ts';

/** The complete choices of the user: every choice has a value. */
export type Config = {
  readonly name: string;
  /**
   * Choice -> option id, or a list of ids for a `many` choice. For a choice per model it is the default of the models.
   */
  readonly choices: Readonly<Record<string, string | readonly string[]>>;
  readonly models: readonly { readonly name: string; readonly choices: Readonly<Record<string, string>> }[];
  readonly environments: readonly string[];
  /** Module id -> setting -> value, as given by the user. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Globs of files that the generator never writes, merges or reports. */
  readonly unmanaged: readonly string[];
  /** The branch that is deployed. Missing only in locks of releases that did not have it. */
  readonly trunk?: string;
  /** The path of the repository inside a git repository with other projects; missing if it is a git repository. */
  readonly folder?: string;
  /** The users and teams who own the files, as in CODEOWNERS; missing if there are none. */
  readonly owners?: readonly string[];
};

/** The keys of a config that can be missing, without those that are. */
export const optionalKeys = ({
  trunk,
  folder,
  owners,
}: Pick<Config, 'trunk' | 'folder' | 'owners'>): Pick<Config, 'trunk' | 'folder' | 'owners'> => ({
  ...(trunk !== undefined && { trunk }),
  ...(folder !== undefined && { folder }),
  ...(owners !== undefined && { owners }),
});

/** Keys of the config that are not choices. */
export const PLAIN_KEYS = ['name', 'models', 'environments', 'unmanaged', 'trunk', 'folder', 'owners'] as const;
export const DEFAULT_MODELS = ['churn'];
export const DEFAULT_ENVIRONMENTS = ['dev', 'prod'];
export const DEFAULT_TRUNK = 'main';
/** The folder of a repository that is a git repository. */
export const OWN_REPOSITORY = '.';
/** Exists in every stack and is not deployed: the user's own computer. */
export const LOCAL = 'local';

type Found = { readonly id: ErrorId; readonly problem: Problem };

/** Validates the input against the catalog and fills in defaults. One error reports all problems. */
export function readConfig(
  given: Given,
  catalogue: Catalogue,
  fallbackName: string,
): { config: Config; notices: string[] } {
  const found: Found[] = [];
  const report = (
    id: ErrorId,
    path: readonly (string | number)[],
    message: string,
    extra: Partial<Problem> = {},
  ): void => {
    found.push({ id, problem: { ...given.where(path), key: path.join('.'), ...extra, message } });
  };
  const reader = new Reader(given, catalogue, report);
  reader.keys();
  const choices = reader.choices();
  const models = reader.models();
  const environments = reader.environments(models);
  const settings = reader.settings();
  const unmanaged = reader.words('unmanaged') ?? [];
  const trunk = reader.trunk();
  const folder = reader.folder();
  const owners = reader.owners();
  const name = reader.name(fallbackName);
  if (found.length > 0)
    throw new UserError(
      found[0]!.id,
      found.map((entry) => entry.problem),
    );
  const config = {
    name,
    choices,
    models,
    environments,
    settings,
    unmanaged,
    trunk,
    ...(folder !== OWN_REPOSITORY && { folder }),
    ...(owners.length > 0 && { owners }),
  };
  return { config, notices: idleBlocks(config, catalogue) };
}

type Report = (id: ErrorId, path: readonly (string | number)[], message: string, extra?: Partial<Problem>) => void;

class Reader {
  readonly #given: Given;
  readonly #catalogue: Catalogue;
  readonly #report: Report;

  constructor(given: Given, catalogue: Catalogue, report: Report) {
    this.#given = given;
    this.#catalogue = catalogue;
    this.#report = report;
  }

  /** Top-level keys: choices, other keys, and blocks for options with settings. */
  keys(): void {
    const known = [
      ...PLAIN_KEYS,
      ...this.#catalogue.choices.map((choice) => choice.id),
      ...blocks(this.#catalogue).keys(),
    ];
    for (const key of Object.keys(this.#given.values)) {
      if (known.includes(key)) continue;
      const close = nearest(key, known);
      const module = [...this.#catalogue.options.values()].flat().find((option) => option.id === key);
      const why = module
        ? `${key} is an option of ${module.choice} and has no settings`
        : `there is no choice or block named ${JSON.stringify(key)}`;
      this.#report('E-CONFIG-KEY', [key], `${why}${close ? `; did you mean ${close}?` : '.'}`, {
        value: this.#given.values[key],
        nearest: close,
      });
    }
  }

  choices(): Record<string, string | readonly string[]> {
    const result: Record<string, string | readonly string[]> = {};
    for (const choice of this.#catalogue.choices) {
      const value = this.#given.values[choice.id];
      let read: string | readonly string[] | undefined;
      if (value !== undefined)
        read = choice.takes === 'many' ? this.#many(choice, value) : this.#one(choice, value, [choice.id]);
      result[choice.id] = read ?? choice.default(result);
    }
    return result;
  }

  #one(choice: AnyChoice, value: unknown, path: readonly (string | number)[]): string | undefined {
    if (typeof value !== 'string') {
      this.#report('E-CONFIG-TYPE', path, `${choice.id} takes one option, not ${describe(value)}.`, {
        value,
      });
      return undefined;
    }
    if (findOption(this.#catalogue, choice.id, value)) return value;
    const ids = (this.#catalogue.options.get(choice.id) ?? []).map((module) => module.id);
    const close = nearest(value, ids);
    const what = `${choice.id} has no option ${JSON.stringify(clip(value))}`;
    const message = `${what}${close ? `; did you mean ${close}?` : '.'} It has: ${ids.join(', ')}.`;
    this.#report('E-CONFIG-VALUE', path, message, { value: clip(value), nearest: close });
    return undefined;
  }

  #many(choice: AnyChoice, value: unknown): string[] | undefined {
    if (!Array.isArray(value)) {
      this.#report('E-CONFIG-TYPE', [choice.id], `${choice.id} takes a list of options, not ${describe(value)}.`, {
        value,
      });
      return undefined;
    }
    const ids = value.map((item, index) => this.#one(choice, item, [choice.id, index]));
    return [...new Set(ids.filter((id) => id !== undefined))];
  }

  models(): Config['models'] {
    const value = this.#given.values['models'] ?? DEFAULT_MODELS;
    if (!Array.isArray(value) || value.length === 0) {
      this.#report(
        'E-CONFIG-TYPE',
        ['models'],
        `models takes a list of at least one name or {name, …}, not ${describe(value)}.`,
        { value },
      );
      return [];
    }
    const models = value.flatMap((item, index) => this.#model(item, index) ?? []);
    const names = models.map((model) => packageName(model.name));
    models.forEach((model, index) => {
      if (names.indexOf(names[index]!) < index)
        this.#report('E-NAME', ['models', index], `two models are named ${model.name}.`, { value: model.name });
    });
    return models;
  }

  #model(item: unknown, index: number): Config['models'][number] | undefined {
    const path = ['models', index] as const;
    const { name, ...rest } = isRecord(item) ? item : { name: item };
    if (typeof name !== 'string') {
      this.#report('E-CONFIG-TYPE', path, `a model is a name or {name, …}, not ${describe(item)}.`, { value: item });
      return undefined;
    }
    const why = whyBadName(name);
    if (why) {
      const other = otherName(name, 'model', whyBadName);
      const message = `the model ${JSON.stringify(clip(name))} cannot have this name: ${why}. Use ${other}, for example.`;
      this.#report('E-NAME', path, message, { value: clip(name), nearest: other });
    }
    const perModel = this.#catalogue.choices.filter((choice) => choice.per === 'model');
    const choices: Record<string, string> = {};
    for (const [key, value] of Object.entries(rest)) {
      const choice = perModel.find((candidate) => candidate.id === key);
      const close = nearest(key, ['name', ...perModel.map((candidate) => candidate.id)]);
      if (!choice)
        this.#report(
          'E-CONFIG-KEY',
          [...path, key],
          `a model has no key ${JSON.stringify(key)}${close ? `; did you mean ${close}?` : '.'}`,
          { value, nearest: close },
        );
      else choices[key] = this.#one(choice, value, [...path, key]) ?? '';
    }
    return { name, choices };
  }

  environments(models: Config['models']): readonly string[] {
    const names = this.words('environments') ?? DEFAULT_ENVIRONMENTS;
    if (names.length === 0)
      this.#report('E-CONFIG-TYPE', ['environments'], 'environments takes at least one name besides local.', {
        value: [],
      });
    names.forEach((_, index) => {
      const problem = badEnvironment(names, index, models);
      if (problem) this.#report('E-NAME', ['environments', index], problem.message, problem);
    });
    return names;
  }

  trunk(): string {
    const told = (text: string, why: string): string => `the trunk cannot be the branch ${text}: ${why}.`;
    return this.#text('trunk', DEFAULT_TRUNK, whyBadBranch, told);
  }

  folder(): string {
    const whyBad = (value: string): string | undefined => (value === OWN_REPOSITORY ? undefined : whyBadFolder(value));
    return this.#text('folder', OWN_REPOSITORY, whyBad, (text, why) => `the folder ${text} cannot be used: ${why}.`);
  }

  /** The text of a key. `told`: the message for a text that is not valid, from its quoted form and the reason. */
  #text(
    key: 'trunk' | 'folder',
    preset: string,
    whyBad: (value: string) => string | undefined,
    told: (text: string, why: string) => string,
  ): string {
    const found = this.#given.values[key] ?? preset;
    const why = typeof found === 'string' ? whyBad(found) : `it is ${describe(found)}, not text`;
    const value = clip(String(found));
    if (why) this.#report('E-CONFIG-VALUE', [key], told(JSON.stringify(value), why), { value });
    return String(found);
  }

  owners(): readonly string[] {
    const owners = this.words('owners') ?? [];
    owners.forEach((owner, index) => {
      const why = whyBadOwner(owner);
      const message = `the owner ${JSON.stringify(clip(owner))} cannot be used: ${why}.`;
      if (why) this.#report('E-CONFIG-VALUE', ['owners', index], message, { value: clip(owner) });
    });
    return owners;
  }

  /** A list of words, or undefined if the key is missing. */
  words(key: string): readonly string[] | undefined {
    const value = this.#given.values[key];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.#report('E-CONFIG-TYPE', [key], `${key} takes a list of strings, not ${describe(value)}.`, { value });
    return undefined;
  }

  settings(): Config['settings'] {
    const result: Record<string, Record<string, unknown>> = {};
    for (const [id, modules] of blocks(this.#catalogue)) {
      const block = this.#given.values[id];
      if (block === undefined) continue;
      if (!isRecord(block)) {
        this.#report('E-CONFIG-TYPE', [id], `${id} is a block of settings, not ${describe(block)}.`, { value: block });
        continue;
      }
      result[id] = block;
      for (const [key, value] of Object.entries(block)) this.#setting(id, modules, key, value);
    }
    return result;
  }

  #setting(id: string, modules: readonly AnyModule[], key: string, value: unknown): void {
    const known = modules.flatMap((module) => Object.entries(module.settings ?? {}));
    const setting = known.find(([name]) => name === key)?.[1] as
      | { schema: { safeParse: (v: unknown) => { success: boolean; error?: { issues: { message: string }[] } } } }
      | undefined;
    if (!setting) {
      const close = nearest(
        key,
        known.map(([name]) => name),
      );
      this.#report(
        'E-CONFIG-KEY',
        [id, key],
        `${id} has no setting ${JSON.stringify(key)}${close ? `; did you mean ${close}?` : '.'}`,
        { value, nearest: close },
      );
      return;
    }
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success)
      this.#report(
        'E-CONFIG-VALUE',
        [id, key],
        `${id}.${key}: ${parsed.error!.issues.map((issue) => issue.message).join('; ')}.`,
        { value },
      );
  }

  name(fallback: string): string {
    const value = this.#given.values['name'] ?? fallback;
    if (typeof value !== 'string')
      this.#report('E-NAME', ['name'], `The name of the project is ${describe(value)}, not text.`, {
        value: clip(String(value)),
      });
    else {
      const problem = badProjectName(value);
      if (problem) this.#report('E-NAME', ['name'], problem.message, problem);
    }
    return String(value);
  }
}

function badEnvironment(names: readonly string[], index: number, models: Config['models']): Problem | undefined {
  const name = names[index]!;
  const value = clip(name);
  const what = `the environment ${JSON.stringify(value)}`;
  if (name === LOCAL) return { value, message: `${what} cannot be used: it always exists and must not be listed.` };
  if (names.indexOf(name) < index) return { value, message: `${what} cannot be used: it is listed twice.` };
  const whyBad = (text: string): string | undefined =>
    models.some((model) => model.name === text)
      ? 'a model has it, and the audit has a folder for each model and each environment'
      : whyBadEnvironmentName(text);
  const why = whyBad(name);
  if (why === undefined) return undefined;
  const other = otherName(name, 'env', whyBad);
  return { value, nearest: other, message: `${what} cannot have this name: ${why}. Use ${other}, for example.` };
}

/** The problem with the name of a project, or undefined. `installed`: further packages that the stack installs. */
export function badProjectName(name: string, installed?: ReadonlySet<string>): Problem | undefined {
  const why = whyBadProjectName(name, installed);
  if (why === undefined) return undefined;
  const other = otherName(name, 'project', (text) => whyBadProjectName(text, installed));
  const message = `The project cannot be named ${JSON.stringify(clip(name))}: ${why}. Use ${other}, for example.`;
  return { value: clip(name), nearest: other, message };
}

/** Ids of setting blocks, with the modules that share them. */
function blocks(catalogue: Catalogue): Map<string, AnyModule[]> {
  const result = new Map<string, AnyModule[]>();
  for (const module of [...catalogue.options.values()].flat()) {
    if (Object.keys(module.settings ?? {}).length > 0)
      result.set(module.id, [...(result.get(module.id) ?? []), module]);
  }
  return result;
}

/** Option ids that are chosen anywhere in a config, by choice. */
export function chosen(config: Config, catalogue: Catalogue): { choice: AnyChoice; ids: readonly string[] }[] {
  return catalogue.choices.map((choice) => {
    const value = config.choices[choice.id] ?? [];
    const ids =
      choice.per === 'model' ? config.models.map((model) => model.choices[choice.id] ?? String(value)) : [value].flat();
    return { choice, ids: [...new Set(ids)] };
  });
}

function idleBlocks(config: Config, catalogue: Catalogue): string[] {
  const active = new Set(chosen(config, catalogue).flatMap(({ ids }) => ids));
  return Object.keys(config.settings)
    .filter((id) => !active.has(id))
    .map((id) => `The settings of ${id} are kept but have no effect, because ${id} is not chosen.`);
}

/** Reduces a config to what the resolver needs, with default settings filled in for each chosen module. */
export function selectionOf(config: Config, catalogue: Catalogue): Selection {
  const picked = chosen(config, catalogue);
  const settings: Record<string, Record<string, unknown>> = {};
  for (const { choice, ids } of picked) {
    for (const id of ids) {
      const declared = findOption(catalogue, choice.id, id)?.settings ?? {};
      const block = (settings[id] ??= {});
      for (const [key, setting] of Object.entries(declared)) {
        const given = config.settings[id]?.[key];
        block[key] = setting.at === 'run' && given === undefined ? null : setting.schema.parse(given);
      }
    }
  }
  const perModel: Record<string, Record<string, string>> = {};
  for (const { choice } of picked.filter((entry) => entry.choice.per === 'model')) {
    perModel[choice.id] = Object.fromEntries(
      config.models.map((model) => [model.name, model.choices[choice.id] ?? String(config.choices[choice.id])]),
    );
  }
  const models = config.models.map(({ name }) => ({ name, module: packageName(name) }));
  return {
    project: {
      name: config.name,
      package: packageName(config.name),
      environments: config.environments,
      models,
      trunk: config.trunk ?? DEFAULT_TRUNK,
      folder: config.folder ?? '',
      owners: config.owners ?? [],
    },
    choices: config.choices,
    perModel,
    settings,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a block';
  return `${typeof value === 'string' ? 'the word' : `the ${typeof value}`} ${JSON.stringify(clip(String(value)))}`;
}

/** A choice's value as shown to users and accepted by `--set`. */
export function showValue(value: string | readonly string[]): string {
  if (typeof value === 'string') return value;
  return value.length === 0 ? 'none' : value.join(',');
}
