import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { compareText } from '../core/compare.ts';
import { GIT_QUERY_ENV } from './git-env.ts';

/**
 * A written path that git ignores, and the pattern that does it. A `path` that ends with `/` is a folder with `files`
 * written files; `./` is the repository itself. `source` is relative to the repository if it is inside, otherwise
 * absolute.
 */
export type Ignored = {
  readonly path: string;
  readonly files: number;
  readonly source: string;
  readonly line: number;
  readonly pattern: string;
};

type Match = Omit<Ignored, 'files'>;
type Ask = (paths: readonly string[]) => Promise<readonly Match[]>;

/** Whether the folder is in a work tree of git, also if git is not installed. */
export function isInRepository(dir: string): boolean {
  for (let place = resolve(dir); ; place = dirname(place)) {
    if (existsSync(join(place, '.git'))) return true;
    if (place === dirname(place)) return false;
  }
}

/** The bare repository that a folder is in; undefined for a folder in a work tree, also for one in a bare repository. */
export function bareRepositoryOf(dir: string): string | undefined {
  for (let place = resolve(dir); ; place = dirname(place)) {
    if (existsSync(join(place, '.git'))) return undefined;
    if (['HEAD', 'objects', 'refs'].every((name) => existsSync(join(place, name)))) return place;
    if (place === dirname(place)) return undefined;
  }
}

/**
 * The untracked paths among these that git ignores, with the patterns of the user, of parent folders and of the
 * repository applied. `isPlanned`: the folder becomes a repository later, so it is treated as one. Empty without git.
 */
export async function ignoredFiles(
  dir: string,
  paths: readonly string[],
  { isPlanned }: { isPlanned: boolean },
): Promise<Ignored[]> {
  if (isInRepository(dir)) return find(paths, (some) => checkIgnore(dir, [], some));
  if (!isPlanned) return [];
  const scratch = mkdtempSync(join(tmpdir(), 'mlops-git-'));
  try {
    const { execa } = await import('execa');
    const { failed } = await execa('git', ['init', '--quiet', '--bare', scratch], {
      reject: false,
      env: GIT_QUERY_ENV,
    });
    return failed
      ? []
      : await find(paths, (some) => checkIgnore(dir, ['--git-dir', scratch, '--work-tree', '.'], some));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Reports a folder that is ignored once, instead of each of its files. */
async function find(paths: readonly string[], ask: Ask): Promise<Ignored[]> {
  const files = await ask(paths);
  if (files.length === 0) return [];
  const folders = [...new Set(files.flatMap(({ path }) => foldersOf(path)))];
  const known = new Map((await ask(folders)).map((match) => [match.path, match]));
  const found = new Map<string, Ignored>();
  for (const file of files) {
    const match = foldersOf(file.path).flatMap((folder) => known.get(folder) ?? [])[0] ?? file;
    found.set(match.path, { ...match, files: (found.get(match.path)?.files ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => compareText(a.path, b.path));
}

/** `a/b/c` -> `./`, `a/`, `a/b/`. */
function foldersOf(path: string): string[] {
  const steps = path.split('/').slice(0, -1);
  return ['./', ...steps.map((_, index) => `${steps.slice(0, index + 1).join('/')}/`)];
}

async function checkIgnore(dir: string, place: readonly string[], paths: readonly string[]): Promise<Match[]> {
  const { execa } = await import('execa');
  const git = (args: readonly string[], input = '') =>
    execa('git', [...place, ...args], { cwd: dir, reject: false, env: GIT_QUERY_ENV, input, stripFinalNewline: false });
  // Ends with 1 if nothing is ignored, and with 128 if git cannot answer, for example in a repository of another user.
  const { stdout, exitCode } = await git(['check-ignore', '-z', '--verbose', '--stdin'], `${paths.join('\0')}\0`);
  if (exitCode !== 0) return [];
  const top = place.length > 0 ? dir : (await git(['rev-parse', '--show-toplevel'])).stdout.trim();
  const fields = stdout.split('\0').slice(0, -1);
  return Array.from({ length: fields.length / 4 }, (_, index) => {
    const [source, line, pattern, path] = fields.slice(4 * index, 4 * index + 4) as [string, string, string, string];
    return { path, source: shown(dir, resolve(top, source)), line: Number(line), pattern };
  }).filter(({ pattern }) => !pattern.startsWith('!'));
}

function shown(dir: string, file: string): string {
  // git resolves links in the path of the work tree.
  const inside = relative(realpathSync(dir), file);
  return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}
