import type { Catalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import { type Prepared, prepare } from '../../src/core/generate.ts';
import type { Given } from '../../src/core/input.ts';
import { LOCK_SCHEMA, type Lock, normalise, sha256 } from '../../src/core/lock.ts';
import { type Rendered, renderPlan } from '../../src/core/render.ts';
import { resolveConfig } from '../../src/core/solver.ts';
import { planUpdate } from '../../src/core/update/plan-update.ts';
import type { ConflictStyle, DiskFile, Obstacle, Outcome, UpdateInput } from '../../src/core/update/types.ts';

/** A generated repository in memory: its files, its lock and its base store. Values are never modified in place. */
export type Repository = {
  readonly files: ReadonlyMap<string, DiskFile>;
  readonly lock: Lock;
  readonly base: ReadonlyMap<string, Uint8Array>;
};
export type Values = Readonly<Record<string, unknown>>;
export type Engine = (input: UpdateInput) => Outcome;

const VERSION = '1.0.0';

const givenOf = (values: Values): Given => ({ values, where: () => ({}), explicit: new Set(Object.keys(values)) });

/** The result of a config. The last few configs are cached. */
export class Forge {
  readonly #catalogue: Catalogue;
  readonly #known = new Map<string, { prepared: Prepared; rendered: Rendered }>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** Whether the values resolve. `make` throws if not, but first it searches for a fix, which takes longer. */
  resolves(values: Values): boolean {
    const { config } = readConfig(givenOf(values), this.#catalogue, 'demo');
    return Boolean(resolveConfig(config, this.#catalogue).stack);
  }

  make(values: Values): { prepared: Prepared; rendered: Rendered } {
    const key = JSON.stringify(values);
    let made = this.#known.get(key);
    if (!made) {
      const prepared = prepare(givenOf(values), this.#catalogue, 'demo');
      made = { prepared, rendered: renderPlan(prepared.plan) };
      this.#known.set(key, made);
      if (this.#known.size > 8) this.#known.delete(this.#known.keys().next().value!);
    }
    return made;
  }

  create(values: Values): Repository {
    const empty: Repository = {
      files: new Map(),
      base: new Map(),
      lock: {
        schema: LOCK_SCHEMA,
        generator: VERSION,
        config: this.make(values).prepared.config,
        settings: {},
        entries: [],
      },
    };
    return this.update(empty, values).repository;
  }

  /** An update, with the effect that the code for the real file system gives it. */
  update(
    repository: Repository,
    values: Values,
    {
      conflict = 'markers',
      engine = planUpdate,
      unmanaged = [],
      restore = [],
    }: { conflict?: ConflictStyle; engine?: Engine; unmanaged?: readonly string[]; restore?: readonly string[] } = {},
  ): { repository: Repository; outcome: Outcome; rendered: Rendered } {
    const { prepared, rendered } = this.make(values);
    const outcome = engine({
      lock: repository.lock,
      disk: { read: (path) => readMemory(repository.files, path) },
      base: { read: (hash) => repository.base.get(hash) },
      next: rendered,
      unmanaged,
      conflict,
      restore,
      slots: prepared.plan.slots,
    });
    if (outcome.refused.length > 0) return { repository, outcome, rendered };
    const named = new Set(outcome.entries.map((entry) => entry.sha256));
    const base = new Map([...repository.base, ...outcome.objects].filter(([hash]) => named.has(hash)));
    const lock = {
      schema: LOCK_SCHEMA,
      generator: VERSION,
      config: prepared.config,
      settings: prepared.settings,
      entries: outcome.entries,
    };
    return { repository: { files: carryOut(repository.files, outcome), lock, base }, outcome, rendered };
  }
}

/** Answers like a disk: an obstacle is a folder, or a file at the path of a required folder. */
export function readMemory(files: ReadonlyMap<string, DiskFile>, path: string): DiskFile | Obstacle | undefined {
  const found = files.get(path);
  if (found) return found;
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    if (files.has(path.slice(0, slash))) return { obstacle: 'a file', at: path.slice(0, slash) };
  }
  return foldersOf(files).has(path) ? { obstacle: 'a folder', at: path } : undefined;
}

const folders = new WeakMap<ReadonlyMap<string, DiskFile>, Set<string>>();

function foldersOf(files: ReadonlyMap<string, DiskFile>): Set<string> {
  let known = folders.get(files);
  if (!known)
    folders.set(
      files,
      (known = new Set(
        [...files.keys()].flatMap((path) =>
          path
            .split('/')
            .slice(0, -1)
            .map((_, index, steps) => steps.slice(0, index + 1).join('/')),
        ),
      )),
    );
  return known;
}

/** Applies changes. Throws if a change could not be applied to a real disk. */
function carryOut(files: ReadonlyMap<string, DiskFile>, { changes }: Outcome): Map<string, DiskFile> {
  const next = new Map(files);
  for (const { path, before, after } of changes) {
    const there = next.get(path);
    if (before ? !there || !isSame(there, before) : there)
      throw new Error(`a change of ${path} expects ${before ? 'another file' : 'nothing'} there`);
    if (after) next.set(path, after);
    else next.delete(path);
  }
  const blocked = [...next.keys()].find((path) => foldersOf(next).has(path));
  if (blocked) throw new Error(`${blocked} is a file and a folder`);
  return next;
}

/** Compares byte for byte. An executable bit that the file system cannot represent is ignored. */
export const isSame = (a: DiskFile, b: DiskFile): boolean =>
  Buffer.compare(a.content, b.content) === 0 &&
  (a.executable === undefined || b.executable === undefined || a.executable === b.executable);

export const textOf = (file: DiskFile): string => Buffer.from(file.content).toString('latin1');
export const fileOf = (text: string, executable: boolean | undefined = false): DiskFile => ({
  content: Buffer.from(text, 'latin1'),
  executable,
});
export const hashOf = (file: DiskFile): string => sha256(normalise(file.content));
