import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { UserError } from '../../core/errors.ts';
import { deflateObject, normalise, STATE_DIR, sha256 } from '../../core/lock.ts';
import type { Change, DiskFile, Outcome } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import { attempt, codeOf, type FileSystem, stat } from '../file-system.ts';
import { StepError, see, whyFailed } from './apply.ts';
import { type Found, look } from './disk.ts';
import { JOURNAL, type Journal, type Side, STAGING, type Step, stagedAt, writeJournal } from './journal.ts';
import { openStore, STORE } from './store.ts';

const LOCK = `${STATE_DIR}/lock.json`;
const SCHEMA = `${STATE_DIR}/schema.json`;

/** The generator's own files after the update. */
export type OwnFiles = { readonly lock: string; readonly config: Uint8Array | string; readonly schema: string };
/** The bytes that the update was planned from; undefined if there was no file. */
export type Basis = { readonly lock: Uint8Array | undefined; readonly config: Uint8Array | undefined };
/** A file to change. `before` is the expected content; with `isAny`, any content. */
export type Wanted = Change & { readonly isAny?: true };

/**
 * Lock, config, schema and base objects that are not current. Objects come before the lock that names them; the lock is
 * last.
 */
export function ownChanges(
  dir: string,
  { objects, entries }: Pick<Outcome, 'objects' | 'entries'>,
  own: OwnFiles,
  was: Basis,
  fs: FileSystem,
): Wanted[] {
  const named = new Set(entries.map((entry) => entry.sha256));
  const store = openStore(dir, fs);
  const file = (path: string, content: Uint8Array): Wanted => ({
    path,
    after: { content, executable: false },
    isAny: true,
  });
  const isSame = (old: Uint8Array | undefined, text: Uint8Array | string): boolean =>
    old !== undefined && Buffer.compare(normalise(old), normalise(Buffer.from(text))) === 0;
  const schema = look(dir, SCHEMA, fs);
  return [
    ...[...named]
      .sort()
      .flatMap((hash) =>
        objects.has(hash) && !store.read(hash) ? [file(`${STORE}/${hash}`, deflateObject(objects.get(hash)!))] : [],
      ),
    ...(isSame(isObstacle(schema) ? undefined : schema?.content, own.schema)
      ? []
      : [file(SCHEMA, Buffer.from(own.schema))]),
    ...(isSame(was.config, own.config) ? [] : [file(CONFIG_FILE, Buffer.from(own.config))]),
    ...store.names().flatMap((hash): Wanted[] => (named.has(hash) ? [] : [{ path: `${STORE}/${hash}`, isAny: true }])),
    ...(isSame(was.lock, own.lock) ? [] : [file(LOCK, Buffer.from(own.lock))]),
  ];
}

/**
 * Verifies that the disk still matches the plan, stages all content before and after, and writes the journal. A failure
 * before the journal leaves nothing.
 */
export function stage(dir: string, wanted: readonly Wanted[], was: Basis, fs: FileSystem): Journal {
  try {
    for (const [path, bytes] of [
      [LOCK, was.lock],
      [CONFIG_FILE, was.config],
    ] as const)
      verifyStill(path, see(dir, path, [], fs), bytes && { content: bytes, executable: undefined });
    removeStaging(dir, fs);
    fs.mkdirSync(join(dir, STAGING));
    const steps = wanted.map((change, index) => stageStep(dir, wanted, change, index, fs));
    const journal: Journal = { version: 1, steps, made: missingFolders(dir, steps, fs) };
    writeJournal(dir, journal, fs);
    return journal;
  } catch (error) {
    attempt(() => fs.rmSync(join(dir, JOURNAL), { force: true }));
    attempt(() => removeStaging(dir, fs));
    throw whyFailed(error, STAGING);
  }
}

export const removeStaging = (dir: string, fs: FileSystem): void =>
  fs.rmSync(join(dir, STAGING), { recursive: true, force: true });

function verifyStill(path: string, found: ReturnType<typeof see>, before: DiskFile | undefined): Found | undefined {
  if (isObstacle(found))
    throw new UserError('E-OBSTACLE', [{ file: path, message: `${found.at} is ${found.obstacle}.` }]);
  const isStill =
    found && before
      ? Buffer.compare(found.content, before.content) === 0 &&
        (before.executable === undefined || before.executable === found.executable)
      : !found && !before;
  if (!isStill)
    throw new UserError(
      'E-WRITE',
      [{ file: path, message: 'it changed while the update was being prepared.' }],
      'Run the same command again.',
    );
  return found;
}

function stageStep(
  dir: string,
  wanted: readonly Wanted[],
  { path, before, after, isAny }: Wanted,
  index: number,
  fs: FileSystem,
): Step {
  try {
    const seen = see(dir, path, wanted, fs);
    const found = verifyStill(path, seen, isAny && !isObstacle(seen) ? seen : before);
    if (found && (found.stats.mode & 0o200) === 0)
      throw new UserError(
        'E-WRITE',
        [{ file: path, message: 'it is read-only.' }],
        'Make it writable (chmod u+w), or list it under unmanaged in mlops-stack.yaml, then update.',
      );
    return {
      path,
      ...(found && { before: stageBefore(dir, path, found, index, fs) }),
      ...(after && { after: stageAfter(stagedAt(dir, index, 'after'), { path, ...after }, found?.stats, fs) }),
    };
  } catch (error) {
    throw new StepError(path, error);
  }
}

/**
 * Stages a hard link to the file, so that an undo needs no space and restores dates and permissions. Falls back to a
 * copy.
 */
function stageBefore(dir: string, path: string, { content, stats }: Found, index: number, fs: FileSystem): Side {
  const place = stagedAt(dir, index, 'before');
  const mode = stats.mode & 0o777;
  try {
    fs.linkSync(join(dir, ...path.split('/')), place);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK', 'EXDEV'].includes(codeOf(error))) throw error;
    fs.writeFileSync(place, content, { flag: 'wx', mode, flush: true });
    fs.chmodSync(place, mode);
  }
  return { sha256: sha256(content), mode };
}

/** A replaced file keeps its permissions, except for the executable bits, which follow the read bits. */
function stageAfter(
  place: string,
  { path, content, executable }: NonNullable<Change['after']> & { readonly path: string },
  old: Stats | undefined,
  fs: FileSystem,
): Side {
  // A power failure must not leave half a file after a rename. Base objects are verified by their names and are many,
  // so they are not flushed.
  const flush = !path.startsWith(`${STORE}/`);
  fs.writeFileSync(place, content, { flag: 'wx', mode: executable ? 0o777 : 0o666, flush });
  const mode = (): number => stat(place, fs)!.mode & 0o777;
  if (old) {
    const rights = old.mode & 0o777;
    const isSame = executable === ((rights & 0o111) !== 0);
    const changed = executable ? rights | ((rights & 0o444) >> 2) : rights & ~0o111;
    const right = isSame ? rights : changed;
    if (right !== mode()) fs.chmodSync(place, right);
  }
  return { sha256: sha256(content), mode: mode() };
}

/** The folders that the steps create, the outer ones first. */
function missingFolders(dir: string, steps: readonly Step[], fs: FileSystem): string[] {
  const missing = new Set<string>();
  for (const { path, after } of steps) {
    for (let folder = dirname(path); after && folder !== '.'; folder = dirname(folder))
      if (!stat(join(dir, folder), fs)?.isDirectory()) missing.add(folder);
  }
  return [...missing].sort();
}
