import { compareText } from '../compare.ts';
import type { LockEntry } from '../lock.ts';
import { type Generated, hashOf } from './merge-file.ts';
import type { Action, ActionKind, Change, Conflict, DiskFile, Obstacle, Refusal, UpdateInput } from './types.ts';
import { isFile, isObstacle } from './types.ts';

/** A file to be written. Its executable bit is known. */
export type NewFile = DiskFile & { readonly executable: boolean };

/** An update under construction: the decisions so far, and the disk as they leave it. */
export type UpdateBuilder = {
  readonly input: UpdateInput;
  readonly read: (path: string) => DiskFile | Obstacle | undefined;
  readonly put: (path: string, file: NewFile | undefined) => void;
  readonly act: (action: ActionKind, path: string, reason: string, to?: string) => void;
  readonly refuse: (kind: Refusal['kind'], path: string, message: string) => void;
  readonly entries: LockEntry[];
  readonly conflicts: Conflict[];
  readonly open: string[];
  readonly reports: string[];
  /** Files that a formatter had changed, and that have the generated layout again. */
  readonly relaid: string[];
  /** Files that keep the layout of a formatter, except for the lines that this update changed. */
  readonly mixed: string[];
  readonly result: () => { actions: Action[]; changes: Change[]; refused: Refusal[] };
};

export function createUpdateBuilder(input: UpdateInput): UpdateBuilder {
  const changed = new Map<string, NewFile | undefined>();
  for (const [path, content] of input.resolved ?? []) {
    const found = input.disk.read(path);
    changed.set(path, content && { content, executable: (isFile(found) && found.executable) || false });
  }
  const actions: Action[] = [];
  const refused: Refusal[] = [];
  const read: UpdateBuilder['read'] = (path) => {
    if (changed.has(path)) return changed.get(path);
    const found = input.disk.read(path);
    // A deleted file can be replaced by a folder of its name.
    return isObstacle(found) && found.at !== path && changed.has(found.at) && changed.get(found.at) === undefined
      ? undefined
      : found;
  };
  return {
    input,
    read,
    put: (path, file) => void changed.set(path, file),
    act: (action, path, reason, to) => void actions.push({ path, action, reason, ...(to !== undefined && { to }) }),
    refuse: (kind, path, message) => void refused.push({ kind, file: path, message }),
    entries: [],
    conflicts: [],
    open: [],
    reports: [],
    relaid: [],
    mixed: [],
    result: () => ({
      actions: actions.sort((a, b) => compareText(a.path, b.path)),
      changes: changesOf(changed, input),
      refused: refused.sort((a, b) => compareText(a.file!, b.file!)),
    }),
  };
}

/** The differences from the current disk, deletions first. */
function changesOf(changed: ReadonlyMap<string, NewFile | undefined>, { disk }: UpdateInput): Change[] {
  return [...changed]
    .flatMap(([path, after]): Change[] => {
      const found = disk.read(path);
      const before = isFile(found) ? found : undefined;
      return isSameFile(before, after) ? [] : [{ path, ...(before && { before }), ...(after && { after }) }];
    })
    .sort((a, b) => Number(a.after !== undefined) - Number(b.after !== undefined) || compareText(a.path, b.path));
}

function isSameFile(before: DiskFile | undefined, after: NewFile | undefined): boolean {
  if (!before || !after) return before === after;
  return (
    Buffer.compare(before.content, after.content) === 0 && (before.executable ?? after.executable) === after.executable
  );
}

/**
 * Writes the generated content next to a file that stays. An existing file there is overwritten only if it is an older
 * generated version (`recorded`: their hashes). Any other file may belong to the user.
 */
export function putBeside(builder: UpdateBuilder, home: string, next: Generated, recorded: readonly string[]): string {
  const place = `${home}.generated`;
  const there = builder.read(place);
  if (isObstacle(there))
    builder.refuse('obstacle', place, `${place} must be written, but ${there.at} is ${there.obstacle}.`);
  else if (there && ![next.hash, ...recorded].includes(hashOf(there.content)))
    builder.refuse(
      'conflict-open',
      place,
      `${place} must be written, but another file has that path. Move it or delete it.`,
    );
  else if (!there || hashOf(there.content) !== next.hash)
    builder.put(place, { content: next.content, executable: next.intent.executable });
  return place;
}
