import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { environment, sandbox, warm } from '../cli/harness.ts';
import { open, type Project } from '../update/project.ts';

/** Generated projects in folders of one git repository. */

/** The folder of the first project. */
export const FOLDER = 'services/demo';

/** Runs a shell command without the variables of the developer's shell. */
export function sh(cwd: string, command: string): { readonly code: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, env: environment(), encoding: 'utf8' });
  return { code: status, out: `${stdout}${stderr}` };
}

const made = new Map<string, string>();

/** A project in the folder services/demo of a git repository that has other files; everything is committed. */
export async function monorepo(...flags: string[]): Promise<{ root: string; demo: Project }> {
  const key = flags.join(' ');
  if (!made.has(key)) {
    const root = sandbox({ 'README.md': '# All services\n', 'services/other/main.go': 'package main\n' });
    sh(root, 'git init --quiet && git add --all && git commit --quiet --message first');
    const { code, out, err } = await warm([FOLDER, '--yes', ...flags], { cwd: root });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('It is the folder services/demo of a git repository');
    expect(out).toMatch(/^To create the same again: .* --folder services\/demo$/m);
    sh(root, 'git add --all && git commit --quiet --message demo');
    made.set(key, root);
  }
  const root = join(sandbox(), 'all');
  sh('/', `cp -a ${made.get(key)!} ${root}`);
  return { root, demo: open(join(root, FOLDER)) };
}

/** A second generated project in the same git repository. */
export async function addOther(root: string, ...flags: string[]): Promise<Project> {
  const { code, err } = await warm(['services/churn-eu', '--yes', ...flags], { cwd: root });
  expect([code, err]).toEqual([0, '']);
  sh(root, 'git add --all && git commit --quiet --message other');
  return open(join(root, 'services/churn-eu'));
}

/** The text of a file, by its path from the root of the git repository. */
export const rootFile = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');
