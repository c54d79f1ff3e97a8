import { spawn, spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { deflateObject, sha256 } from '../../src/core/lock.ts';
import type { FileSystem } from '../../src/fs/file-system.ts';
import { ME } from '../../src/fs/process.ts';
import { openDisk } from '../../src/fs/update/disk.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { commitUpdate, findUnfinished, recover } from '../../src/fs/update/transaction.ts';
import { ROOT, sandbox } from '../cli/harness.ts';
import { refusal } from '../unit/helpers.ts';
import { build, emptyFolders, expected, look, sceneOf, watched } from './scene.ts';

/** A disk that refuses, changes or vanishes while an update is written; and two runs at once. Everything is as before, or as after, and the message says which. */

const scene = sceneOf(20);
const TARGET = 'src/over0.py';
const apply = (dir: string, fs: FileSystem = nodeFs, what = scene): readonly string[] => commitUpdate(dir, what.outcome, what.state, what.was, fs);

function repository(what = scene): string {
  const dir = join(sandbox(), 'repository');
  build(dir, what);
  return dir;
}

const total = ((): number => {
  const fs = watched(() => {});
  apply(repository(), fs);
  return fs.count();
})();

const failure = (code: string): Error => Object.assign(new Error(`${code}: in a test`), { code });
/** What the system calls when nothing may be written: data and names that need room. */
const NEEDS_ROOM = ['mkdirSync', 'writeFileSync', 'linkSync'];

function caught(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a disk that refuses one write, any of them', () => {
  it.each(['ENOSPC', 'EACCES', 'ENOENT', 'EIO'])('%s: everything is as before, or all is done', (code) => {
    let refused = 0;
    for (let at = 1; at <= total; at++) {
      const dir = repository();
      const before = look(dir, true);
      const error = caught(() => apply(dir, watched((n) => {
        if (n === at) throw failure(code);
      })));
      const after = look(dir, true);
      if (error === undefined) {
        // A copy in place of a link, or tidying up, which the next run does.
        recover(dir, 'forward', nodeFs);
        expect([at, look(dir)]).toEqual([at, expected(scene)]);
        continue;
      }
      refused++;
      // What the disk refuses is the user's to mend; a fault of the hardware keeps its own message.
      if (code === 'EIO') expect(error).not.toBeInstanceOf(UserError);
      else if ((error as UserError).id === 'E-UNFINISHED') {
        // Only the journal itself could not be dropped.
        expect(recover(dir, 'forward', nodeFs)).toBe('rolled forward');
        expect([at, look(dir)]).toEqual([at, expected(scene)]);
        continue;
      } else expect(error).toMatchObject({ id: 'E-WRITE', exit: 3, problems: [{ file: expect.any(String) }] });
      if (findUnfinished(dir, nodeFs)) expect(recover(dir, 'abort', nodeFs)).toBe('undone');
      expect([at, after['.mlops-stack/journal.json'] ?? 'gone', look(dir, true)]).toEqual([at, expect.any(String), before]);
    }
    expect(refused).toBeGreaterThan(total / 2);
  });
});

