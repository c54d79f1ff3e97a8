import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { DEFAULT_TRUNK } from '../core/config.ts';
import { whyBadBranch, whyBadFolder } from '../core/names.ts';
import { GIT_QUERY_ENV } from './git-env.ts';
import { isInRepository } from './ignored.ts';

/**
 * The default branch of the git repository that a folder is in, also if the folder does not exist yet: the one of the
 * remote, the only local branch, `main` or `master`, or the current branch. Undefined outside a git repository, in a
 * folder that git ignores, without git, and for a branch that cannot be a trunk.
 */
export function trunkOf(dir: string): string | undefined {
  const place = placeInRepository(dir);
  return place === undefined ? undefined : trunkAt(place);
}

/**
 * The default branch of the git repository that a folder is in, as `trunkOf` finds it, and the path of the folder from
 * the root. Each is missing where there is none. The path is also missing for the root, and if it cannot be the folder of
 * a project.
 */
export function surroundingsOf(dir: string): { readonly trunk?: string; readonly folder?: string } {
  const place = placeInRepository(dir);
  if (place === undefined) return {};
  const [trunk, folder] = [trunkAt(place), folderAt(place, dir)];
  return { ...(trunk !== undefined && { trunk }), ...(folder !== undefined && { folder }) };
}

/** The existing part of a folder's path, if a git repository contains the folder and does not ignore it. */
function placeInRepository(dir: string): string | undefined {
  let place = resolve(dir);
  while (!existsSync(place)) place = dirname(place);
  if (!isInRepository(place)) return undefined;
  // A project in a folder that git ignores is not part of the repository.
  return run(place, 'check-ignore', '--quiet', '--', `${resolve(dir)}/`).status === 0 ? undefined : place;
}

function trunkAt(place: string): string | undefined {
  const found = trunkFrom(
    ask(place, 'for-each-ref', '--format=%(refname) %(symref)', 'refs/heads', 'refs/remotes'),
    ask(place, 'symbolic-ref', '--quiet', 'HEAD'),
  );
  return found !== undefined && whyBadBranch(found) === undefined ? found : undefined;
}

function folderAt(place: string, dir: string): string | undefined {
  const [isInside, prefix = ''] = ask(place, 'rev-parse', '--is-inside-work-tree', '--show-prefix').split('\n');
  // Without an answer, the prefix would be that of the root.
  if (isInside !== 'true') return undefined;
  const path = `${prefix}${relative(place, resolve(dir)).replaceAll('\\', '/')}`.replace(/\/$/, '');
  return path !== '' && whyBadFolder(path) === undefined ? path : undefined;
}

function trunkFrom(refs: string, head: string): string | undefined {
  const rows = refs.split('\n').map((line) => line.split(' ') as [ref: string, target?: string]);
  const heads = rows.filter(([ref, target]) => /^refs\/remotes\/[^/]+\/HEAD$/.test(ref) && target);
  const remote = heads.find(([ref]) => ref === 'refs/remotes/origin/HEAD') ?? heads[0];
  if (remote) return remote[1]!.split('/').slice(3).join('/');
  const locals = rows.flatMap(([ref]) => (ref.startsWith('refs/heads/') ? [ref.slice('refs/heads/'.length)] : []));
  const remotes = rows.flatMap(([ref]) => (ref.startsWith('refs/remotes/') ? [ref.split('/').slice(3).join('/')] : []));
  const usual = [DEFAULT_TRUNK, 'master'].find((name) => [...remotes, ...locals].includes(name));
  const only = locals.length === 1 ? locals[0] : undefined;
  return usual ?? only ?? (head.startsWith('refs/heads/') ? head.slice('refs/heads/'.length) : undefined);
}

function ask(cwd: string, ...args: readonly string[]): string {
  const { stdout, status } = run(cwd, ...args);
  return status === 0 ? stdout.trim() : '';
}

const run = (cwd: string, ...args: readonly string[]) =>
  spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...GIT_QUERY_ENV },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
