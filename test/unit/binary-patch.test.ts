import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patchOf } from '../../src/cli/update/patch.ts';
import type { DiskFile } from '../../src/core/update/types.ts';

/** Bytes of a stable pseudorandom sequence, which do not compress. */
const noise = (length: number, seed: string): Buffer => {
  const blocks: Buffer[] = [];
  for (let n = 0; n * 32 < length; n++) blocks.push(createHash('sha256').update(`${seed} ${n}`).digest());
  const bytes = Buffer.concat(blocks).subarray(0, length);
  return Buffer.concat([Buffer.from([0]), bytes]);
};
const file = (content: Uint8Array, executable = false): DiskFile & { executable: boolean } => ({ content, executable });

describe('a patch of binary files', () => {
  let dir: string;
  const git = (args: string[], input = ''): void => {
    const { status, stderr } = spawnSync('git', args, { cwd: dir, input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'patch-'));
    git(['init', '--quiet']);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const write = (path: string, { content, executable }: DiskFile): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
    if (executable) chmodSync(join(dir, path), 0o755);
  };

  it.each([0, 1, 2, 3, 4, 25, 26, 27, 51, 52, 53, 1000])('is applied by git, forward and back: %i bytes', (length) => {
    const path = 'docs/a b/logo.png';
    const [before, after] = [file(noise(length, 'before')), file(noise(length + 7, 'after'))];
    write(path, before);
    const patch = patchOf([{ path, before, after }]);
    git(['apply'], patch);
    expect(readFileSync(join(dir, path))).toEqual(after.content);
    git(['apply', '--reverse'], patch);
    expect(readFileSync(join(dir, path))).toEqual(before.content);
  });

  it('creates, deletes and changes the mode of files', () => {
    const [old, made, mode] = [file(noise(9, 'old')), file(noise(9, 'new'), true), file(noise(80, 'mode'))];
    write('old.bin', old);
    write('mode.bin', mode);
    git(
      ['apply'],
      patchOf([
        { path: 'old.bin', before: old },
        { path: 'new.bin', after: made },
        { path: 'mode.bin', before: mode, after: file(mode.content, true) },
      ]),
    );
    expect(existsSync(join(dir, 'old.bin'))).toBe(false);
    expect(readFileSync(join(dir, 'new.bin'))).toEqual(made.content);
    expect(statSync(join(dir, 'new.bin')).mode & 0o111).not.toBe(0);
    expect(statSync(join(dir, 'mode.bin')).mode & 0o111).not.toBe(0);
  });
});
