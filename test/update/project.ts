import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, type Run, sandbox, warm } from '../cli/harness.ts';

/** A generated repository on disk, in git. It is created once for each set of flags and copied for each test. */

const made = new Map<string, Promise<string>>();

export type Project = {
  readonly dir: string;
  readonly command: (...args: string[]) => Promise<Run>;
  readonly git: (...args: string[]) => string;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  /** Rewrites a file. Fails if that changes nothing. */
  readonly edit: (path: string, change: (text: string) => string) => void;
  /** Commits all files. */
  readonly commit: () => void;
};

export async function project(...flags: string[]): Promise<Project> {
  const key = flags.join(' ');
  if (!made.has(key)) made.set(key, create(flags));
  const dir = join(sandbox(), 'demo');
  cpSync(await made.get(key)!, dir, { recursive: true, preserveTimestamps: true });
  return open(dir);
}

async function create(flags: readonly string[]): Promise<string> {
  const cwd = sandbox();
  const { code, err } = await warm(['demo', '--yes', ...flags], { cwd });
  if (code !== 0) throw new Error(err);
  return join(cwd, 'demo');
}

export function open(dir: string): Project {
  const git = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: dir, env: environment(), encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
  const write = (path: string, text: string): void => writeFileSync(join(dir, path), text);
  return {
    dir,
    command: (...args) => warm(args, { cwd: dir }),
    git,
    read,
    write,
    edit: (path, change) => {
      const before = read(path);
      const after = change(before);
      if (after === before) throw new Error(`the edit of ${path} changes nothing`);
      write(path, after);
    },
    commit: () => void (git('add', '--all'), git('commit', '--quiet', '--message', 'mine')),
  };
}
