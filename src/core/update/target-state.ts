import { isDeepStrictEqual } from 'node:util';
import { type Catalogue, findOption } from '../catalogue.ts';
import { type Config, chosen, showValue } from '../config.ts';
import { modelValue } from '../config-file.ts';
import type { AnyPart, LeftoverRow, Pin } from '../contract.ts';
import { type Prepared, prepare } from '../generate.ts';
import type { Given } from '../input.ts';
import type { Lock } from '../lock.ts';
import { sourceOf } from '../plan.ts';
import { PYTHON_ENVIRONMENT } from '../slots.ts';

export type ChangedKey = { readonly key: string; readonly was: string; readonly is: string };

/** The target of an update: the plan of the current config, and its effect on the repository. */
export type TargetState = {
  readonly prepared: Prepared;
  /** Keys of the config whose value differs from the applied one, with both values. */
  readonly changed: readonly ChangedKey[];
  /** What options, environments and models that leave have outside the repository, and virtual environments. */
  readonly leftovers: readonly LeftoverRow[];
  /** Sentences for the user: notices of the plan, missing values, changed defaults. */
  readonly notices: readonly string[];
  readonly moved: ReadonlyMap<string, string>;
};

/**
 * Input -> target state. A key that the file does not hold keeps the value that was applied last. Without a lock it has
 * its default.
 */
export function targetStateOf(
  given: Given,
  lock: Lock | undefined,
  catalogue: Catalogue,
  fallbackName: string,
): TargetState {
  const before = lock?.config;
  const missing = before
    ? Object.entries(valuesOf(before, catalogue)).filter(([key]) => given.values[key] === undefined)
    : [];
  const prepared = prepare(
    { ...given, values: { ...given.values, ...Object.fromEntries(missing) } },
    catalogue,
    before?.name ?? fallbackName,
    lock && recordedSettings(lock, catalogue),
  );
  const { config } = prepared;
  return {
    prepared,
    changed: before ? changedKeys(before, config) : [],
    leftovers: before
      ? [
          ...leftoversOf(before, config, catalogue),
          ...namesLeaving(before, config, catalogue),
          ...environmentsOf(lock!, prepared, catalogue),
        ]
      : [],
    notices: [
      ...prepared.notices,
      ...missing.map(
        ([key, value]) => `mlops-stack.yaml has no ${key}; it stays ${showAny(value)} and is added there.`,
      ),
      ...(before ? [...unknownOptions(before, catalogue), ...otherDefaults(before, config, catalogue)] : []),
    ],
    moved: lock ? movedSources(prepared, lock) : new Map(),
  };
}

const valuesOf = (config: Config, catalogue: Catalogue): Record<string, unknown> => ({
  name: config.name,
  ...Object.fromEntries(
    catalogue.choices
      .filter((choice) => config.choices[choice.id] !== undefined)
      .map((choice) => [choice.id, config.choices[choice.id]]),
  ),
  models: config.models.map(modelValue),
  environments: config.environments,
  ...(config.trunk !== undefined && { trunk: config.trunk }),
  ...(config.folder !== undefined && { folder: config.folder }),
});

function showAny(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? showValue(value)
    : JSON.stringify(value);
}

/**
 * Settings as used last, so that a new default changes nothing. Excludes settings that the user gave then and does not
 * give now.
 */
function recordedSettings(lock: Lock, catalogue: Catalogue): Config['settings'] {
  const modules = [...catalogue.options.values()].flat();
  return Object.fromEntries(
    Object.entries(lock.settings).map(([id, block]) => {
      const declared = Object.assign(
        {},
        ...modules.filter((module) => module.id === id).map((module) => module.settings ?? {}),
      ) as Record<string, { schema: { safeParse: (value: unknown) => { success: boolean } } }>;
      const kept = Object.entries(block).filter(
        ([key, value]) =>
          lock.config.settings[id]?.[key] === undefined &&
          value !== null &&
          declared[key]?.schema.safeParse(value).success,
      );
      return [id, Object.fromEntries(kept)];
    }),
  );
}

/** Keys of mlops-stack.yaml that differ between two configs. */
function changedKeys(before: Config, after: Config): ChangedKey[] {
  const flat = ({ choices, settings, models, ...rest }: Config): Record<string, unknown> => ({
    ...rest,
    models: models.map(modelValue),
    ...choices,
    ...settings,
  });
  // A lock of an earlier release has no trunk, and a new one is no change of the user.
  const [a, b] = [flat({ ...before, trunk: before.trunk ?? after.trunk! }), flat(after)];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((key) => !isDeepStrictEqual(a[key], b[key]))
    .sort();
  return keys.map((key) => ({ key, was: showAny(a[key]), is: showAny(b[key]) }));
}

type Option = { readonly choice: string; readonly id: string };

const optionsOf = (config: Config, catalogue: Catalogue): Option[] =>
  chosen(config, catalogue).flatMap(({ choice, ids }) => ids.map((id) => ({ choice: choice.id, id })));

/** Options of one config that are not in another. */
const going = (before: Config, after: Config, catalogue: Catalogue): Option[] =>
  without(optionsOf(before, catalogue), optionsOf(after, catalogue));

const without = (options: readonly Option[], others: readonly Option[]): Option[] => {
  const left = new Set(others.map(({ choice, id }) => `${choice}/${id}`));
  return options.filter(({ choice, id }) => !left.has(`${choice}/${id}`));
};

