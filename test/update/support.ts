import { compareText } from '../../src/core/compare.ts';
import type { Config } from '../../src/core/config.ts';
import { definePart, type Owner } from '../../src/core/contract.ts';
import { LOCK_SCHEMA, type Lock, type LockEntry, normalise, sha256 } from '../../src/core/lock.ts';
import type { FileIntent } from '../../src/core/plan.ts';
import type { Rendered } from '../../src/core/render.ts';
import type { Disk, DiskFile, Obstacle, Outcome, UpdateInput } from '../../src/core/update/types.ts';
import { isObstacle } from '../../src/core/update/types.ts';

/** Repositories in memory: files by path, and the recorded state. */

export type Content = string | Uint8Array;
export type Standing = Content | { readonly content: Content; readonly executable: boolean } | Obstacle;
export type Files = Readonly<Record<string, Standing>>;
/** A generated file. */
export type Made = {
  readonly path: string;
  readonly source: string;
  readonly content: Content;
  readonly owner?: Owner;
  readonly executable?: boolean;
};

export const bytes = (content: Content): Uint8Array => (typeof content === 'string' ? Buffer.from(content) : content);
function standing(file: Standing): DiskFile | Obstacle {
  if (isObstacle(file)) return file;
  if (typeof file === 'string' || file instanceof Uint8Array) return { content: bytes(file), executable: false };
  return { content: bytes(file.content), executable: file.executable };
}

export const config: Config = {
  name: 'demo',
  choices: {},
  models: [],
  environments: ['dev'],
  settings: {},
  unmanaged: [],
};

const node = { id: 'a/b', part: definePart({}), settings: {}, cap: {} } as unknown as Extract<
  FileIntent['source'],
  { node: unknown }
>['node'];

export function render(files: readonly Made[]): Rendered {
  return new Map(
    files.map(({ path, source, content, owner = 'managed', executable = false }) => {
      const slot = { id: source.slice(5), schema: undefined as never, sameKey: 'equal', owner } as const;
      const origin: FileIntent['source'] = source.startsWith('slot:')
        ? { slot, entries: [] }
        : { file: { path, executable, content: () => content }, node };
      const intent: FileIntent = {
        path,
        kind: 'copy',
        sourceId: source,
        modules: [],
        executable,
        owner,
        source: origin,
      };
      return [path, { intent, content: bytes(content) }];
    }),
  );
}

export const hash = (content: Content): string => sha256(normalise(bytes(content)));

export const entry = (
  { path, source, content, owner = 'managed', executable = false }: Made,
  more: Partial<LockEntry> = {},
): LockEntry => ({
  path,
  source,
  sha256: hash(content),
  state: 'managed',
  owner,
  ...(executable && { executable: true as const }),
  ...more,
});

export const diskOf = (files: ReadonlyMap<string, DiskFile | Obstacle>): Disk => ({
  read: (path) =>
    files.get(path) ??
    [...files.values()].find((file): file is Obstacle => 'obstacle' in file && path.startsWith(`${file.at}/`)),
});

export type World = {
  files: Map<string, DiskFile | Obstacle>;
  entries: readonly LockEntry[];
  objects: Map<string, Uint8Array>;
};
export type Engine = (input: UpdateInput) => Outcome;

/** A repository after an earlier generation (`was`) and edits of the user (`files`). */
export function worldOf(files: Files, entries: readonly LockEntry[], was: readonly Made[]): World {
  return {
    files: new Map(Object.entries(files).map(([path, file]) => [path, standing(file)])),
    entries,
    objects: new Map(was.map(({ content }) => [hash(content), normalise(bytes(content))])),
  };
}

export const lockOf = (entries: readonly LockEntry[]): Lock => ({
  schema: LOCK_SCHEMA,
  generator: '1.0.0',
  config,
  settings: {},
  entries,
});

export const inputOf = (world: World, now: readonly Made[], more: Partial<UpdateInput> = {}): UpdateInput => ({
  lock: lockOf(world.entries),
  disk: diskOf(world.files),
  base: { read: (name) => world.objects.get(name) },
  next: render(now),
  unmanaged: [],
  conflict: 'markers',
  restore: [],
  ...more,
});

/** The repository after an outcome. The `before` value of each change must equal the current content. */
export function carryOut(world: World, outcome: Outcome): World {
  const files = new Map(world.files);
  for (const { path, before, after } of outcome.changes) {
    const there = world.files.get(path);
    if (
      before !== there &&
      !(before && there && 'content' in there && Buffer.compare(before.content, there.content) === 0)
    )
      throw new Error(`${path} is not what the change says that it was.`);
    if (after) files.set(path, after);
    else files.delete(path);
  }
  const objects = new Map([...world.objects, ...outcome.objects]);
  const named = new Set(outcome.entries.map(({ sha256: name }) => name));
  return { files, entries: outcome.entries, objects: new Map([...objects].filter(([name]) => named.has(name))) };
}

/** Files as text for a readable difference: binary files in hexadecimal, executable files with a star. */
export const show = (files: ReadonlyMap<string, DiskFile | Obstacle>): Record<string, string> =>
  Object.fromEntries(
    [...files]
      .sort(([a], [b]) => compareText(a, b))
      .map(([path, file]) => {
        if ('obstacle' in file) return [path, `(${file.obstacle})`];
        const buffer = Buffer.from(file.content);
        return [
          path,
          `${file.executable ? '*' : ''}${buffer.includes(0) ? buffer.toString('hex') : buffer.toString()}`,
        ];
      }),
  );
