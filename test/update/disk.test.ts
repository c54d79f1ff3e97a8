import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDisk } from '../../src/fs/update/disk.ts';
import { sandbox } from '../cli/harness.ts';
import { refusal } from '../unit/helpers.ts';
import { failure } from './small.ts';

/** The content of a repository, read without following links or trusting names. */

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
    ['run.sh/x', (dir: string) => void dir, { obstacle: 'a file in place of a folder', at: 'run.sh' }],
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
