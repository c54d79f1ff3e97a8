import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deflateObject, sha256 } from '../../src/core/lock.ts';
import { openDisk } from '../../src/fs/update/disk.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { sandbox } from '../cli/harness.ts';
import { refusal } from '../unit/helpers.ts';
import { failure } from './small.ts';

/** What stands in a repository, read without following a link and without believing a name. */

describe('openDisk', () => {
  const stands = (): { dir: string; outside: string } => {
    const outside = sandbox({ 'a/b/c.txt': 'outside' });
    return { dir: sandbox({ 'a/b/c.txt': 'inside', 'run.sh': 'x' }), outside };
  };

  it('returns the bytes and the executable bit of a file, and nothing for a missing file', () => {
    const { dir } = stands();
    nodeFs.chmodSync(join(dir, 'run.sh'), 0o755);
    const disk = openDisk(dir, nodeFs);
    expect(disk.read('a/b/c.txt')).toEqual({ content: Buffer.from('inside'), executable: false });
    expect(disk.read('run.sh')).toEqual({ content: Buffer.from('x'), executable: true });
    expect(openDisk(dir, nodeFs, { modes: false }).read('run.sh')).toEqual({
      content: Buffer.from('x'),
      executable: undefined,
    });
    expect([disk.read('none'), disk.read('a/none/x'), disk.read('a/b/none')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['a/b/c.txt', 'a symbolic link'],
    ['a/b', 'a symbolic link'],
    ['a', 'a symbolic link'],
  ])('never follows a symbolic link at %s', (at, what) => {
    const { dir, outside } = stands();
    nodeFs.rmSync(join(dir, at), { recursive: true });
    nodeFs.symlinkSync(join(outside, at), join(dir, at));
    expect(openDisk(dir, nodeFs).read('a/b/c.txt')).toEqual({ obstacle: what, at });
  });

  it.each([
    ['a', (dir: string) => void dir, { obstacle: 'a folder', at: 'a' }],
    ['run.sh/x', (dir: string) => void dir, { obstacle: 'a file, where a folder should be', at: 'run.sh' }],
    ['pipe', (dir: string) => void spawnSync('mkfifo', [join(dir, 'pipe')]), { obstacle: 'a pipe', at: 'pipe' }],
    [
      'dangling',
      (dir: string) => nodeFs.symlinkSync('/nowhere/at/all', join(dir, 'dangling')),
      { obstacle: 'a symbolic link', at: 'dangling' },
    ],
    [
      'loop',
      (dir: string) => nodeFs.symlinkSync('loop', join(dir, 'loop')),
      { obstacle: 'a symbolic link', at: 'loop' },
    ],
  ])('reports that %s is not a regular file', (path, setUp, wanted) => {
    const { dir } = stands();
    setUp(dir);
    expect(openDisk(dir, nodeFs).read(path)).toEqual(wanted);
  });

  it('names a file that it cannot read', () => {
    const { dir } = stands();
    const closed = new Proxy(nodeFs, {
      get: (target, key) =>
        key === 'readFileSync'
          ? () => {
              throw failure('EACCES');
            }
          : Reflect.get(target, key),
    });
    expect(refusal(() => openDisk(dir, closed).read('a/b/c.txt'))).toMatchObject({
      exit: 3,
      problems: [{ file: 'a/b/c.txt', message: expect.stringContaining('permission is denied') }],
    });
  });
});

describe('openStore', () => {
  const content = Buffer.from('right\n'.repeat(100));
  const name = sha256(content);
  const stored = (bytes: Uint8Array): ReturnType<typeof openStore> =>
    openStore(sandbox({ [`.mlops-stack/base/${name}`]: bytes, '.mlops-stack/base/README': 'x' }), nodeFs);

  it('returns the content whose hash is the name', () => {
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
  ])('returns nothing if the object holds %s', (_what, bytes) => expect(stored(bytes).read(name)).toBeUndefined());

  it.each(['.mlops-stack', '.mlops-stack/base', `.mlops-stack/base/${name}`])(
    'reads through no symbolic link at %s',
    (at) => {
      const outside = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
      const dir = sandbox({ [`.mlops-stack/base/${name}`]: deflateObject(content) });
      nodeFs.rmSync(join(dir, at), { recursive: true });
      nodeFs.symlinkSync(join(outside, at), join(dir, at));
      expect(openStore(dir, nodeFs).read(name)).toBeUndefined();
    },
  );

  it.each(['../lock.json', '', 'x'.repeat(64), name.toUpperCase()])('does not accept %j as a name', (hostile) =>
    expect(stored(deflateObject(content)).read(hostile)).toBeUndefined(),
  );
});
