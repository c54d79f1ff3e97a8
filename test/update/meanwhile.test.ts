import { spawn, spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { ME } from '../../src/fs/process.ts';
import { findUnfinished, recover } from '../../src/fs/update/transaction.ts';
import { ROOT, sandbox } from '../cli/harness.ts';
import { refusal } from '../unit/helpers.ts';
import { build, emptyFolders, expected, look, sceneOf, watched } from './scene.ts';
import { apply, failure, repository, scene, TARGET } from './small.ts';

/** Changes by the user or another run between planning and writing, during writing, and after a kill are not lost. */

describe('a change between planning and writing', () => {
  const inside = scene.outcome.changes.find((change) => !change.before && change.path.startsWith('fresh/'))!.path;
  it.each([
    ['a file that would be replaced', TARGET, (dir: string) => nodeFs.writeFileSync(join(dir, TARGET), 'mine')],
    ['its executable bit', TARGET, (dir: string) => nodeFs.chmodSync(join(dir, TARGET), 0o755)],
    [
      'a file that would be deleted',
      'gone/deep1/a.txt',
      (dir: string) => nodeFs.writeFileSync(join(dir, 'gone/deep1/a.txt'), 'mine'),
    ],
    ['a file that is gone', TARGET, (dir: string) => nodeFs.rmSync(join(dir, TARGET))],
    [
      'a file where a new one would be',
      inside,
      (dir: string) => (
        nodeFs.mkdirSync(join(dir, inside, '..'), { recursive: true }), nodeFs.writeFileSync(join(dir, inside), 'mine')
      ),
    ],
    [
      'the lock',
      '.mlops-stack/lock.json',
      (dir: string) => nodeFs.writeFileSync(join(dir, '.mlops-stack/lock.json'), '{}'),
    ],
    [
      'the config',
      'mlops-stack.yaml',
      (dir: string) => nodeFs.writeFileSync(join(dir, 'mlops-stack.yaml'), 'name: other\n'),
    ],
  ])('is reported by name and nothing is written: %s', (_what, path, change) => {
    const dir = repository();
    change(dir);
    const before = look(dir, true);
    expect(refusal(() => apply(dir))).toMatchObject({
      id: 'E-WRITE',
      problems: [{ file: path, message: expect.stringContaining('changed') }],
      hint: 'Run the same command again.',
    });
    expect(look(dir, true)).toEqual(before);
  });

  it.each(['a file', 'a link'])('does not replace %s that appears during the write', (what) => {
    const dir = repository();
    const before = look(dir, true);
    const outside = sandbox({ 'theirs.txt': 'theirs' });
    const error = refusal(() =>
      apply(
        dir,
        watched((_n, name, args) => {
          if (name === 'linkSync' && args[1] === join(dir, inside))
            what === 'a file'
              ? nodeFs.writeFileSync(join(dir, inside), 'theirs')
              : nodeFs.symlinkSync(join(outside, 'theirs.txt'), join(dir, inside));
        }),
      ),
    );
    expect(error).toMatchObject({
      id: 'E-WRITE',
      problems: [{ file: inside, message: expect.stringContaining('appeared') }],
    });
    expect(nodeFs.readFileSync(join(dir, inside), 'utf8')).toBe('theirs');
    expect(nodeFs.readFileSync(join(outside, 'theirs.txt'), 'utf8')).toBe('theirs');
    nodeFs.rmSync(join(dir, 'fresh'), { recursive: true });
    expect(look(dir, true)).toEqual(before);
  });

  const lock = '.mlops-stack/lock.json';
  it.each([
    [
      'of a file that was written already',
      'E-UNFINISHED',
      (args: readonly unknown[], dir: string) => args[1] === join(dir, lock),
    ],
    [
      'of a file whose turn has not come',
      'E-WRITE',
      (args: readonly unknown[], dir: string) => args[1] === join(dir, '.mlops-stack/schema.json'),
    ],
  ])('keeps an edit %s', (_of, id, isMoment) => {
    const dir = repository();
    const path = id === 'E-WRITE' ? lock : TARGET;
    const error = refusal(() =>
      apply(
        dir,
        watched((_n, name, args) => {
          if (name !== 'renameSync' || !isMoment(args, dir)) return;
          nodeFs.rmSync(join(dir, path));
          nodeFs.writeFileSync(join(dir, path), 'mine, just now');
          throw failure('EACCES');
        }),
      ),
    );
    expect(error).toMatchObject({ id, problems: [{ file: id === 'E-WRITE' ? '.mlops-stack/schema.json' : TARGET }] });
    expect(nodeFs.readFileSync(join(dir, path), 'utf8')).toBe('mine, just now');
    if (id === 'E-WRITE') expect(findUnfinished(dir, nodeFs)).toBe(false);
  });
});

describe('an edit after the journal is written and before its file changes', () => {
  it.each([
    ['replaced', TARGET],
    ['deleted', 'gone/deep1/a.txt'],
  ])('is kept if the file would be %s, and every other file is restored', (_what, path) => {
    const dir = repository();
    const before = look(dir, true);
    const error = refusal(() =>
      apply(
        dir,
        watched((_n, name, args) => {
          if (name !== 'renameSync' || args[1] !== join(dir, '.mlops-stack/journal.json')) return;
          nodeFs.rmSync(join(dir, path));
          nodeFs.writeFileSync(join(dir, path), 'mine, just now');
        }),
      ),
    );
    expect(error.problems[0]!.file).toBe(path);
    expect(nodeFs.readFileSync(join(dir, path), 'utf8')).toBe('mine, just now');
    if (error.id === 'E-UNFINISHED') {
      // A deletion leaves no evidence of completion, so the user decides.
      nodeFs.rmSync(join(dir, path));
      expect(recover(dir, 'abort', nodeFs)).toBe('undone');
      expect(look(dir, true)).toEqual(before);
    } else expect(look(dir, true)).toEqual({ ...before, [path]: look(dir, true)[path] });
  });
});

describe('an edit after a kill', () => {
  /** Killed after half of the files. The edited file is in the first half or in the second. */
  const killed = (
    path: string,
    change: (place: string) => void,
  ): { dir: string; before: Record<string, string>; half: Record<string, string> } => {
    const dir = repository();
    const before = look(dir, true);
    const schema = join(dir, '.mlops-stack/schema.json');
    let isDead = false;
    expect(() =>
      apply(
        dir,
        watched((_n, name, args) => {
          isDead ||= name === 'renameSync' && args[1] === schema;
          if (isDead) throw failure('EROFS');
        }),
      ),
    ).toThrow(UserError);
    expect(findUnfinished(dir, nodeFs)).toBe(true);
    change(join(dir, path));
    return { dir, before, half: look(dir, true) };
  };
  /** Saves like an editor: a new file replaces the old one. */
  const rewrite = (place: string): void => {
    nodeFs.rmSync(place);
    nodeFs.writeFileSync(place, 'mine, later');
  };
  const WRITTEN = TARGET;
  const WAITING = '.mlops-stack/schema.json';
  const DELETED = 'gone/deep1/a.txt';

  it.each([
    ['finishing', 'forward', 'of a file that was written', WRITTEN, rewrite],
    [
      'finishing',
      'forward',
      'of a new file, which is deleted again',
      'fresh/deep2/b.txt',
      (place: string) => nodeFs.rmSync(place),
    ],
    ['going back', 'abort', 'of a file that was not written yet', WAITING, rewrite],
  ] as const)('%s (%s) keeps the edit %s', (_what, way, _of, path, change) => {
    const { dir, before } = killed(path, change);
    const edited = look(dir)[path];
    expect(recover(dir, way, nodeFs)).toBe(way === 'forward' ? 'rolled forward' : 'undone');
    const wanted: Record<string, string | undefined> =
      way === 'forward' ? { ...expected(scene), [path]: edited } : { ...before, [path]: look(dir, true)[path] };
    if (edited === undefined) delete wanted[path];
    expect(look(dir, way === 'abort')).toEqual(wanted);
    expect(look(dir)[path]).toBe(edited);
  });

  it.each([
    ['finishing', 'forward', 'of a file that was not written yet', WAITING, 'finished', rewrite],
    [
      'finishing',
      'forward',
      'that brings back a deleted file, changed',
      DELETED,
      'finished',
      (place: string) => (
        nodeFs.mkdirSync(join(place, '..'), { recursive: true }), nodeFs.writeFileSync(place, 'mine, later')
      ),
    ],
    ['going back', 'abort', 'of a file that was written', WRITTEN, 'undone', rewrite],
    [
      'going back',
      'abort',
      'that edits a file in place',
      WRITTEN,
      'undone',
      (place: string) => nodeFs.writeFileSync(place, 'mine, later'),
    ],
  ] as const)(
    '%s (%s) is refused by the name %s; with the edit moved away it goes on',
    (_what, way, _of, path, word, change) => {
      const { dir, before, half } = killed(path, change);
      expect(refusal(() => recover(dir, way, nodeFs))).toMatchObject({
        id: 'E-UNFINISHED',
        problems: [{ file: path, message: expect.stringContaining(`cannot be ${word}`) }],
        hint: expect.stringContaining('Move'),
      });
      // Only the pid file of the killed run is removed.
      expect({ ...look(dir, true), '.mlops-stack/pid': '' }).toEqual({ ...half, '.mlops-stack/pid': '' });
      nodeFs.rmSync(join(dir, path));
      recover(dir, way, nodeFs);
      if (way === 'forward') expect(look(dir)).toEqual(expected(scene));
      else expect(look(dir, true)).toEqual(before);
    },
  );

  it('cannot be finished or undone without the staging area, and nothing is changed', () => {
    const { dir } = killed(WRITTEN, () => {});
    nodeFs.rmSync(join(dir, '.mlops-stack/staging'), { recursive: true });
    const half = look(dir, true);
    for (const way of ['forward', 'abort'] as const)
      expect(refusal(() => recover(dir, way, nodeFs))).toMatchObject({
        id: 'E-UNFINISHED',
        problems: expect.arrayContaining([
          { file: expect.any(String), message: expect.stringContaining('missing from the staging area') },
        ]),
      });
    expect({ ...look(dir, true), '.mlops-stack/pid': '' }).toEqual({ ...half, '.mlops-stack/pid': '' });
  });
});

describe('two updates at once', () => {
  const pidFile = (dir: string): string => join(dir, '.mlops-stack/pid');
  const gone = (): number => spawnSync(process.execPath, ['--version']).pid;

  it.each([
    ['a process that is alive', () => `1 ${ME.host}\n`, /process 1 is updating/],
    ['a process of another computer', () => `${gone()} elsewhere\n`, /elsewhere.*delete \.mlops-stack\/pid/],
  ])('are refused without any write while %s holds the lock', (_who, text, says) => {
    const dir = repository();
    nodeFs.writeFileSync(pidFile(dir), text());
    const before = look(dir, true);
    for (const action of [() => apply(dir), () => recover(dir, 'forward', nodeFs), () => findUnfinished(dir, nodeFs)]) {
      expect(refusal(action)).toMatchObject({
        id: 'E-BUSY',
        exit: 3,
        problems: [{ message: expect.stringMatching(says) }],
      });
    }
    expect(look(dir, true)).toEqual(before);
  });

  it.each([
    ['a process that has gone', () => `${gone()} ${ME.host}\n`],
    ['a process killed while it wrote its number', () => ''],
    ['something without a number', () => 'x\n'],
    ['a process with the same number in another container', () => `${ME.pid} ${ME.host}\n`],
  ])('ignore and remove a lock file that %s left', (_who, text) => {
    const dir = repository();
    nodeFs.writeFileSync(pidFile(dir), text());
    apply(dir);
    expect(look(dir)).toEqual(expected(scene));
    nodeFs.writeFileSync(pidFile(dir), text());
    expect(recover(dir, 'forward', nodeFs)).toBe('nothing');
    expect(look(dir)).toEqual(expected(scene));
  });

  describe('in two processes', () => {
    let child: string;
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
    });

    it('let one succeed, and the others report why they stopped', async () => {
      const dir = join(sandbox(), 'repository');
      const large = sceneOf(60);
      build(dir, large);
      const run = (): Promise<{ code: number | null; err: string }> =>
        new Promise((resolve) => {
          const process_ = spawn(process.execPath, [child, dir, '60', '0', 'whole']);
          let err = '';
          process_.stderr.on('data', (data) => (err += String(data)));
          process_.on('close', (code) => resolve({ code, err }));
        });
      const results = await Promise.all([run(), run(), run(), run()]);
      expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
      for (const { code, err } of results)
        if (code !== 0) expect(err).toMatch(/is updating this repository|changed while the update was being prepared/);
      expect(look(dir)).toEqual(expected(large));
      expect(emptyFolders(dir)).toEqual([]);
    });
  });
});
