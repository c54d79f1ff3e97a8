import type { Problem } from '../errors.ts';
import type { Lock, LockEntry } from '../lock.ts';
import type { Rendered } from '../render.ts';
import type { SlotEntries } from '../slots.ts';

/**
 * A file as it stands. `executable` is undefined where the file system cannot tell (Windows, core.fileMode=false); the
 * lock's counts then.
 */
export type DiskFile = { readonly content: Uint8Array; readonly executable: boolean | undefined };

/**
 * Something at the path, or at a folder above it, that is no plain file: it is never followed, written or moved.
 * `at` is the path of the thing itself. `what` completes the sentence "<at> is …", as in "a symbolic link".
 */
export type Obstacle = { readonly obstacle: string; readonly at: string };

/**
 * What stands in the repository. Paths use `/`. Reading has no effect, and the same path is read as often as needed.
 */
export type Disk = { read(path: string): DiskFile | Obstacle | undefined };

/**
 * Content by hash, with line ends as LF, verified. Undefined where there is none, or one that does not match its name.
 */
export type BaseStore = { read(sha256: string): Uint8Array | undefined };

export type ConflictStyle = 'markers' | 'side';

export type UpdateInput = {
  readonly lock: Lock;
  readonly disk: Disk;
  readonly base: BaseStore;
  readonly next: Rendered;
  /** Globs of files that are never written, merged or reported. */
  readonly unmanaged: readonly string[];
  readonly conflict: ConflictStyle;
  /** Paths of deleted files that are wanted back. */
  readonly restore: readonly string[];
  /** Source that was -> source that took its place (`moved` of a module), so that a renamed file keeps its edits. */
  readonly moved?: ReadonlyMap<string, string>;
  /**
   * Slots of the plan that `next` was rendered from: where they fill a list in a template, both sides' entries go
   * together.
   */
  readonly slots?: SlotEntries;
};

export type ActionKind =
  | 'write'
  | 'merge'
  | 'keep'
  | 'park'
  | 'unpark'
  | 'delete'
  | 'conflict'
  | 'adopt'
  | 'restore'
  | 'skip';

/**
 * What happens to one path, and why, in a sentence without a full stop. `path` is where the file was looked for;
 * `to` is where it goes when that is another place: below kept/, back home, or beside it as `.generated`.
 * A file where nothing happens and nothing is to be said has no action.
 */
export type Action = {
  readonly path: string;
  readonly action: ActionKind;
  readonly reason: string;
  readonly to?: string;
};

/**
 * One path that changes on disk. Without `before` nothing was there; without `after` it goes. A move is two changes.
 */
export type Change = {
  readonly path: string;
  readonly before?: DiskFile;
  readonly after?: DiskFile & { readonly executable: boolean };
};

/**
 * The three texts of a conflict, with the line ends of the repository (LF). `markers`: they stand in the file, so the
 * index gets its stages.
 */
export type Conflict = {
  readonly path: string;
  readonly style: ConflictStyle;
  readonly base?: Uint8Array;
  readonly yours: Uint8Array;
  readonly generated: Uint8Array;
};

/** A reason why nothing at all is done. */
export type Refusal = Problem & { readonly kind: 'conflict-open' | 'obstacle' | 'restore' };

export type Outcome = {
  /** Sorted by path. */
  readonly actions: readonly Action[];
  /** Sorted by path, deletions first, so that a folder can take the place of a file. One for each path. */
  readonly changes: readonly Change[];
  /** The entries of the next lock. */
  readonly entries: readonly LockEntry[];
  /**
   * Content (normalised, not deflated) of what the entries name and this run rendered; the store writes those that it
   * lacks.
   */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly conflicts: readonly Conflict[];
  /** Paths of conflicts of earlier runs that are still to be resolved. */
  readonly open: readonly string[];
  /** If there is any, nothing must be written. */
  readonly refused: readonly Refusal[];
  /** What the user should know and no action says: new defaults, pins that stayed higher. Sentences. */
  readonly reports: readonly string[];
};

export const isObstacle = (found: unknown): found is Obstacle =>
  typeof found === 'object' && found !== null && 'obstacle' in found;
export const isFile = <T extends DiskFile>(found: T | Obstacle | undefined): found is T =>
  found !== undefined && 'content' in found;
