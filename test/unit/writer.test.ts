import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFsFromVolume, Volume } from 'memfs';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { OutputFile } from '../../src/core/generate.ts';
import type { FileSystem } from '../../src/fs/file-system.ts';
import { ME } from '../../src/fs/process.ts';
import { planWrites, verifyTarget, writeRepository } from '../../src/fs/writer.ts';
import { refusal } from './helpers.ts';

/** One suite for the in-memory file system and the real one. */

const text = (path: string, content: string, executable = false): OutputFile => ({
  path,
  content: Buffer.from(content),
  executable,
});
const FILES = [
  text('README.md', '# demo\n'),
  text('.gitignore', '.venv/\n'),
  text('a/b/c.txt', 'deep\n'),
  text('a/run.sh', '#!/bin/sh\n', true),
  { path: 'a/logo.png', content: Buffer.from([0, 1, 2, 255]), executable: false },
  text('mlops-stack.yaml', 'name: demo\n'),
];

const attemptKilled = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    if ((error as Error).message === 'killed') return false;
    throw error;
  }
};

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) nodeFs.rmSync(root, { recursive: true, force: true });
});

const DISKS: [string, () => { fs: typeof nodeFs; root: string }][] = [
  [
    'memfs',
    () => ({
      fs: createFsFromVolume(Volume.fromJSON({ '/work/.keep': '' })) as unknown as typeof nodeFs,
      root: '/work',
    }),
  ],
  [
    'a real disk',
    () => {
      const root = nodeFs.mkdtempSync(join(tmpdir(), 'mlops-writer-'));
      roots.push(root);
      return { fs: nodeFs, root };
    },
  ],
];

/** Everything below a folder, with kind, mode and content. */
function look(fs: typeof nodeFs, dir: string): Record<string, string> {
  return Object.fromEntries(
    fs.readdirSync(dir).flatMap((name): [string, string][] => {
      const path = join(dir, String(name));
      const stat = fs.lstatSync(path);
      if (stat.isSymbolicLink()) return [[path, `link ${String(fs.readlinkSync(path))}`]];
      if (stat.isDirectory()) return [[path, 'folder'], ...Object.entries(look(fs, path))];
      return [
        [
          path,
          `${(stat.mode & 0o111) === 0 ? 'file' : 'executable'} ${(fs.readFileSync(path) as Buffer).toString('hex')}`,
        ],
      ];
    }),
  );
}

const MUTATIONS = ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync'];

