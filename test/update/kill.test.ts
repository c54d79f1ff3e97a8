import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { commitUpdate, findUnfinished, recover } from '../../src/fs/update/transaction.ts';
import { ROOT, run, sandbox } from '../cli/harness.ts';
import { partOf } from './part.ts';
import { build, emptyFolders, expected, look, sceneOf, tear, WRITES, watched } from './scene.ts';

/**
 * After a process dies at a write, the next run completes or undoes the update, byte for byte.
 * In `npm test`, a small update is interrupted at every write in this process. An update of 120 files, and the command,
 * are killed at a sample of their writes.
 * UPDATE_KILLS=all kills the 120 files at every write, and UPDATE_PART=2/4 at a part of these.
 */
const FILES = 120;
const PART = partOf(process.env['UPDATE_PART']);
const EVERY = process.env['UPDATE_KILLS'] === 'all' ? PART.count : 37;

class Killed extends Error {}

/** A killed process writes nothing more, not even to clean up. */
const dyingAt = (at: number, torn: boolean) =>
  watched((n, name, args) => {
    if (n === at && torn) tear(name, args);
    if (n >= at) throw new Killed();
  });

const scene = sceneOf(20);
const apply = (dir: string, fs: Parameters<typeof recover>[2], what = scene): readonly string[] =>
  commitUpdate(dir, what.outcome, what.own, what.was, fs);

function copy(from: string): string {
  const dir = join(sandbox(), 'repository');
  nodeFs.cpSync(from, dir, { recursive: true, preserveTimestamps: true });
  return dir;
}

/** Whether the killed run left a journal. Without one, the update has either not started or is complete. */
function verifyRecovery(dir: string, before: Record<string, string>, what = scene): string {
  const unfinished = findUnfinished(dir, nodeFs);
  const forward = copy(dir);
  const done = recover(forward, 'forward', nodeFs);
  const after = look(forward);
  const isDone = after['.mlops-stack/lock.json'] === expected(what)['.mlops-stack/lock.json'];
  expect(after).toEqual(isDone ? expected(what) : withoutDates(before));
  expect(emptyFolders(forward)).toEqual([]);
  expect(done).toBe(unfinished ? 'rolled forward' : 'nothing');
  if (unfinished) expect(isDone).toBe(true);
  // After completion, a further recovery does nothing and writes nothing.
  const idle = watched(() => {});
  expect(recover(forward, 'forward', idle)).toBe('nothing');
  expect(idle.count()).toBe(0);

  const back = recover(dir, 'abort', nodeFs);
  expect(back).toBe(unfinished ? 'undone' : 'nothing');
  if (unfinished || !isDone) expect(look(dir, true)).toEqual(before);
  if (unfinished) return 'in the middle';
  return isDone ? 'after' : 'before';
}

const withoutDates = (state: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(state).flatMap(([path, what]) =>
      what === 'folder' ? [] : [[path, what.split(' ').slice(0, 2).join(' ')]],
    ),
  );

describe('an update', () => {
  it('carries out every kind of step and leaves no temporary files', () => {
    const dir = sandbox();
    build(dir, scene);
    const paths = apply(dir, nodeFs);
    expect(look(dir)).toEqual(expected(scene));
    expect(emptyFolders(dir)).toEqual([]);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.at(-1)).toBe('.mlops-stack/lock.json');
    expect(scene.outcome.changes.every(({ path }) => paths.includes(path))).toBe(true);
  });

  it('writes its journal before it changes a file, and removes it last', () => {
    const dir = sandbox();
    build(dir, scene);
    const inner = /\.mlops-stack\/(pid|staging|journal\.json)/;
    const order: string[] = [];
    const unflushed: string[] = [];
    apply(
      dir,
      watched((_n, name, args) => {
        const place = String(name === 'renameSync' || name === 'linkSync' ? args[1] : args[0]).slice(dir.length + 1);
        // Empty folders are removed last.
        if (name === 'rmdirSync') return;
        if (place === '.mlops-stack/journal.json') order.push(name === 'rmSync' ? 'drop' : 'journal');
        else order.push(inner.test(place) || place === '.mlops-stack' ? 'inner' : place);
        if (name === 'writeFileSync' && (args[2] as { flush?: boolean }).flush !== true)
          unflushed.push(String(args[1]));
      }),
    );
    const outer = order.flatMap((what, index) => (what === 'inner' ? [] : [index]));
    expect(order[outer[0]!]).toBe('journal');
    expect(order[outer.at(-1)!]).toBe('drop');
    expect(order[outer.at(-2)!]).toBe('.mlops-stack/lock.json');
    // Every file and the journal are flushed. Base objects do not need it, because their names verify their content,
    // and the pid file has no use after a power failure.
    const kinds = [
      ...scene.outcome.changes.flatMap((change) => (change.after ? [change.after.content] : [])),
      scene.own.lock,
      scene.own.config,
      '"version":1',
    ].map(String);
    expect(unflushed.filter((text) => kinds.some((kind) => text.includes(kind)))).toEqual([]);
    expect(unflushed.length).toBeGreaterThan(1);
  });
});