describe('a disk that is full from one write on, any of them', () => {
  it('everything is as before: going back needs no room', () => {
    const plain = sceneOf(20, false);
    for (let at = 1; at <= total; at++) {
      const dir = repository(plain);
      const before = look(dir, true);
      const error = caught(() => apply(dir, watched((n, name) => {
        if (n >= at && NEEDS_ROOM.includes(name)) throw failure('ENOSPC');
      }), plain));
      if (error === undefined) expect(look(dir)).toEqual(expected(plain));
      else {
        expect(error).toMatchObject({ id: 'E-WRITE', problems: [{ message: expect.stringContaining('the disk is full') }] });
        expect([at, look(dir, true)]).toEqual([at, before]);
      }
    }
  });

  it('and there is no state folder yet: none is left', () => {
    const fresh = { ...scene, was: { lock: undefined, config: scene.was.config } };
    const bare = (): string => {
      const dir = repository();
      nodeFs.rmSync(join(dir, '.mlops-stack'), { recursive: true });
      return dir;
    };
    for (let at = 1; at <= total + 5; at += 3) {
      const dir = bare();
      const before = look(dir, true);
      const error = caught(() => apply(dir, watched((n) => {
        if (n === at) throw failure('EACCES');
      }), fresh));
      if ((error as UserError | undefined)?.id === 'E-WRITE') expect([at, look(dir, true)]).toEqual([at, before]);
    }
    const dir = bare();
    apply(dir, nodeFs, fresh);
    expect(look(dir)['.mlops-stack/lock.json']).toBe(expected(scene)['.mlops-stack/lock.json']);
  });

  it('and that refuses everything: what stays half-way says so, and the next run finishes it or goes back', () => {
    const said = new Set<unknown>();
    for (let at = 1; at <= total; at++) {
      const dir = repository();
      const before = look(dir, true);
      const error = caught(() => apply(dir, watched((n) => {
        if (n >= at) throw failure('EROFS');
      }))) as UserError | undefined;
      said.add(error?.id);
      if (error?.id === 'E-UNFINISHED') {
        expect(error.hint).toMatch(/create-mlops-stack update.*--abort/);
        const way = at % 2 === 0 ? 'forward' : 'abort';
        recover(dir, way, nodeFs);
        if (way === 'abort') expect([at, look(dir, true)]).toEqual([at, before]);
        else expect([at, look(dir)]).toEqual([at, expected(scene)]);
      } else if (error) {
        recover(dir, 'forward', nodeFs);
        expect([at, look(dir, true)]).toEqual([at, before]);
      }
    }
    expect(said).toEqual(new Set(['E-WRITE', 'E-UNFINISHED', undefined]));
  });
});

describe('a file that may not be written', () => {
  it('is refused by name, and nothing else is written; the same file otherwise is', () => {
    const dir = repository();
    nodeFs.chmodSync(join(dir, TARGET), 0o444);
    const before = look(dir, true);
    expect(refusal(() => apply(dir))).toMatchObject({ id: 'E-WRITE', exit: 3, problems: [{ file: TARGET, message: 'it is read-only.' }], hint: expect.stringContaining('chmod u+w') });
    expect(look(dir, true)).toEqual(before);
    nodeFs.chmodSync(join(dir, TARGET), 0o644);
    apply(dir);
    expect(look(dir)).toEqual(expected(scene));
  });

  it('keeps its rights where it is replaced, and gains execution where it may be read', () => {
    const dir = repository();
    const modeFile = [...scene.files.keys()].find((path) => path.startsWith('bin/mode'))!;
    nodeFs.chmodSync(join(dir, TARGET), 0o600);
    nodeFs.chmodSync(join(dir, modeFile), 0o640);
    apply(dir);
    expect([TARGET, modeFile].map((path) => nodeFs.statSync(join(dir, path)).mode & 0o777)).toEqual([0o600, 0o750]);
  });
});

describe('what vanishes meanwhile', () => {
  it.each([
    ['the folder of a file', 'src'],
    ['the staging area', '.mlops-stack/staging'],
    ['the state folder', '.mlops-stack'],
    ['the whole repository', '.'],
  ])('%s, at any write: a clear message, and never a file of before lost that was still there', (_what, victim) => {
    for (let at = 2; at < total; at += 3) {
      const dir = repository();
      const error = caught(() => apply(dir, watched((n) => {
        if (n === at) nodeFs.rmSync(join(dir, victim), { recursive: true, force: true });
      })));
      if (error === undefined) continue;
      expect([at, error]).toEqual([at, expect.any(UserError)]);
      expect(['E-WRITE', 'E-UNFINISHED']).toContain((error as UserError).id);
      expect((error as UserError).problems[0]!.message).toMatch(/vanished|gone|not in the staging area|changed|does not hold/);
      if (victim === '.') expect(nodeFs.existsSync(dir) ? nodeFs.readdirSync(dir) : []).toEqual([]);
      else expect(nodeFs.readFileSync(join(dir, 'mine.txt'), 'utf8')).toBe('of nobody else\n');
    }
  });
});

