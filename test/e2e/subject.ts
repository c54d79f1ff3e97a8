import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf } from '../../scripts/digests.mjs';

const ROOT = join(import.meta.dirname, '../..');

/**
 * The digest of files of generated repositories, which have the project name `demo`, and of files of this repository.
 * Both are listed as paths of files or folders. A path that a repository does not have is left out.
 */
export function digestOfRendered(
  flags: readonly string[],
  rendered: readonly string[],
  own: readonly string[],
): string {
  const hash = createHash('sha256');
  const add = (root: string, path: string): void => {
    for (const file of filesOf(join(root, path)))
      hash
        .update(`${file.slice(root.length)}\0`)
        .update(readFileSync(file))
        .update('\0');
  };
  const work = mkdtempSync(join(tmpdir(), 'subject-'));
  try {
    for (const each of flags) {
      execFileSync('sh', ['-c', `node "$0" demo --yes --no-git ${each}`, join(ROOT, 'dist/bin.js')], {
        cwd: work,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      hash.update(each);
      for (const path of rendered) add(join(work, 'demo'), path);
      rmSync(join(work, 'demo'), { recursive: true });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const path of own) add(ROOT, path);
  return hash.digest('hex').slice(0, 16);
}
