import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './contributing.ts';

/** A copy of this checkout as a clone, with the packages that are installed in the checkout. */
export class Clone {
  readonly work = mkdtempSync(join(tmpdir(), 'clone-'));
  readonly dir = join(this.work, 'clone');

  constructor() {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
    for (const path of listed.toString('utf8').split('\0').filter(Boolean)) {
      if (path.startsWith('samples/') || !existsSync(join(ROOT, path))) continue;
      mkdirSync(dirname(join(this.dir, path)), { recursive: true });
      cpSync(join(ROOT, path), join(this.dir, path));
    }
    execFileSync('git', ['init', '--quiet'], { cwd: this.dir });
    symlinkSync(join(ROOT, 'node_modules'), join(this.dir, 'node_modules'));
  }

  /** Runs a command line in the clone, in the environment of a new shell. */
  run(command: string): { readonly code: number; readonly output: string } {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:VITEST|npm_)|^E2E_JSON$/.test(name)),
    );
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command.replaceAll('{work}', this.work)], {
      cwd: this.dir,
      encoding: 'utf8',
      env: { ...env, NO_COLOR: '1', INIT_CWD: undefined },
      maxBuffer: 64 * 2 ** 20,
    });
    return { code: status ?? 128, output: `${stdout}${stderr}` };
  }

  remove(): void {
    rmSync(this.work, { recursive: true, force: true });
  }
}
