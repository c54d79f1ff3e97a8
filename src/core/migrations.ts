import { type Config, optionalKeys, PLAIN_KEYS } from './config.ts';
import { modelValue } from './config-file.ts';
import type { Lock } from './lock.ts';
import { compareReleases } from './versions.ts';

/**
 * Changes that one release makes to recorded choices. A release that renames a choice, an option or a setting, or adds
 * a choice, adds one migration here. For an added choice it sets the value that changes nothing.
 */
export type Migration = {
  /** The first release that reads the config in the form that this function returns: `0.3.0`. */
  readonly to: string;
  readonly because: string;
  /**
   * The keys of mlops-stack.yaml, before and after. Pure. A key that already has its new name keeps its value, because
   * a flag may have set it.
   */
  readonly config: (values: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /**
   * The new source of a file if a whole module was renamed. Without it the files would be parked as those of a removed
   * module. For a single file of a part, use `moved`.
   */
  readonly source?: (source: string) => string;
  /**
   * Keys of tuned YAML files whose value stays as it is in the file, also if it is the default of the older release. For
   * a new default that allows what the file refuses.
   */
  readonly stays?: readonly TunedKey[];
};

/** `key` with dots, in each file whose path matches `files`. */
export type TunedKey = { readonly files: RegExp; readonly key: string };

/** All migrations, in any order. */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: '0.3.0',
    because: 'the task of a model became a choice, and the gate accepts a version without an ONNX file by default',
    config: (values) => ({ task: 'binary-classification', ...values }),
    stays: [{ files: /^params\/[^/]+\.yaml$/, key: 'gates.native' }],
  },
  {
    to: '0.4.0',
    because:
      'the rollout of a new version became a choice, with the setting of ECS, and so did the search of parameters',
    config: (values) => ({ hpo: 'none', ...withRollout(values) }),
  },
];

/**
 * Sets the rollout that the targets of release 0.3.0 had. A function of Lambda always had a canary, so the choice for a
 * repository with both targets is `canary`, too.
 */
function withRollout(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { 'ecs-fargate': block, ...others } = values;
  const { rollout: setting, ...settings } = (block ?? {}) as Readonly<Record<string, unknown>>;
  const targets = [values['target'] ?? []].flat();
  const onLambda = targets.includes('lambda');
  const onEcs = targets.includes('ecs-fargate');
  const pinned = onEcs && !onLambda && setting === 'rolling' ? 'rolling' : 'canary';
  const rollout = onEcs || onLambda ? pinned : 'follow';
  return { rollout, ...others, ...(Object.keys(settings).length > 0 && { 'ecs-fargate': settings }) };
}

/** Migrates the values of a config from release `from` to the current format. `values` is not changed. */
export function migrateConfig(
  values: Readonly<Record<string, unknown>>,
  from: string,
  table: readonly Migration[] = MIGRATIONS,
): Record<string, unknown> {
  return { ...dueAfter(from, table).reduce((now, { config }) => config(now), values) };
}

/** Migrates what a lock of an older release recorded: its config, the settings in use, and the sources of its files. */
export function migrateLock(lock: Lock, table: readonly Migration[] = MIGRATIONS): Lock {
  const due = dueAfter(lock.generator, table);
  if (due.length === 0) return lock;
  const { name, choices, models, environments, unmanaged, settings } = lock.config;
  const plain = {
    name,
    models: models.map(modelValue),
    environments,
    unmanaged,
    ...optionalKeys(lock.config),
    ...choices,
  };
  const given = Object.entries(migrateConfig({ ...plain, ...settings }, lock.generator, table));
  const used = Object.entries(migrateConfig({ ...plain, ...lock.settings }, lock.generator, table));
  const values = Object.fromEntries(given) as typeof plain;
  const isBlock = ([, value]: [string, unknown]): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const config: Config = {
    name: values.name,
    choices: Object.fromEntries(
      given.filter((pair) => !isBlock(pair) && !(PLAIN_KEYS as readonly string[]).includes(pair[0])),
    ) as Config['choices'],
    models: values.models.map((model) => {
      const { name: own, ...rest } = typeof model === 'string' ? { name: model } : model;
      return { name: own, choices: rest };
    }),
    environments: values.environments,
    unmanaged: values.unmanaged,
    ...optionalKeys(values),
    settings: Object.fromEntries(given.filter(isBlock)) as Config['settings'],
  };
  const entries = lock.entries.map((entry) => ({
    ...entry,
    source: due.reduce((source, migration) => migration.source?.(source) ?? source, entry.source),
  }));
  return { ...lock, config, settings: Object.fromEntries(used.filter(isBlock)) as Lock['settings'], entries };
}

/** The keys of a tuned file that stay as they are in an update from release `from`. */
export const staying = (from: string, path: string, table: readonly Migration[] = MIGRATIONS): readonly string[] =>
  dueAfter(from, table).flatMap(({ stays }) =>
    (stays ?? []).filter(({ files }) => files.test(path)).map(({ key }) => key),
  );

const dueAfter = (from: string, table: readonly Migration[]): Migration[] =>
  table.filter(({ to }) => compareReleases(from, to) < 0).sort((a, b) => compareReleases(a.to, b.to));