describe('what changes between planning and writing', () => {
  const inside = scene.outcome.changes.find((change) => !change.before && change.path.startsWith('fresh/'))!.path;
  it.each([
    ['a file that would be replaced', TARGET, (dir: string) => nodeFs.writeFileSync(join(dir, TARGET), 'mine')],
    ['its executable bit', TARGET, (dir: string) => nodeFs.chmodSync(join(dir, TARGET), 0o755)],
    ['a file that would be deleted', 'gone/deep1/a.txt', (dir: string) => nodeFs.writeFileSync(join(dir, 'gone/deep1/a.txt'), 'mine')],
    ['a file that is gone', TARGET, (dir: string) => nodeFs.rmSync(join(dir, TARGET))],
    ['a file where a new one would be', inside, (dir: string) => (nodeFs.mkdirSync(join(dir, inside, '..'), { recursive: true }), nodeFs.writeFileSync(join(dir, inside), 'mine'))],
    ['the lock', '.mlops-stack/lock.json', (dir: string) => nodeFs.writeFileSync(join(dir, '.mlops-stack/lock.json'), '{}')],
    ['the config', 'mlops-stack.yaml', (dir: string) => nodeFs.writeFileSync(join(dir, 'mlops-stack.yaml'), 'name: other\n')],
  ])('%s: refused by name, nothing written', (_what, path, change) => {
    const dir = repository();
    change(dir);
    const before = look(dir, true);
    expect(refusal(() => apply(dir))).toMatchObject({ id: 'E-WRITE', problems: [{ file: path, message: expect.stringContaining('changed') }], hint: 'Run the same command again.' });
    expect(look(dir, true)).toEqual(before);
  });

  it.each(['a file', 'a link'])('%s that appears at the very moment of writing is not replaced', (what) => {
    const dir = repository();
    const before = look(dir, true);
    const outside = sandbox({ 'theirs.txt': 'theirs' });
    const error = refusal(() => apply(dir, watched((_n, name, args) => {
      if (name === 'linkSync' && args[1] === join(dir, inside)) what === 'a file' ? nodeFs.writeFileSync(join(dir, inside), 'theirs') : nodeFs.symlinkSync(join(outside, 'theirs.txt'), join(dir, inside));
    })));
    expect(error).toMatchObject({ id: 'E-WRITE', problems: [{ file: inside, message: expect.stringContaining('appeared') }] });
    expect(nodeFs.readFileSync(join(dir, inside), 'utf8')).toBe('theirs');
    expect(nodeFs.readFileSync(join(outside, 'theirs.txt'), 'utf8')).toBe('theirs');
    nodeFs.rmSync(join(dir, 'fresh'), { recursive: true });
    expect(look(dir, true)).toEqual(before);
  });

  const lock = '.mlops-stack/lock.json';
  it.each([
    ['of a file that was written already', 'E-UNFINISHED', (args: readonly unknown[], dir: string) => args[1] === join(dir, lock)],
    ['of a file whose turn has not come', 'E-WRITE', (args: readonly unknown[], dir: string) => args[1] === join(dir, '.mlops-stack/schema.json')],
  ])('an edit %s is kept', (_of, id, isMoment) => {
    const dir = repository();
    const path = id === 'E-WRITE' ? lock : TARGET;
    const error = refusal(() => apply(dir, watched((_n, name, args) => {
      if (name !== 'renameSync' || !isMoment(args, dir)) return;
      nodeFs.rmSync(join(dir, path));
      nodeFs.writeFileSync(join(dir, path), 'mine, just now');
      throw failure('EACCES');
    })));
    expect(error).toMatchObject({ id, problems: [{ file: id === 'E-WRITE' ? '.mlops-stack/schema.json' : TARGET }] });
    expect(nodeFs.readFileSync(join(dir, path), 'utf8')).toBe('mine, just now');
    if (id === 'E-WRITE') expect(findUnfinished(dir, nodeFs)).toBe(false);
  });
});

