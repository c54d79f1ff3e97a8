import { askGit } from '../git-env.ts';

/** The three versions of a file in an unfinished merge. A side that deleted the file has none. */
export type Stages = { readonly [side in 'base' | 'ours' | 'theirs']?: Uint8Array | undefined };

const SIDES = { 1: 'base', 2: 'ours', 3: 'theirs' } as const;

/** The files below a folder that git could not merge, with their versions, by path relative to the folder. */
export async function unmergedFiles(dir: string): Promise<ReadonlyMap<string, Stages>> {
  const listed = await askGit(dir, 'ls-files', '--unmerged', '-z', '--', '.');
  const files = new Map<string, Stages>();
  for (const record of listed?.toString('utf8').split('\0').filter(Boolean) ?? []) {
    // <mode> <object> <stage>\t<path>
    const [, object, stage] = record.slice(0, record.indexOf('\t')).split(' ') as [string, string, '1' | '2' | '3'];
    const path = record.slice(record.indexOf('\t') + 1);
    const content = await askGit(dir, 'cat-file', 'blob', object);
    files.set(path, { ...files.get(path), [SIDES[stage]]: content });
  }
  return files;
}

/** The commit that is merged, rebased or picked, and the one from which its changes count. */
export async function otherCommit(dir: string): Promise<{ readonly name: string; readonly base: string } | undefined> {
  const idOf = async (...args: string[]): Promise<string> => ((await askGit(dir, ...args)) ?? '').toString().trim();
  for (const name of ['MERGE_HEAD', 'REBASE_HEAD', 'CHERRY_PICK_HEAD']) {
    if (!(await idOf('rev-parse', '--quiet', '--verify', name))) continue;
    return { name, base: name === 'MERGE_HEAD' ? await idOf('merge-base', 'HEAD', name) : `${name}^` };
  }
  return undefined;
}

/** Whether a shallow clone lacks a commit. */
export async function isMissing(dir: string, commit: string): Promise<boolean> {
  const shallow = await askGit(dir, 'rev-parse', '--is-shallow-repository');
  if (shallow?.toString().trim() !== 'true') return false;
  return commit === '' || (await askGit(dir, 'rev-parse', '--quiet', '--verify', `${commit}^{commit}`)) === undefined;
}

/** A file of a commit, by its path relative to the folder; undefined if the commit does not have it. */
export const fileOfCommit = (dir: string, commit: string, path: string): Promise<Uint8Array | undefined> =>
  askGit(dir, 'cat-file', 'blob', `${commit}:./${path}`);
