import type { Problem } from '../errors.ts';
import type { Lock, LockEntry } from '../lock.ts';
import type { Rendered } from '../render.ts';
import type { SlotEntries } from '../slots.ts';

/**
 * A file on disk. `executable` is undefined if the file system cannot tell (Windows, core.fileMode=false); then the
 * value of the lock applies.
 */
export type DiskFile = { readonly content: Uint8Array; readonly executable: boolean | undefined };

/**
 * Something at the path, or at a folder above it, that is not a regular file. It is never followed, written or moved.
 * `at` is its path. `obstacle` completes the sentence "<at> is …", as in "a symbolic link".
 */
export type Obstacle = { readonly obstacle: string; readonly at: string };

/** The files of the repository. Paths use `/`. Reading has no side effect and may be repeated. */
export type Disk = { read(path: string): DiskFile | Obstacle | undefined };

/** Content by hash, with LF line ends, verified. Undefined if there is none or if it does not match its name. */
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
  /** Paths of deleted files to restore. */
  readonly restore: readonly string[];
  /** Old source -> source that replaced it (`moved` of a module), so that a renamed file keeps its edits. */
  readonly moved?: ReadonlyMap<string, string>;
  /**
   * Slots of the plan that `next` was rendered from. In a list that they fill, the entries of both sides are merged.
   */
  readonly slots?: SlotEntries;
  /** Files that the user moved: path in the lock -> path on disk. */
  readonly moves?: ReadonlyMap<string, string>;
  /** The moved files are updated at their new paths. */
  readonly follow?: boolean;
  /**
   * Contents that take the place of those on disk: files of an unfinished merge, without its conflict markers. Undefined
   * for a file that one branch deleted.
   */
  readonly resolved?: ReadonlyMap<string, Uint8Array | undefined>;
  /** Whether a formatter that the user configured formats a file. Its lines then keep their layout where they can. */
  readonly isFormatted?: (path: string) => boolean;
  /** Files of an unfinished merge that only the user can resolve. They stay as they are until then. */
  readonly unresolved?: readonly string[];
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
 * What happens to one path and why, as a sentence without a period. `path` is where the file was expected. `to` is its
 * new path if that differs: below kept/, back at its original path, or next to it as `.generated`. A file without a
 * change or message has no action.
 */
export type Action = {
  readonly path: string;
  readonly action: ActionKind;
  readonly reason: string;
  readonly to?: string;
};

/** One path that changes on disk. Without `before` it is new; without `after` it is deleted. A move is two changes. */
export type Change = {
  readonly path: string;
  readonly before?: DiskFile;
  readonly after?: DiskFile & { readonly executable: boolean };
};

/** The three texts of a conflict, with LF line ends. `markers`: they are in the file, so the index gets its stages. */
export type Conflict = {
  readonly path: string;
  readonly style: ConflictStyle;
  readonly base?: Uint8Array;
  readonly yours: Uint8Array;
  readonly generated: Uint8Array;
};

/** A reason why the update writes nothing. */
export type Refusal = Problem & { readonly kind: 'conflict-open' | 'obstacle' | 'restore' };

export type Outcome = {
  /** Sorted by path. */
  readonly actions: readonly Action[];
  /** Sorted by path with deletions first, so that a folder can replace a file. One per path. */
  readonly changes: readonly Change[];
  /** The entries of the next lock. */
  readonly entries: readonly LockEntry[];
  /**
   * Content (with LF line ends, not compressed) that the entries name, or that this run rendered. The store writes what
   * it lacks.
   */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly conflicts: readonly Conflict[];
  /** Paths of unresolved conflicts of earlier runs. */
  readonly open: readonly string[];
  /** If there is any, nothing must be written. */
  readonly refused: readonly Refusal[];
  /** Files that a formatter had changed, and that have the generated layout again. Sorted. */
  readonly relaid: readonly string[];
  /** Files that keep the layout of a formatter, except for the lines that this update changed. Sorted. */
  readonly mixed: readonly string[];
  /** Sentences for the user that no action contains: new defaults, pins that stayed higher. */
  readonly reports: readonly string[];
};

export const isObstacle = (found: unknown): found is Obstacle =>
  typeof found === 'object' && found !== null && 'obstacle' in found;
export const isFile = <T extends DiskFile>(found: T | Obstacle | undefined): found is T =>
  found !== undefined && 'content' in found;
