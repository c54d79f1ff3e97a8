import { execFileSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deflateObject, normalise, writeLock } from '../../src/core/lock.ts';
import { readLock } from '../../src/core/read-lock.ts';
import { planUpdate } from '../../src/core/update/plan-update.ts';
import type { DiskFile, Obstacle, Outcome } from '../../src/core/update/types.ts';
import { openDisk } from '../../src/fs/update/disk.ts';
import { dirtyFiles, stageConflicts } from '../../src/fs/update/git.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { commitUpdate } from '../../src/fs/update/transaction.ts';
import { environment, sandbox } from '../cli/harness.ts';
import { emptyFolders, watched } from './scene.ts';
import { hash, inputOf, lockOf, worldOf } from './support.ts';
import { CASES, type Case, type Place, ROWS, sceneOf, verify } from './table.ts';

/**
 * Runs the decision table on a real disk, with and without git: the disk code reads and writes exactly the input and
 * output of the engine.
 */

const VERSION = '1.0.0';
const LOCK = '.mlops-stack/lock.json';

function build(dir: string, one: Case): void {
  const { before, entries, was } = sceneOf(one);
  const put = (path: string, content: Uint8Array | string, mode = 0o644): void => {
    nodeFs.mkdirSync(dirname(join(dir, path)), { recursive: true });
    nodeFs.writeFileSync(join(dir, path), content, { mode });
  };
  const world = worldOf(before, entries, was);
  for (const [path, file] of world.files) {
    if ('content' in file) put(path, file.content, file.executable ? 0o755 : 0o644);
    else {
      nodeFs.mkdirSync(dirname(join(dir, path)), { recursive: true });
      nodeFs.symlinkSync(elsewhere, join(dir, path));
    }
  }
  for (const [name, content] of world.objects) put(`.mlops-stack/base/${name}`, deflateObject(content));
  put(LOCK, writeLock(lockOf(entries)));
  put('.mlops-stack/schema.json', '{}\n');
  put('mlops-stack.yaml', 'name: demo\n');
}

/** All files of the user in the repository. */
function filesOf(dir: string): Map<string, DiskFile | Obstacle> {
  const paths = nodeFs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^(\.mlops-stack|\.git)(\/|$)|^mlops-stack\.yaml$/.test(path));
  const disk = openDisk(dir, nodeFs);
  return new Map(
    paths.flatMap((path) =>
      nodeFs.lstatSync(join(dir, path)).isDirectory() ? [] : [[path, disk.read(path)!] as const],
    ),
  );
}

/** The target of links. Nothing may be written to it. */
let elsewhere: string;

const onDisk =
  (dir: string, one: Case, isInGit: boolean): Place =>
  () => {
    if (!isInGit) build(dir, one);
    const run: ReturnType<Place>['run'] = async (engine, now, more = {}): Promise<Outcome> => {
      const text = nodeFs.readFileSync(join(dir, LOCK));
      const lock = readLock(text.toString(), VERSION);
      const input = {
        ...inputOf(worldOf({}, [], []), now, more),
        lock,
        disk: openDisk(dir, nodeFs),
        base: openStore(dir, nodeFs),
      };
      const outcome = engine(input);
      const before = nodeFs.readdirSync(dir, { recursive: true }).length;
      if (outcome.refused.length > 0) return outcome;
      // Everything is committed, so git does not block the update.
      const touched = outcome.changes.flatMap((change) => (change.before ? [change.path] : []));
      if (isInGit && !updated.has(dir)) expect(await dirtyFiles(dir, touched)).toEqual([]);
      const fs = watched(() => {});
      const changed = commitUpdate(
        dir,
        outcome,
        { lock: writeLock({ ...lock, entries: outcome.entries }), config: 'name: demo\n', schema: '{}\n' },
        { lock: text, config: Buffer.from('name: demo\n') },
        fs,
      );
      expect(new Set(changed).size).toBe(changed.length);
      for (const { path } of outcome.changes) expect(changed).toContain(path);
      if (updated.has(dir))
        expect([changed, fs.count(), nodeFs.readdirSync(dir, { recursive: true }).length]).toEqual([[], 0, before]);
      updated.add(dir);
      const marked = outcome.conflicts.filter(({ style }) => style === 'markers');
      if (isInGit && marked.length > 0) {
        expect(await stageConflicts(dir, marked)).toBeUndefined();
        // Only files that git tracks get a conflict entry. A file that returns from kept/ is new.
        const tracked = marked.filter(({ path }) => touched.includes(path)).map(({ path }) => path);
        expect(git(dir, 'diff', '--name-only', '--diff-filter=U', '--relative').split('\n').filter(Boolean)).toEqual(
          tracked,
        );
      }
      verifyStore(dir, outcome);
      return outcome;
    };
    return { run, files: () => filesOf(dir) };
  };

const updated = new Set<string>();

/** Every object is valid and belongs to an entry, and the folder of the generator has no other files. */
function verifyStore(dir: string, { entries, objects }: Outcome): void {
  const store = openStore(dir, nodeFs);
  const named = new Set(entries.map((entry) => entry.sha256));
  for (const name of store.names()) {
    expect(named).toContain(name);
    expect(hash(store.read(name)!)).toBe(name);
  }
  for (const [name, content] of objects)
    if (named.has(name)) expect(Buffer.from(store.read(name)!)).toEqual(Buffer.from(normalise(content)));
  expect(
    nodeFs
      .readdirSync(join(dir, '.mlops-stack'))
      .filter((name) => name !== 'base')
      .sort(),
  ).toEqual(['lock.json', 'schema.json']);
  expect(emptyFolders(dir).filter((path) => path !== '.mlops-stack/base')).toEqual([]);
}

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: environment(), encoding: 'utf8' });

describe.each([
  ['without git', false],
  ['with git', true],
] as const)('an update on a disk, %s,', (_, isInGit) => {
  let root: string;
  const dirOf = (one: Case): string => join(root, String(CASES.indexOf(one)));

  beforeAll(() => {
    root = sandbox();
    elsewhere = sandbox();
    for (const one of CASES) nodeFs.mkdirSync(dirOf(one));
    if (!isInGit) return;
    for (const one of CASES) build(dirOf(one), one);
    // One git repository contains all of them, each in a subfolder.
    git(root, 'init', '--quiet');
    git(root, 'add', '--all', '--force');
    git(root, 'commit', '--quiet', '--message', 'All');
  }, 120_000);

  afterAll(() => expect(nodeFs.readdirSync(elsewhere)).toEqual([]));

  it.each(ROWS.map((row) => [row.row, row] as const))('%s', async (_name, row) => {
    for (const one of CASES.filter((candidate) => candidate.row === row)) {
      try {
        await verify(one, planUpdate, onDisk(dirOf(one), one, isInGit));
      } catch (error) {
        throw new Error(`${one.kind}, ${one.ends}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
});