describe('an edit between the journal and the turn of its file', () => {
  it.each([['replaced', TARGET], ['deleted', 'gone/deep1/a.txt']])('of one that would be %s is kept, and everything else is as before', (_what, path) => {
    const dir = repository();
    const before = look(dir, true);
    const error = refusal(() => apply(dir, watched((_n, name, args) => {
      if (name !== 'renameSync' || args[1] !== join(dir, '.mlops-stack/journal.json')) return;
      nodeFs.rmSync(join(dir, path));
      nodeFs.writeFileSync(join(dir, path), 'mine, just now');
    })));
    expect(error.problems[0]!.file).toBe(path);
    expect(nodeFs.readFileSync(join(dir, path), 'utf8')).toBe('mine, just now');
    if (error.id === 'E-UNFINISHED') {
      // A deletion leaves no mark of whether it was done, so a person decides.
      nodeFs.rmSync(join(dir, path));
      expect(recover(dir, 'abort', nodeFs)).toBe('undone');
      expect(look(dir, true)).toEqual(before);
    } else expect(look(dir, true)).toEqual({ ...before, [path]: look(dir, true)[path] });
  });
});

describe('an edit after a kill', () => {
  /** Killed when half of the files were written; the edited one is among those, or among the others. */
  const killed = (path: string, change: (place: string) => void): { dir: string; before: Record<string, string>; half: Record<string, string> } => {
    const dir = repository();
    const before = look(dir, true);
    const schema = join(dir, '.mlops-stack/schema.json');
    let isDead = false;
    expect(() => apply(dir, watched((_n, name, args) => {
      isDead ||= name === 'renameSync' && args[1] === schema;
      if (isDead) throw failure('EROFS');
    }))).toThrow(UserError);
    expect(findUnfinished(dir, nodeFs)).toBe(true);
    change(join(dir, path));
    return { dir, before, half: look(dir, true) };
  };
  /** As editors save: a new file in the place of the old one. */
  const rewrite = (place: string): void => {
    nodeFs.rmSync(place);
    nodeFs.writeFileSync(place, 'mine, later');
  };
  const WRITTEN = TARGET;
  const WAITING = '.mlops-stack/schema.json';
  const DELETED = 'gone/deep1/a.txt';

  it.each([
    ['finishing', 'forward', 'of a file that was written', WRITTEN, rewrite],
    ['finishing', 'forward', 'of a new file, which is deleted again', 'fresh/deep2/b.txt', (place: string) => nodeFs.rmSync(place)],
    ['going back', 'abort', 'of a file that was not written yet', WAITING, rewrite],
  ] as const)('%s (%s) leaves the edit %s', (_what, way, _of, path, change) => {
    const { dir, before } = killed(path, change);
    const edited = look(dir)[path];
    expect(recover(dir, way, nodeFs)).toBe(way === 'forward' ? 'rolled forward' : 'undone');
    const wanted: Record<string, string | undefined> = way === 'forward' ? { ...expected(scene), [path]: edited } : { ...before, [path]: look(dir, true)[path] };
    if (edited === undefined) delete wanted[path];
    expect(look(dir, way === 'abort')).toEqual(wanted);
    expect(look(dir)[path]).toBe(edited);
  });

  it.each([
    ['finishing', 'forward', 'of a file that was not written yet', WAITING, 'finished', rewrite],
    ['finishing', 'forward', 'that brings back a deleted file, changed', DELETED, 'finished', (place: string) => (nodeFs.mkdirSync(join(place, '..'), { recursive: true }), nodeFs.writeFileSync(place, 'mine, later'))],
    ['going back', 'abort', 'of a file that was written', WRITTEN, 'undone', rewrite],
    ['going back', 'abort', 'that edits a file in place', WRITTEN, 'undone', (place: string) => nodeFs.writeFileSync(place, 'mine, later')],
  ] as const)('%s (%s) is refused by the name %s; with the edit moved away it goes on', (_what, way, _of, path, word, change) => {
    const { dir, before, half } = killed(path, change);
    expect(refusal(() => recover(dir, way, nodeFs))).toMatchObject({ id: 'E-UNFINISHED', problems: [{ file: path, message: expect.stringContaining(`cannot be ${word}`) }], hint: expect.stringContaining('Move') });
    // The pid file of the run that was killed is the only thing that goes.
    expect({ ...look(dir, true), '.mlops-stack/pid': '' }).toEqual({ ...half, '.mlops-stack/pid': '' });
    nodeFs.rmSync(join(dir, path));
    recover(dir, way, nodeFs);
    if (way === 'forward') expect(look(dir)).toEqual(expected(scene));
    else expect(look(dir, true)).toEqual(before);
  });

  it('without its staging area: neither way, and nothing is changed', () => {
    const { dir } = killed(WRITTEN, () => {});
    nodeFs.rmSync(join(dir, '.mlops-stack/staging'), { recursive: true });
    const half = look(dir, true);
    for (const way of ['forward', 'abort'] as const) expect(refusal(() => recover(dir, way, nodeFs))).toMatchObject({ id: 'E-UNFINISHED', problems: expect.arrayContaining([{ file: expect.any(String), message: expect.stringContaining('not in the staging area') }]) });
    expect({ ...look(dir, true), '.mlops-stack/pid': '' }).toEqual({ ...half, '.mlops-stack/pid': '' });
  });
});

