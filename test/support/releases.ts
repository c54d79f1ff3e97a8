import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { deflateObject } from '../../src/core/lock.ts';

const ARCHIVE = join(import.meta.dirname, '../fixtures/upgrade/repositories-0.1.0.tar.br');

/**
 * Unpacks the repositories that release 0.1.0 generated into an empty folder. The archive holds base objects inflated,
 * which lets them compress together with the files that they equal.
 */
export function unpackRelease(dir: string): void {
  const archive = brotliDecompressSync(readFileSync(ARCHIVE));
  const { status, stderr } = spawnSync('tar', ['-x', '-C', dir], { input: archive, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  for (const name of readdirSync(dir)) {
    const store = join(dir, name, '.mlops-stack/base');
    for (const object of readdirSync(store))
      writeFileSync(join(store, object), deflateObject(readFileSync(join(store, object))));
  }
}
