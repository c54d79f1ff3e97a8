import type { Catalogue } from '../catalogue.ts';
import { modelValue } from '../config-file.ts';
import { prepare } from '../generate.ts';
import { LOCK_SCHEMA, type Lock, type LockEntry, normalise, sha256, writeLock } from '../lock.ts';
import { renderPlan } from '../render.ts';
import type { TargetState } from './target-state.ts';
import type { BaseStore } from './types.ts';

/** The lock of the target state. */
export const nextLock = (
  { prepared: { config, settings } }: TargetState,
  version: string,
  entries: readonly LockEntry[],
): string => writeLock({ schema: LOCK_SCHEMA, generator: version, config, settings, entries });

/** An empty lock, for a repository that lost its lock: every file counts as written by the user. */
export const emptyLock = ({ prepared: { config, settings } }: TargetState, version: string): Lock => ({
  schema: LOCK_SCHEMA,
  generator: version,
  config,
  settings,
  entries: [],
});

/**
 * A base store that renders a missing object again with the recorded config, if the result has the same hash. A deleted
 * store therefore costs nothing as long as the templates are the same.
 */
export function withRendering(store: BaseStore, lock: Lock, catalogue: Catalogue): BaseStore {
  let rendered: ReadonlyMap<string, Uint8Array> | undefined;
  return { read: (hash) => store.read(hash) ?? (rendered ??= renderRecorded(lock, catalogue)).get(hash) };
}

/** The content of a lock's config in this version, by hash. Empty if this version cannot render it. */
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
    // A module was removed or changed its settings, so this version cannot render these files.
    return new Map();
  }
}