/** A file system whose nth change fails. */
function failing(fs: typeof nodeFs, nth: number, code: string): { fs: FileSystem; hasFailed: () => boolean } {
  let left = nth;
  let failed = false;
  const proxy = new Proxy(fs, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (!MUTATIONS.includes(String(key))) return value;
      return (...args: unknown[]) => {
        if (left-- === 1) {
          failed = true;
          throw Object.assign(new Error(`${code}: in a test`), { code });
        }
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { fs: proxy, hasFailed: () => failed };
}

describe.each(DISKS)('the writer, on %s', (disk, make) => {
  it('creates a new folder with all files and leaves no temporary files', () => {
    const { fs, root } = make();
    const before = look(fs, root);
    const actions = writeRepository(join(root, 'x/y/demo'), FILES, fs);
    expect(actions).toEqual(FILES.map(({ path }) => ({ path, action: 'write', reason: 'new' })));
    const made = look(fs, join(root, 'x/y/demo'));
    expect(Object.keys(made).length).toBe(FILES.length + 2);
    for (const file of FILES)
      expect(made[join(root, 'x/y/demo', file.path)]).toBe(
        `${file.executable ? 'executable' : 'file'} ${Buffer.from(file.content).toString('hex')}`,
      );
    fs.rmSync(join(root, 'x'), { recursive: true });
    expect(look(fs, root)).toEqual(before);
  });

  it('keeps files of an almost empty folder, adopts equal files, and plans both', () => {
    const { fs, root } = make();
    const demo = join(root, 'demo');
    fs.mkdirSync(join(demo, '.git'), { recursive: true });
    fs.writeFileSync(join(demo, 'README.md'), 'mine');
    fs.writeFileSync(join(demo, '.gitignore'), '.venv/\n');
    fs.writeFileSync(join(demo, 'LICENSE-MIT'), 'mine too');
    const planned = planWrites(demo, FILES, fs);
    const actions = writeRepository(demo, FILES, fs);
    expect(actions).toEqual(planned);
    expect(actions.map(({ action }) => action)).toEqual(['conflict', 'adopt', 'write', 'write', 'write', 'write']);
    expect(String(fs.readFileSync(join(demo, 'README.md')))).toBe('mine');
    expect(String(fs.readFileSync(join(demo, 'README.md.generated')))).toBe('# demo\n');
    expect(String(fs.readFileSync(join(demo, 'a/b/c.txt')))).toBe('deep\n');
    expect(fs.readdirSync(root).filter((name) => String(name) !== '.keep')).toEqual(['demo']);
  });

  it('never writes through a symbolic link', () => {
    const { fs, root } = make();
    fs.writeFileSync(join(root, 'theirs'), 'theirs');
    fs.mkdirSync(join(root, 'demo'));
    fs.symlinkSync(join(root, 'theirs'), join(root, 'demo/README.md'));
    expect(writeRepository(join(root, 'demo'), FILES, fs)[0]).toMatchObject({ action: 'conflict' });
    expect(String(fs.readFileSync(join(root, 'theirs')))).toBe('theirs');
    fs.symlinkSync(join(root, 'demo'), join(root, 'link'));
    expect(refusal(() => writeRepository(join(root, 'link'), FILES, fs)).exit).toBe(3);
  });

  // memfs cannot create a folder below a link, so this case does not apply to it.
  if (disk !== 'memfs') {
    it('writes into a folder below a symbolic link', () => {
      const { fs, root } = make();
      fs.mkdirSync(join(root, 'real'));
      fs.symlinkSync(join(root, 'real'), join(root, 'link'));
      writeRepository(join(root, 'link/demo'), FILES, fs);
      expect(fs.readdirSync(join(root, 'real'))).toEqual(['demo']);
    });
  }

  it.each([
    ['a file', (fs: typeof nodeFs, dir: string) => fs.writeFileSync(dir, 'x'), 'it is a file'],
    [
      'a folder that is not empty',
      (fs: typeof nodeFs, dir: string) => (fs.mkdirSync(dir), fs.writeFileSync(join(dir, 'x'), '')),
      'it is not empty: it holds x',
    ],
    [
      'a folder with a hidden file',
      (fs: typeof nodeFs, dir: string) => (fs.mkdirSync(dir), fs.writeFileSync(join(dir, '.env'), '')),
      'it holds .env',
    ],
  ])('rejects %s', (_what, setUp, says) => {
    const { fs, root } = make();
    setUp(fs, join(root, 'demo'));
    const before = look(fs, root);
    const error = refusal(() => verifyTarget(join(root, 'demo'), fs));
    expect(error).toMatchObject({ id: 'E-TARGET', exit: 3, problems: [{ file: join(root, 'demo') }] });
    expect(error.message).toContain(says);
    expect(() => writeRepository(join(root, 'demo'), FILES, fs)).toThrow(UserError);
    expect(look(fs, root)).toEqual(before);
  });

  it('rejects a target below a regular file', () => {
    const { fs, root } = make();
    fs.writeFileSync(join(root, 'file'), 'x');
    expect(refusal(() => verifyTarget(join(root, 'file/demo'), fs)).message).toContain(
      'is not a folder, so nothing can be created in it',
    );
  });

  it.each(['../out.txt', '/out.txt', 'a/../../out.txt', 'C:/out.txt', 'a\\b', 'con', 'a/nul.txt', ''])(
    'writes nothing for the hostile path %j',
    (path) => {
      const { fs, root } = make();
      const before = look(fs, root);
      expect(() => writeRepository(join(root, 'x/demo'), [...FILES, text(path, 'x')], fs)).toThrow(
        /must not be written/,
      );
      expect(look(fs, root)).toEqual(before);
    },
  );

  describe.each([
    ['a new folder', () => {}],
    [
      'a folder that counts as empty',
      (fs: typeof nodeFs, demo: string) => (
        fs.mkdirSync(demo, { recursive: true }), fs.writeFileSync(join(demo, 'README.md'), 'mine')
      ),
    ],
  ])('into %s', (_state, setUp) => {
    it.each(['ENOSPC', 'EACCES', 'EIO'])('leaves no files if any single write fails with %s', (code) => {
      let writes = 0;
      for (let nth = 1; ; nth++) {
        const { fs, root } = make();
        setUp(fs, join(root, 'x/y/demo'));
        const before = look(fs, root);
        const broken = failing(fs, nth, code);
        let error: unknown;
        try {
          writeRepository(join(root, 'x/y/demo'), FILES, broken.fs);
        } catch (caught) {
          error = caught;
        }
        if (!broken.hasFailed()) break;
        writes = nth;
        // Errors of the target folder are for the user to fix. A hardware fault or an internal error keeps its own
        // message.
        expect(error instanceof UserError).toBe(code !== 'EIO');
        if (code !== 'EIO') expect(error).toMatchObject({ id: 'E-TARGET', exit: 3 });
        expect([nth, look(fs, root)]).toEqual([nth, before]);
      }
      expect(writes).toBeGreaterThan(FILES.length + 2);
    });
  });

  it('removes temporary folders of killed runs, but not of live runs, other computers or users', () => {
    const { fs, root } = make();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const theirs = [
      `.demo.creating-${ME.host}-1`,
      `.demo.creating-elsewhere-${gone}`,
      '.demo.creating',
      `.demo.creating-${ME.host}-${gone}x`,
      `.other.creating-${ME.host}-${gone}`,
    ];
    for (const name of [...theirs, `.demo.creating-${ME.host}-${gone}`]) {
      fs.mkdirSync(join(root, name));
      fs.writeFileSync(join(root, name, 'inside'), 'x');
    }
    writeRepository(join(root, 'demo'), FILES, fs);
    expect(
      fs
        .readdirSync(root)
        .map(String)
        .filter((name) => name !== '.keep')
        .sort(),
    ).toEqual([...theirs, 'demo'].sort());
    expect(theirs.map((name) => fs.readdirSync(join(root, name)))).toEqual(theirs.map(() => ['inside']));
  });

  it('undoes a killed run in an almost empty folder and keeps the files of the user', () => {
    for (let killedAt = 1; ; killedAt++) {
      const { fs, root } = make();
      const demo = join(root, 'demo');
      fs.mkdirSync(demo);
      fs.writeFileSync(join(demo, 'README.md'), 'theirs\n');
      let writes = 0;
      const killed = new Proxy(fs, {
        get: (target, key) => {
          const value = Reflect.get(target, key) as unknown;
          if (typeof value !== 'function' || !/^(mkdir|write|rename|rm|rmdir|link)/.test(String(key))) return value;
          return (...args: unknown[]) => {
            if (++writes >= killedAt) throw new Error('killed');
            return (value as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const isDone = attemptKilled(() => writeRepository(demo, FILES, killed));
      if (isDone) return expect(killedAt).toBeGreaterThan(2 * FILES.length);
      // The name of its temporary folder contains the pid of a process that no longer exists.
      const gone = spawnSync(process.execPath, ['--version']).pid;
      const left = fs
        .readdirSync(root)
        .map(String)
        .find((name) => name.startsWith('.demo.creating-'));
      if (left) fs.renameSync(join(root, left), join(root, left.replace(`-${ME.pid}`, `-${gone}`)));
      // With all files in place, only the cleanup was missing: nothing is undone, and the folder is not empty.
      if (left?.endsWith('-done'))
        expect(refusal(() => writeRepository(demo, FILES, fs)).message).toContain('it is not empty');
      else writeRepository(demo, FILES, fs);
      expect(fs.readFileSync(join(demo, 'README.md'), 'utf8')).toBe('theirs\n');
      expect(
        Object.keys(look(fs, demo))
          .filter((path) => look(fs, demo)[path] !== 'folder')
          .map((path) => path.slice(demo.length + 1))
          .sort(),
      ).toEqual([...FILES.map((file) => file.path), 'README.md.generated'].sort());
      expect(
        fs
          .readdirSync(root)
          .map(String)
          .filter((name) => name !== '.keep'),
      ).toEqual(['demo']);
    }
  });

  it('keeps edits that the user made to a file of a killed run', () => {
    const { fs, root } = make();
    const demo = join(root, 'demo');
    fs.mkdirSync(demo);
    // Killed after all files were written, but before this was recorded.
    const killed = new Proxy(fs, {
      get: (target, key) => {
        if (key !== 'renameSync' && key !== 'rmSync') return Reflect.get(target, key);
        return (path: string) => {
          if (key === 'renameSync' || !path.endsWith('.placing')) throw new Error('killed');
          target.rmSync(path);
        };
      },
    });
    expect(attemptKilled(() => writeRepository(demo, FILES, killed))).toBe(false);
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const left = fs
      .readdirSync(root)
      .map(String)
      .find((name) => name.startsWith('.demo.creating-'))!;
    fs.renameSync(join(root, left), join(root, left.replace(`-${ME.pid}`, `-${gone}`)));
    fs.writeFileSync(join(demo, 'a/b/c.txt'), 'theirs\n');
    expect(refusal(() => writeRepository(demo, FILES, fs)).message).toContain('it is not empty: it holds a');
    expect(Object.keys(look(fs, join(demo, 'a')))).toEqual([join(demo, 'a/b'), join(demo, 'a/b/c.txt')]);
    expect(fs.readFileSync(join(demo, 'a/b/c.txt'), 'utf8')).toBe('theirs\n');
  });

  it('follows no link during an undo, and reports a folder that it may not read', () => {
    const { fs, root } = make();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    fs.mkdirSync(join(root, `.link.creating-${ME.host}-${gone}`));
    fs.writeFileSync(join(root, `.link.creating-${ME.host}-${gone}/c.txt`), 'same\n');
    fs.mkdirSync(join(root, 'elsewhere'));
    fs.writeFileSync(join(root, 'elsewhere/c.txt'), 'same\n');
    fs.symlinkSync(join(root, 'elsewhere'), join(root, 'link'));
    expect(refusal(() => writeRepository(join(root, 'link'), FILES, fs)).message).toContain('it is a symbolic link');
    expect(fs.readFileSync(join(root, 'elsewhere/c.txt'), 'utf8')).toBe('same\n');
    const refusing = new Proxy(fs, {
      get: (target, key) =>
        key === 'readdirSync'
          ? () => {
              throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
            }
          : Reflect.get(target, key),
    });
    expect(refusal(() => writeRepository(join(root, 'demo'), FILES, refusing))).toMatchObject({
      id: 'E-TARGET',
      message: expect.stringContaining('permission is denied'),
    });
  });

  it('ignores files that a killed run with the same process ID left', () => {
    const { fs, root } = make();
    const left = `.demo.creating-${ME.host}-${ME.pid}`;
    fs.mkdirSync(join(root, left));
    writeRepository(join(root, 'demo'), FILES, fs);
    expect(
      fs
        .readdirSync(root)
        .map(String)
        .filter((name) => name !== '.keep')
        .sort(),
    ).toEqual([left, 'demo'].sort());
  });

  it('replaces no file that appears during the write', () => {
    const { fs, root } = make();
    const demo = join(root, 'demo');
    const racing = new Proxy(fs, {
      get: (target, key) =>
        key === 'renameSync'
          ? (from: string, to: string) => {
              target.mkdirSync(demo);
              target.writeFileSync(join(demo, 'theirs'), 'theirs');
              throw Object.assign(new Error('ENOTEMPTY'), { code: 'ENOTEMPTY', from, to });
            }
          : Reflect.get(target, key),
    });
    expect(refusal(() => writeRepository(demo, FILES, racing)).message).toContain('a folder appeared there meanwhile');
    expect(Object.keys(look(fs, demo))).toEqual([join(demo, 'theirs')]);
    expect(
      fs
        .readdirSync(root)
        .map(String)
        .filter((name) => name !== '.keep'),
    ).toEqual(['demo']);
  });
});