describe('what is read back', () => {
  it('differs from what was written: everything is as before', () => {
    const dir = repository();
    const before = look(dir, true);
    const error = refusal(() => apply(dir, watched((_n, name, args) => {
      // A disk that loses a bit on the way home.
      if (name === 'renameSync' && args[1] === join(dir, TARGET)) nodeFs.writeFileSync(args[0] as string, 'rot');
    })));
    expect(error).toMatchObject({ problems: [{ file: TARGET }] });
    expect(nodeFs.readFileSync(join(dir, TARGET), 'utf8')).toBe('rot');
    nodeFs.rmSync(join(dir, TARGET));
    expect(recover(dir, 'abort', nodeFs)).toBe('undone');
    expect(look(dir, true)).toEqual(before);
  });
});

describe('a file system without hard links', () => {
  const unlinked = (more: (n: number) => void = () => {}) => watched((n, name) => {
    if (name === 'linkSync') throw failure('EPERM');
    more(n);
  });

  it('is written all the same, and undone to the same bytes and rights', () => {
    const dir = repository();
    apply(dir, unlinked());
    expect(look(dir)).toEqual(expected(scene));
    for (let at = 1; at <= total; at += 5) {
      const again = repository();
      const before = look(again);
      const error = caught(() => apply(again, unlinked((n) => {
        if (n === at) throw failure('ENOSPC');
      })));
      if ((error as UserError | undefined)?.id === 'E-WRITE') expect([at, look(again)]).toEqual([at, before]);
    }
  });
});