describe('an update that stops at a write', () => {
  it.each([
    ['before a write', false],
    ['in the middle of a write', true],
  ])('is finished or undone by the next run if it stops %s', (_when, torn) => {
    const original = sandbox();
    build(original, scene);
    const before = look(original, true);
    const seen = new Set<string>();
    for (let at = 1; ; at++) {
      const dir = copy(original);
      const fs = dyingAt(at, torn);
      let isKilled = false;
      try {
        apply(dir, fs);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        isKilled = true;
      }
      if (!isKilled && fs.count() < at) break;
      // A kill during the cleanup does not fail the run. The next run finds the remaining files.
      seen.add(verifyRecovery(dir, before));
    }
    expect(seen).toEqual(new Set(['before', 'in the middle', 'after']));
  });

  it.each([
    ['forward', 'abort'],
    ['abort', 'abort'],
    ['forward', 'forward'],
    ['abort', 'forward'],
  ] as const)('is recovered the same way if the recovery is killed too (%s, then %s)', (first, second) => {
    const original = sandbox();
    build(original, scene);
    const before = look(original, true);
    const total = (() => {
      const fs = watched(() => {});
      apply(copy(original), fs);
      return fs.count();
    })();
    const half = copy(original);
    expect(() => apply(half, dyingAt(total >> 1, false))).toThrow(Killed);
    for (let at = 1; ; at++) {
      const dir = copy(half);
      const fs = dyingAt(at, true);
      try {
        recover(dir, first, fs);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      if (fs.count() < at) break;
      const isOpen = findUnfinished(dir, nodeFs);
      const done = recover(dir, second, nodeFs);
      const now = look(dir);
      const isNew =
        now['mine.txt'] !== undefined && now['.mlops-stack/lock.json'] === expected(scene)['.mlops-stack/lock.json'];
      // A started undo is never reversed.
      if (isOpen && second === 'abort') expect(done).toBe('undone');
      if (isNew) expect(now).toEqual(expected(scene));
      else expect(look(dir, true)).toEqual(before);
      expect(findUnfinished(dir, nodeFs)).toBe(false);
      expect(nodeFs.readdirSync(join(dir, '.mlops-stack')).sort()).toEqual(['base', 'lock.json', 'schema.json']);
    }
  });
});

describe(`an update of ${FILES} files that is killed with SIGKILL`, () => {
  const large = sceneOf(FILES);
  let child: string;
  let total: number;
  let original: string;
  let before: Record<string, string>;

  beforeAll(async () => {
    child = join(sandbox(), 'child.cjs');
    await bundle({
      absWorkingDir: ROOT,
      entryPoints: ['test/update/kill-child.ts'],
      bundle: true,
      format: 'cjs',
      platform: 'node',
      outfile: child,
    });
    original = sandbox();
    build(original, large);
    before = look(original, true);
    const fs = watched(() => {});
    apply(copy(original), fs, large);
    total = fs.count();
  });

  it(`changes ${FILES} files`, () => {
    expect(large.outcome.changes.length).toBeGreaterThanOrEqual(FILES);
    expect(total).toBeGreaterThan(3 * FILES);
  });

  it(`at ${EVERY === 1 ? 'every write' : `one write in ${EVERY}`}: the next run finishes or undoes it`, {
    timeout: 1_800_000,
  }, () => {
    const seen: Record<string, number> = {};
    for (let at = EVERY - PART.index; at <= total; at += EVERY) {
      const dir = copy(original);
      const { signal, status, stderr } = spawnSync(
        process.execPath,
        [child, dir, String(FILES), String(at), at % 2 === 0 ? 'torn' : 'whole'],
        { encoding: 'utf8' },
      );
      expect([at, signal, status, stderr]).toEqual([at, 'SIGKILL', null, '']);
      const where = verifyRecovery(dir, before, large);
      seen[where] = (seen[where] ?? 0) + 1;
    }
    console.log(
      `killed at ${Object.values(seen).reduce((sum, count) => sum + count, 0)} of ${total} writes: ` +
        `${JSON.stringify(seen)}`,
    );
    expect(Object.keys(seen)).toContain('in the middle');
  });
});

describe('the command that is killed with SIGKILL', () => {
  const PRELOAD = ['--import', join(import.meta.dirname, 'kill-preload.mjs')];
  /** Another name moves the package, so nearly every file changes. */
  const rename = (cwd: string, env: Record<string, string>): ReturnType<typeof run> =>
    run(['update', '--yes', '--allow-dirty', '--set', 'name=other-name', '--set', 'tracker=wandb'], {
      cwd,
      env: { ...env, KILL_WRITES: WRITES.join() },
      node: PRELOAD,
    });
  const POINTS = process.env['UPDATE_KILLS'] === 'all' ? Math.ceil(40 / PART.count) : 4;

  it(`at ${POINTS} writes of ${FILES} files and more: update finishes it, update --abort goes back`, {
    timeout: 600_000,
  }, async () => {
    const made = join(sandbox(), 'demo');
    expect((await run([made, '--yes', '--no-git', '--tracker', 'mlflow'], { cwd: sandbox() })).code).toBe(0);
    const before = look(made);
    const done = copy(made);
    const counter = join(sandbox(), 'count');
    expect((await rename(done, { KILL_COUNT: counter })).code).toBe(0);
    const after = look(done);
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (path) => !path.startsWith('.mlops-stack/') && before[path] !== after[path],
    );
    expect(changed.length).toBeGreaterThan(FILES);
    const writes = Number(nodeFs.readFileSync(counter, 'utf8'));
    for (let point = 1; point <= POINTS; point++) {
      const dir = copy(made);
      const at = Math.floor((writes * (point - PART.index / PART.count)) / POINTS) - 1;
      expect([at, (await rename(dir, { KILL_AT: String(at) })).code]).toEqual([at, undefined]);
      const isOpen = nodeFs.existsSync(join(dir, '.mlops-stack/journal.json'));
      const back = copy(dir);
      const looked = await run(['diff'], { cwd: dir });
      if (isOpen) expect([looked.code, looked.err]).toEqual([3, expect.stringContaining('E-UNFINISHED')]);
      const next = await run(['update', '--yes'], { cwd: dir });
      expect([at, next.code]).toEqual([at, 0]);
      const end = look(dir);
      expect(end).toEqual(isOpen || end['src/other_name/tracking/wandb.py'] !== undefined ? after : before);
      expect(emptyFolders(dir)).toEqual([]);
      const aborted = await run(['update', '--abort'], { cwd: back });
      expect([at, aborted.code, aborted.out]).toEqual([
        at,
        0,
        expect.stringContaining(isOpen ? 'undone' : 'nothing was changed'),
      ]);
      if (isOpen) expect(look(back)).toEqual(before);
    }
  });
});

it('the kill tests count every write function of node:fs that the code uses', () => {
  const source = [
    'src/fs/file-system.ts',
    ...nodeFs.readdirSync(join(ROOT, 'src/fs/update')).map((name) => `src/fs/update/${name}`),
  ]
    .map((path) => nodeFs.readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  const used = [...source.matchAll(/\bfs\.(\w+Sync)\b/g)].map((match) => match[1]!);
  const reads = [
    'lstatSync',
    'statSync',
    'readdirSync',
    'readFileSync',
    'openSync',
    'fsyncSync',
    'closeSync',
    'accessSync',
  ];
  expect(
    [...new Set(used)].filter((name) => !reads.includes(name) && !(WRITES as readonly string[]).includes(name)),
  ).toEqual([]);
});
