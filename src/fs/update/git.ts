import { UserError } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import type { Conflict } from '../../core/update/types.ts';
import { isObstacle } from '../../core/update/types.ts';
import type { FileSystem } from '../file-system.ts';
import { GIT_PATH_ENV } from '../git-env.ts';
import { look } from './disk.ts';

/**
 * A tracked file with uncommitted changes. Paths are those of the generated repository, which can be a subfolder of the
 * git repository.
 */
export type Dirty = { readonly path: string; readonly state: 'changed' | 'staged' | 'in a merge conflict' };

type Git = {
  /** The path of the generated repository inside the git repository: empty, or ending with `/`. */
  readonly prefix: string;
  readonly run: (args: readonly string[], input?: string | Uint8Array) => Promise<string>;
};

/**
 * Which of these files have uncommitted changes. None without git or outside a git repository. Throws E-DIRTY if git
 * fails.
 */
export async function dirtyFiles(dir: string, paths: readonly string[]): Promise<Dirty[]> {
  if (paths.length === 0) return [];
  const git = await open(dir);
  if (!git) return [];
  const wanted = new Set(paths);
  const records = (
    await git.run([
      'status',
      '--porcelain=v2',
      '-z',
      '--untracked-files=no',
      '--ignore-submodules=all',
      '--no-renames',
      '--',
      '.',
    ])
  ).split('\0');
  return records.flatMap((record) => {
    const dirty = readRecord(record, git.prefix);
    return dirty && wanted.has(dirty.path) ? [dirty] : [];
  });
}

/** The number of fields before the path of a record, by its kind. */
const FIELDS: Readonly<Record<string, number | undefined>> = { 1: 8, u: 10 };

/** One record of `git status --porcelain=v2`: `1 XY …6 fields… path`, or `u XY …8 fields… path`. */
function readRecord(record: string, prefix: string): Dirty | undefined {
  const [kind, xy] = record.split(' ', 2);
  const fields = FIELDS[kind!];
  if (fields === undefined || xy === undefined) return undefined;
  const path = record.split(' ').slice(fields).join(' ');
  if (!path.startsWith(prefix)) return undefined;
  const unmerged = kind === 'u' ? 'in a merge conflict' : undefined;
  return { path: path.slice(prefix.length), state: unmerged ?? (xy[1] === '.' ? 'staged' : 'changed') };
}

/**
 * Puts conflicts into the git index as stages 1 (base), 2 (yours) and 3 (generated), so that `git checkout --ours` and
 * `git mergetool` know them. Only tracked files: untracked files are safe without stages. Returns a sentence if git
 * could not do it; the files have the markers either way.
 */
export async function stageConflicts(
  dir: string,
  conflicts: readonly Pick<Conflict, 'path' | 'base' | 'yours' | 'generated'>[],
): Promise<string | undefined> {
  if (conflicts.length === 0) return undefined;
  try {
    const git = await open(dir);
    if (!git) return undefined;
    const modes = await trackedModes(
      git,
      conflicts.map((conflict) => conflict.path),
    );
    const lines: string[] = [];
    for (const { path, base, yours, generated } of conflicts) {
      const mode = modes.get(path);
      if (mode === undefined) continue;
      const stages = await Promise.all(
        [base, yours, generated].map(
          async (content) =>
            content &&
            (
              await git.run(['-c', 'core.safecrlf=false', 'hash-object', '-w', '--stdin', `--path=${path}`], content)
            ).trim(),
        ),
      );
      const known = stages.find((id) => id)!;
      lines.push(
        `0 ${'0'.repeat(known.length)}\t${git.prefix}${path}`,
        ...stages.flatMap((id, index) => (id ? [`${mode} ${id} ${index + 1}\t${git.prefix}${path}`] : [])),
      );
    }
    if (lines.length > 0)
      await git.run(['update-index', '-z', '--index-info'], lines.map((line) => `${line}\0`).join(''));
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Path -> mode of the tracked files among these. A file in a merge conflict has the mode of its stage 2. */
async function trackedModes(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  const records = (await git.run(['ls-files', '--stage', '-z', '--full-name', '--', ...paths]))
    .split('\0')
    .filter(Boolean);
  return new Map(
    records.map((record) => [record.slice(record.indexOf('\t') + 1 + git.prefix.length), record.slice(0, 6)]),
  );
}

/**
 * Whether executable bits on this disk are reliable: not on Windows, and not if git is configured to ignore them. Asks
 * git only if a bit is missing.
 */
export async function trustsModes(dir: string, lock: Lock | undefined, fs: FileSystem): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const isMissing = lock?.entries.some(({ path, executable, state }) => {
    const found = executable && state === 'managed' ? look(dir, path, fs) : undefined;
    return found && !isObstacle(found) && !found.executable;
  });
  if (!isMissing) return true;
  const { stdout, failed } = await ask(dir, ['config', '--type=bool', '--default=true', 'core.fileMode']);
  return failed || stdout.trim() !== 'false';
}

/** Git's view of a folder; undefined without git or outside a work tree. */
async function open(dir: string): Promise<Git | undefined> {
  const { stdout, stderr, failed, code } = await ask(dir, ['rev-parse', '--is-inside-work-tree', '--show-prefix']);
  if (code === 'ENOENT' || /not a git repository/i.test(stderr)) return undefined;
  if (failed) throw refused(dir, 'rev-parse', stderr);
  const [isInside, prefix = ''] = stdout.split('\n');
  if (isInside !== 'true') return undefined;
  const run: Git['run'] = async (args, input) => {
    const done = await ask(dir, args, input);
    if (done.failed) throw refused(dir, args[0]!, done.stderr);
    return done.stdout;
  };
  return { prefix, run };
}

const refused = (dir: string, command: string, stderr: string): UserError =>
  new UserError(
    'E-DIRTY',
    [
      {
        file: dir,
        message: `git ${command} failed, so uncommitted changes are unknown: ${stderr.trim().split('\n')[0] ?? ''}`,
      },
    ],
    'Fix the problem, or update without the check: --allow-dirty',
  );

async function ask(
  cwd: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<{ stdout: string; stderr: string; failed: boolean; code: string | undefined }> {
  // Loaded only if git is needed: an update without changes never needs it.
  const { execa } = await import('execa');
  const { stdout, stderr, failed, code } = await execa('git', [...args], {
    cwd,
    reject: false,
    input,
    env: GIT_PATH_ENV,
    stripFinalNewline: false,
  });
  return { stdout, stderr, failed, code };
}
