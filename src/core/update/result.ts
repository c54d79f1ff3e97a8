import type { Catalogue } from '../catalogue.ts';
import { modelValue } from '../config-file.ts';
import { prepare } from '../generate.ts';
import { LOCK_SCHEMA, type Lock, type LockEntry, normalise, sha256, writeLock } from '../lock.ts';
import { renderPlan } from '../render.ts';
import type { TargetState } from './target-state.ts';
import type { BaseStore } from './types.ts';

/** The lock of a goal that was reached. */
export const nextLock = (
  { prepared: { config, settings } }: TargetState,
  version: string,
  entries: readonly LockEntry[],
): string => writeLock({ schema: LOCK_SCHEMA, generator: version, config, settings, entries });

/**
 * A lock with nothing in it, for a repository that has lost its own: everything that stands there is looked at as if a
 * person had written it.
 */
export const emptyLock = ({ prepared: { config, settings } }: TargetState, version: string): Lock => ({
  schema: LOCK_SCHEMA,
  generator: version,
  config,
  settings,
  entries: [],
});

/**
 * A base store that makes an object anew where it is missing: what the recorded config gives in this version, if it has
 * that very hash.
 * So a store that was deleted costs nothing as long as the templates are the same.
 */
export function withRendering(store: BaseStore, lock: Lock, catalogue: Catalogue): BaseStore {
  let rendered: ReadonlyMap<string, Uint8Array> | undefined;
  return { read: (hash) => store.read(hash) ?? (rendered ??= renderRecorded(lock, catalogue)).get(hash) };
}

/** The content that a lock's config gives in this version, by hash. Empty where this version cannot render it. */
export function renderRecorded(lock: Lock, catalogue: Catalogue): ReadonlyMap<string, Uint8Array> {
  try {
    const { name, choices, models, environments, unmanaged, settings } = lock.config;
    const values = {
      name,
      ...choices,
      models: models.map(modelValue),
      environments,
      unmanaged,
      ...settings,
    };
    const { plan } = prepare({ values, where: () => ({}), explicit: new Set() }, catalogue, name, lock.settings);
    return new Map(
      [...renderPlan(plan).values()].map(({ content }) => [sha256(normalise(content)), normalise(content)]),
    );
  } catch {
    // A module has gone or changed its settings: that is a version that cannot make these files again.
    return new Map();
  }
}