describe('two runs at once', () => {
  const pidFile = (dir: string): string => join(dir, '.mlops-stack/pid');
  const gone = (): number => spawnSync(process.execPath, ['--version']).pid;

  it.each([
    ['a process that is alive', () => `1 ${ME.host}\n`, /process 1 is at work/],
    ['a process of another machine', () => `${gone()} elsewhere\n`, /elsewhere.*delete \.mlops-stack\/pid/],
  ])('%s holds it: refused, nothing written', (_who, text, says) => {
    const dir = repository();
    nodeFs.writeFileSync(pidFile(dir), text());
    const before = look(dir, true);
    for (const action of [() => apply(dir), () => recover(dir, 'forward', nodeFs), () => findUnfinished(dir, nodeFs)]) {
      expect(refusal(action)).toMatchObject({ id: 'E-BUSY', exit: 3, problems: [{ message: expect.stringMatching(says) }] });
    }
    expect(look(dir, true)).toEqual(before);
  });

  it.each([
    ['a process that has gone', () => `${gone()} ${ME.host}\n`],
    ['a process killed while it wrote its number', () => ''],
    ['something that is no number', () => 'x\n'],
    ['a process with the same number, as containers have it', () => `${ME.pid} ${ME.host}\n`],
  ])('%s left its file: it is ignored and removed', (_who, text) => {
    const dir = repository();
    nodeFs.writeFileSync(pidFile(dir), text());
    apply(dir);
    expect(look(dir)).toEqual(expected(scene));
    nodeFs.writeFileSync(pidFile(dir), text());
    expect(recover(dir, 'forward', nodeFs)).toBe('nothing');
    expect(look(dir)).toEqual(expected(scene));
  });

  describe('really', () => {
    let child: string;
    beforeAll(async () => {
      child = join(sandbox(), 'child.cjs');
      await bundle({ absWorkingDir: ROOT, entryPoints: ['test/update/kill-child.ts'], bundle: true, format: 'cjs', platform: 'node', outfile: child });
    });

    it('one of them does it, the others say why not', async () => {
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
      for (const { code, err } of results) if (code !== 0) expect(err).toMatch(/is at work here|changed while the update was being prepared/);
      expect(look(dir)).toEqual(expected(large));
      expect(emptyFolders(dir)).toEqual([]);
    });
  });
});

describe('an update of nothing', () => {
  it('writes nothing, and does not say that it did', () => {
    const dir = repository();
    apply(dir);
    const before = look(dir, true);
    const fs = watched(() => {});
    const was = { lock: Buffer.from(scene.state.lock), config: Buffer.from(scene.state.config) };
    expect(commitUpdate(dir, { ...scene.outcome, changes: [] }, scene.state, was, fs)).toEqual([]);
    expect(fs.count()).toBe(0);
    expect(look(dir, true)).toEqual(before);
    // A lock and config checked out with CRLF are the same ones.
    const crlf = (text: string | Uint8Array): Buffer => Buffer.from(String(text).replaceAll('\n', '\r\n'));
    expect(commitUpdate(dir, { ...scene.outcome, changes: [] }, scene.state, { lock: crlf(scene.state.lock), config: crlf(scene.state.config) }, fs)).toEqual([]);
    expect(fs.count()).toBe(0);
  });

  it('brings back base objects that are missing or wrong, and removes those that nothing names', () => {
    const dir = repository();
    apply(dir);
    const [missing, wrong] = [...scene.outcome.objects.keys()] as [string, string];
    const orphan = sha256(Buffer.from('orphan'));
    const place = (name: string): string => join(dir, '.mlops-stack/base', name);
    nodeFs.rmSync(place(missing));
    nodeFs.writeFileSync(place(wrong), deflateObject(Buffer.from('something else')));
    nodeFs.writeFileSync(place(orphan), deflateObject(Buffer.from('orphan')));
    nodeFs.writeFileSync(place('README'), 'no object');
    const was = { lock: Buffer.from(scene.state.lock), config: Buffer.from(scene.state.config) };
    expect([...commitUpdate(dir, { ...scene.outcome, changes: [] }, scene.state, was, nodeFs)].sort()).toEqual([missing, wrong, orphan].map((name) => `.mlops-stack/base/${name}`).sort());
    const store = openStore(dir, nodeFs);
    expect([missing, wrong].map((name) => sha256(store.read(name)!))).toEqual([missing, wrong]);
    expect([nodeFs.existsSync(place(orphan)), nodeFs.existsSync(place('README'))]).toEqual([false, true]);
  });
});

