import * as nodeFs from 'node:fs';
import { extname, join } from 'node:path';
import { isBinary, type Lock } from '../../core/lock.ts';
import { isOnlyLayout } from '../../core/update/edits.ts';
import { hashOf } from '../../core/update/merge-file.ts';
import { linesOf, readText } from '../../core/update/text.ts';
import { type BaseStore, type Disk, isFile } from '../../core/update/types.ts';
import { stat } from '../file-system.ts';
import { askGit } from '../git-env.ts';

/** Shorter files can be equal by chance. */
const LEAST_BYTES = 40;
/** The share of common lines from which a changed file counts as the moved one. */
const SIMILAR = 0.6;

/**
 * Generated files that the user moved: path in the lock -> new path. A file counts as moved if its old path is empty
 * and an unknown file in git's working tree has its content, or the most similar one with the same extension. A
 * formatter may have changed its layout. Empty without git.
 */
export async function findMoves(dir: string, lock: Lock, disk: Disk, base: BaseStore): Promise<Map<string, string>> {
  // Most files are there, and the update reads them later.
  const isMissing = (path: string): boolean => !stat(join(dir, path), nodeFs) && disk.read(path) === undefined;
  const missing = lock.entries.filter(({ path, state }) => state === 'managed' && isMissing(path));
  if (missing.length === 0) return new Map();
  const known = new Set(lock.entries.map(({ path }) => path));
  const others = (await workingTree(dir)).filter(
    (path) => !known.has(path) && !/^(?:kept|\.mlops-stack)\/|\.generated$/.test(path),
  );
  const moves = new Map<string, string>();
  const taken = new Set<string>();
  const contents = new Map<string, Uint8Array>();
  for (const path of others) {
    const file = disk.read(path);
    if (isFile(file) && file.content.length >= LEAST_BYTES) contents.set(path, file.content);
  }
  const take = (from: string, to: string | undefined): void => {
    if (to === undefined) return;
    moves.set(from, to);
    taken.add(to);
  };
  for (const { path, sha256 } of missing)
    take(
      path,
      [...contents.keys()].find((other) => !taken.has(other) && hashOf(contents.get(other)!) === sha256),
    );
  for (const { path, sha256 } of missing) {
    const was = moves.has(path) ? undefined : base.read(sha256);
    if (!was || isBinary(was) || was.length < LEAST_BYTES) continue;
    const scores = [...contents]
      .filter(([other, content]) => !taken.has(other) && extname(other) === extname(path) && !isBinary(content))
      .map(([other, content]) => [other, isOnlyLayout(path, was, content) ? 1 : similarity(was, content)] as const)
      .filter(([, score]) => score >= SIMILAR)
      .sort((a, b) => b[1] - a[1]);
    take(path, scores[0]?.[0]);
  }
  return moves;
}

/** The share of lines that two texts have in common, of the longer one. */
function similarity(a: Uint8Array, b: Uint8Array): number {
  const [one, two] = [linesOf(readText(a).text), linesOf(readText(b).text)];
  const counts = new Map<string, number>();
  for (const line of one) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of two) {
    const left = counts.get(line) ?? 0;
    if (left > 0) common++;
    counts.set(line, left - 1);
  }
  return common / Math.max(one.length, two.length, 1);
}

/** Tracked and untracked files below a folder, without ignored ones. */
async function workingTree(dir: string): Promise<string[]> {
  const found = await askGit(dir, 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z');
  return found?.toString('utf8').split('\0').filter(Boolean) ?? [];
}