const leftoversOf = (before: Config, after: Config, catalogue: Catalogue): LeftoverRow[] =>
  going(before, after, catalogue).flatMap(({ choice, id }) =>
    leftoversIn(catalogue, { choice, id }).filter(({ of }) => of === undefined),
  );

const leftoversIn = (catalogue: Catalogue, { choice, id }: Option): LeftoverRow[] =>
  (findOption(catalogue, choice, id)?.leftovers ?? []).map((leftover) => ({ module: `${choice}/${id}`, ...leftover }));

/** What the environments and models that leave have in the systems of options that stay. */
function namesLeaving(before: Config, after: Config, catalogue: Catalogue): LeftoverRow[] {
  const names = ({ environments, models }: Config) => ({
    environment: environments,
    model: models.map(({ name }) => name),
  });
  const [was, is] = [names(before), names(after)];
  const staying = without(optionsOf(after, catalogue), going(after, before, catalogue));
  return staying.flatMap((option) =>
    leftoversIn(catalogue, option).flatMap(({ of, ...row }) =>
      (of ? was[of].filter((name) => !is[of].includes(name)) : []).map((name) => ({
        ...row,
        what: row.what.replaceAll(`<${KEYS[of!]}>`, name),
        remove: row.remove.replaceAll(`<${KEYS[of!]}>`, name),
      })),
    ),
  );
}

const KEYS = { environment: 'env', model: 'model' } as const;

/**
 * The virtual environments that no part needs now. `make setup` wrote their locks and their packages, which the update
 * therefore does not remove.
 */
function environmentsOf(lock: Lock, { config, plan }: Prepared, catalogue: Catalogue): LeftoverRow[] {
  const now = new Set((plan.slots.get(PYTHON_ENVIRONMENT) ?? []).map(({ key }) => key));
  const source = `slot:${PYTHON_ENVIRONMENT}@`;
  const pinsIn = (part: AnyPart, name: string): boolean =>
    (Object.values(part.pins ?? {}).flat() as Pin[]).some(({ venv }) => venv === name);
  return lock.entries
    .filter((entry) => entry.state === 'managed' && entry.source.startsWith(source))
    .map((entry) => ({
      name: entry.source.slice(source.length),
      folder: entry.path.slice(0, entry.path.lastIndexOf('/')),
    }))
    .filter(({ name }) => !now.has(name))
    .map(({ name, folder }) => {
      const owner = going(lock.config, config, catalogue).find(({ choice, id }) => {
        const module = findOption(catalogue, choice, id);
        return [module, ...Object.values(module?.parts ?? {})].some((part) => part && pinsIn(part, name));
      });
      return {
        module: owner ? `${owner.choice}/${owner.id}` : folder,
        what: `the virtual environment ${folder}/.venv and its lock ${folder}/uv.lock`,
        remove: `run rm -r ${folder} in the repository, and commit`,
      };
    });
}

/** Options that were applied and that this catalog does not have. Their leftovers are unknown. */
function unknownOptions(before: Config, catalogue: Catalogue): string[] {
  const lost = Object.entries(before.choices).flatMap(([choice, value]) =>
    [value]
      .flat()
      .filter((id) => !findOption(catalogue, choice, id))
      .map((id) => `${choice}/${id}`),
  );
  return lost.map(
    (id) => `${id} is not a module of this version, so its resources outside the repository are unknown.`,
  );
}

/**
 * A default that depends on other choices does not follow their later changes; the message shows the command that
 * changes it.
 */
function otherDefaults(before: Config, after: Config, catalogue: Catalogue): string[] {
  return catalogue.choices.flatMap((choice) => {
    const value = showValue(after.choices[choice.id]!);
    const was = showValue(choice.default(before.choices));
    const is = showValue(choice.default(after.choices));
    const stands = before.choices[choice.id];
    if (is === was || value === is || stands === undefined || showValue(stands) !== value) return [];
    return [
      `With these choices the default of ${choice.id} is ${is}; it stays ${value}. ` +
        `To change it: create-mlops-stack update --set ${choice.id}=${is}`,
    ];
  });
}

/** Sources that another one replaced, as declared by their modules: source in the lock -> source in the plan. */
function movedSources({ plan }: Prepared, lock: Lock): Map<string, string> {
  const suffixOf = (source: string): string => /@[^@/]*$/.exec(source)?.[0] ?? '';
  const bare = (source: string): string => source.replace(/@[^@/]*$/, '').replace(/\.ejs$/, '');
  const moves = new Map(
    plan.stack.parts.flatMap(({ id, part }) =>
      Object.entries(part.moved ?? {}).map(
        ([from, to]) =>
          [bare(from.startsWith('/') ? from.slice(1) : sourceOf(id, from)), bare(sourceOf(id, to))] as const,
      ),
    ),
  );
  if (moves.size === 0) return new Map();
  const planned = new Map(plan.files.map(({ sourceId }) => [bare(sourceId) + suffixOf(sourceId), sourceId]));
  return new Map(
    lock.entries.flatMap(({ source }) => {
      const to = moves.get(bare(source));
      const next = to === undefined ? undefined : planned.get(to + suffixOf(source));
      return next === undefined ? [] : [[source, next] as const];
    }),
  );
}