describe('the disk as it is read', () => {
  const stands = (): { dir: string; outside: string } => {
    const outside = sandbox({ 'a/b/c.txt': 'outside' });
    return { dir: sandbox({ 'a/b/c.txt': 'inside', 'run.sh': 'x' }), outside };
  };

  it('gives a file with its bytes and executable bit, and nothing where nothing is', () => {
    const { dir } = stands();
    nodeFs.chmodSync(join(dir, 'run.sh'), 0o755);
    const disk = openDisk(dir, nodeFs);
    expect(disk.read('a/b/c.txt')).toEqual({ content: Buffer.from('inside'), executable: false });
    expect(disk.read('run.sh')).toEqual({ content: Buffer.from('x'), executable: true });
    expect(openDisk(dir, nodeFs, { modes: false }).read('run.sh')).toEqual({ content: Buffer.from('x'), executable: undefined });
    expect([disk.read('none'), disk.read('a/none/x'), disk.read('a/b/none')]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['a/b/c.txt', 'a symbolic link'],
    ['a/b', 'a symbolic link'],
    ['a', 'a symbolic link'],
  ])('never follows a link at %s', (at, what) => {
    const { dir, outside } = stands();
    nodeFs.rmSync(join(dir, at), { recursive: true });
    nodeFs.symlinkSync(join(outside, at), join(dir, at));
    expect(openDisk(dir, nodeFs).read('a/b/c.txt')).toEqual({ obstacle: what, at });
  });

  it.each([
    ['a', (dir: string) => void dir, { obstacle: 'a folder', at: 'a' }],
    ['run.sh/x', (dir: string) => void dir, { obstacle: 'a file, where a folder should be', at: 'run.sh' }],
    ['pipe', (dir: string) => void spawnSync('mkfifo', [join(dir, 'pipe')]), { obstacle: 'a pipe', at: 'pipe' }],
    ['dangling', (dir: string) => nodeFs.symlinkSync('/nowhere/at/all', join(dir, 'dangling')), { obstacle: 'a symbolic link', at: 'dangling' }],
    ['loop', (dir: string) => nodeFs.symlinkSync('loop', join(dir, 'loop')), { obstacle: 'a symbolic link', at: 'loop' }],
  ])('%s is no plain file', (path, setUp, wanted) => {
    const { dir } = stands();
    setUp(dir);
    expect(openDisk(dir, nodeFs).read(path)).toEqual(wanted);
  });

  it('says by name what cannot be read', () => {
    const { dir } = stands();
    const closed = new Proxy(nodeFs, {
      get: (target, key) => (key === 'readFileSync' ? () => { throw failure('EACCES'); } : Reflect.get(target, key)),
    });
    expect(refusal(() => openDisk(dir, closed).read('a/b/c.txt'))).toMatchObject({ exit: 3, problems: [{ file: 'a/b/c.txt', message: expect.stringContaining('permission is denied') }] });
  });
});

describe('the base store', () => {
  const content = Buffer.from('right\n'.repeat(100));
  const name = sha256(content);
  const stored = (bytes: Uint8Array): ReturnType<typeof openStore> => openStore(sandbox({ [`.mlops-stack/base/${name}`]: bytes, '.mlops-stack/base/README': 'x' }), nodeFs);

  it('gives what its name says', () => {
    const store = stored(deflateObject(content));
    expect(Buffer.from(store.read(name)!)).toEqual(content);
    expect([store.has(name), store.has(sha256(Buffer.from('')))]).toEqual([true, false]);
    expect(store.names()).toEqual([name]);
  });

  it.each([
    ['other content', deflateObject(Buffer.from('wrong'))],
    ['half of it', deflateObject(content).subarray(0, 10)],
    ['nothing', new Uint8Array()],
    ['no deflated data', Buffer.from('not deflated')],
    ['far more than any file', deflateObject(Buffer.alloc(65 * 2 ** 20))],
  ])('gives nothing where a name holds %s', (_what, bytes) => expect(stored(bytes).read(name)).toBeUndefined());

  it.each(['.mlops-stack', '.mlops-stack/base', `.mlops-stack/base/${name}`])('reads through no link at %s', (at) => {
    const outside = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
    const dir = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
    nodeFs.rmSync(join(dir, at), { recursive: true });
    nodeFs.symlinkSync(join(outside, at), join(dir, at));
    expect(openStore(dir, nodeFs).read(name)).toBeUndefined();
  });

  it.each(['../lock.json', '', 'x'.repeat(64), name.toUpperCase()])('takes %j for no name', (hostile) => expect(stored(deflateObject(content)).read(hostile)).toBeUndefined());
});
