import type { Document } from 'yaml';
import type { Catalogue } from './catalogue.ts';
import { compareText } from './compare.ts';
import { badProjectName, type Config, readConfig, selectionOf } from './config.ts';
import { CONFIG_FILE, writeConfig } from './config-file.ts';
import { PartError, UserError } from './errors.ts';
import type { Given } from './input.ts';
import { LOCK_SCHEMA, recordOf, STATE_DIR, writeLock } from './lock.ts';
import { type Plan, planFiles } from './plan.ts';
import { renderPlan } from './render.ts';
import { importNames } from './slots.ts';
import { resolveConfig } from './solver.ts';
import { verifyStack } from './suggest-fix.ts';

/**
 * A planned repository: the checked config, notices, and every file with its source. `settings` are the settings in
 * use, defaults included.
 */
export type Prepared = {
  readonly config: Config;
  readonly settings: Config['settings'];
  readonly notices: readonly string[];
  readonly plan: Plan;
  readonly document?: Document;
};
export type OutputFile = { readonly path: string; readonly content: Uint8Array; readonly executable: boolean };

/**
 * Input -> config -> stack -> plan. Throws a UserError for every error that the user can fix. `recorded` settings apply
 * instead of defaults if none is given.
 */
export function prepare(
  given: Given,
  catalogue: Catalogue,
  fallbackName: string,
  recorded: Config['settings'] = {},
): Prepared {
  const { config: read, notices } = readConfig(given, catalogue, fallbackName);
  const config = withFallbacks(read, catalogue, given.explicit);
  const ids = [...new Set([...Object.keys(recorded), ...Object.keys(config.settings)])];
  const inUse = {
    ...config,
    settings: Object.fromEntries(ids.map((id) => [id, { ...recorded[id], ...config.settings[id] }])),
  };
  const stack = verifyStack(inUse, catalogue, given.flagged?.size ? given.flagged : given.explicit);
  const installed = importNames(stack.parts);
  const bad = badProjectName(config.name, installed);
  if (bad) throw new UserError('E-NAME', [{ ...given.where(['name']), key: 'name', ...bad }]);
  const settings = Object.fromEntries(
    Object.entries(selectionOf(inUse, catalogue).settings).filter(([, block]) => Object.keys(block).length > 0),
  );
  return {
    config,
    settings,
    notices: [...notices, ...statusNotices(stack.parts)],
    plan: blaming(catalogue, () => planFiles(stack, catalogue)),
    document: given.document,
  };
}

/** Replaces defaults that do not fit by others, as their choices declare. Values of the user never change. */
function withFallbacks(config: Config, catalogue: Catalogue, explicit: ReadonlySet<string>): Config {
  const open = catalogue.choices.filter(({ id, fallbacks, narrows }) => (fallbacks || narrows) && !explicit.has(id));
  if (open.length === 0 || resolveConfig(config, catalogue).stack) return config;
  const narrowed = open.filter(({ narrows }) => narrows).reduce((now, { id }) => narrow(now, id, catalogue), config);
  const candidates = open.flatMap(({ id, fallbacks }) =>
    (fallbacks ?? []).map((option) => withValue(narrowed, id, option)),
  );
  return [narrowed, ...candidates].find((candidate) => resolveConfig(candidate, catalogue).stack) ?? config;
}

const withValue = (config: Config, choice: string, value: string | readonly string[]): Config => ({
  ...config,
  choices: { ...config.choices, [choice]: value },
});

/**
 * Leaves out the options of a choice that break a rule. If all of them do, the first option that breaks none takes their
 * place. Rules that every option breaks change nothing.
 */
function narrow(config: Config, choice: string, catalogue: Catalogue): Config {
  const breaks = (options: readonly string[]): number =>
    resolveConfig(withValue(config, choice, options), catalogue).broken.length;
  const wished = [config.choices[choice]!].flat();
  const now = breaks(wished);
  const better = (options: readonly string[]): string[] => {
    const counts = options.map((option) => breaks([option]));
    const least = Math.min(now, ...counts);
    return options.filter((_, index) => counts[index] === least && least < now);
  };
  const kept = better(wished);
  if (kept.length > 0) return withValue(config, choice, kept);
  const others = better((catalogue.options.get(choice) ?? []).map(({ id }) => id));
  return others.length > 0 ? withValue(config, choice, others.slice(0, 1)) : config;
}

/** Errors in a `--modules` module are reported to the user; errors in a built-in module are internal errors. */
function blaming<T>(catalogue: Catalogue, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof PartError) {
      const origin = catalogue.origin(error.part);
      throw origin === undefined ? error : new UserError('E-MODULES', [{ file: origin, message: error.message }]);
    }
    const areBuiltIn = catalogue.parts.every(({ id }) => catalogue.origin(id) === undefined);
    if (error instanceof UserError && error.id === 'E-PLAN' && areBuiltIn)
      throw new Error(`The built-in modules do not fit together. ${error.message}`, { cause: error });
    throw error;
  }
}

function statusNotices(parts: Plan['stack']['parts']): string[] {
  const modules = new Set(parts.flatMap((part) => part.module ?? []));
  return [...modules].flatMap((module) => {
    if (module.status === 'active') return [];
    if ('retired' in module.status)
      return [`${module.title} is retired: ${module.status.retired}. Use instead: ${module.status.instead}.`];
    return [`${module.title} is legacy: ${module.status.legacy}.`];
  });
}

/** Renders a plan and adds the generator's own files: config, schema, lock and base objects. */
export function generateFiles(prepared: Prepared, catalogue: Catalogue, version: string, schema: string): OutputFile[] {
  const rendered = blaming(catalogue, () => renderPlan(prepared.plan));
  const { entries, objects } = recordOf(rendered);
  const lock = writeLock({
    schema: LOCK_SCHEMA,
    generator: version,
    config: prepared.config,
    settings: prepared.settings,
    entries,
  });
  const text = (path: string, content: string): OutputFile => ({
    path,
    content: Buffer.from(content),
    executable: false,
  });
  return [
    ...[...rendered.values()].map(({ intent, content }) => ({
      path: intent.path,
      content,
      executable: intent.executable,
    })),
    text(CONFIG_FILE, writeConfig(prepared.config, catalogue, prepared.document)),
    text(`${STATE_DIR}/schema.json`, schema),
    text(`${STATE_DIR}/lock.json`, lock),
    ...[...objects]
      .sort(([a], [b]) => compareText(a, b))
      .map(([hash, content]) => ({ path: `${STATE_DIR}/base/${hash}`, content, executable: false })),
  ];
}
