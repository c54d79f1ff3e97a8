import type * as nodeFs from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { OutputFile } from '../core/generate.ts';
import { whyUnsafePath } from '../core/paths.ts';

/** The part of node:fs that is used; tests hand over a file system in memory. */
export type FileSystem = Pick<typeof nodeFs, 'lstatSync' | 'readdirSync' | 'readFileSync' | 'mkdirSync' | 'writeFileSync' | 'renameSync' | 'rmSync' | 'rmdirSync' | 'chmodSync' | 'linkSync' | 'accessSync' | 'constants'>;

export type WriteAction = { readonly path: string; readonly action: 'write' | 'adopt' | 'conflict'; readonly reason: string };

/** What may stand in a folder that counts as empty. Never overwritten. */
const HARMLESS = /^(\.git|\.gitignore|README.*|LICENSE.*)$/;

/** Refuses a target that is no new or empty folder, before anything is rendered. Returns what already stands there. */
export function verifyTarget(dir: string, fs: FileSystem): 'new' | 'empty' {
  const fail = (message: string): never => {
    throw new UserError('E-TARGET', [{ file: dir, message }]);
  };
  const found = stat(dir, fs);
  if (!found) {
    const parent = nearestParent(dir, fs);
    if (!stat(parent, fs)?.isDirectory()) fail(`${parent} is no folder, so nothing can be made in it.`);
    if (!isWritable(parent, fs)) fail(`${parent} cannot be written.`);
    return 'new';
  }
  if (found.isSymbolicLink()) fail('it is a symbolic link, and links are not followed. Give the folder itself.');
  if (!found.isDirectory()) fail('it is a file.');
  if (!isWritable(dir, fs)) fail('it cannot be written.');
  const others = fs.readdirSync(dir).filter((name) => !HARMLESS.test(String(name)));
  if (others.length > 0) fail(`it is not empty: it holds ${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}.`);
  return 'empty';
}

/**
 * Writes a whole repository. A new folder is built beside its place and appears by one rename;
 * an empty one is filled from such a folder, so that a failure leaves it as it was.
 */
export function writeRepository(dir: string, files: readonly OutputFile[], fs: FileSystem): WriteAction[] {
  const target = resolve(dir);
  const state = verifyTarget(target, fs);
  const made = makeParents(dirname(target), fs);
  const staging = freeSibling(target, fs);
  try {
    for (const file of files) writeFile(join(staging, ...safeSteps(file.path)), file, fs);
    if (state === 'new') {
      fs.renameSync(staging, target);
      return files.map(({ path }) => ({ path, action: 'write', reason: 'new' }));
    }
    return moveInto(staging, target, files, fs);
  } catch (error) {
    fs.rmSync(staging, { recursive: true, force: true });
    for (const parent of made.reverse()) tryRmdir(parent, fs);
    throw diskError(error, target);
  }
}

function safeSteps(path: string): string[] {
  const why = whyUnsafePath(path);
  if (why) throw new Error(`The path ${JSON.stringify(path)} must not be written: ${why}.`);
  return path.split('/');
}

function writeFile(path: string, file: OutputFile, fs: FileSystem): void {
  makeParents(dirname(path), fs);
  fs.writeFileSync(path, file.content, { flag: 'wx', mode: file.executable ? 0o777 : 0o666 });
}

/** Moves staged files into a folder that counts as empty. What stands there stays; ours goes beside it. Undone on failure. */
function moveInto(staging: string, target: string, files: readonly OutputFile[], fs: FileSystem): WriteAction[] {
  const undo: (() => void)[] = [];
  try {
    const actions = files.map((file): WriteAction => {
      const from = join(staging, ...file.path.split('/'));
      const to = join(target, ...file.path.split('/'));
      const existing = stat(to, fs);
      if (existing?.isFile() && Buffer.compare(fs.readFileSync(to) as Buffer, file.content) === 0) return { path: file.path, action: 'adopt', reason: 'the same file was there' };
      const place = existing ? `${to}.generated` : to;
      for (const parent of makeParents(dirname(place), fs)) undo.push(() => tryRmdir(parent, fs));
      // A link fails where a file appeared meanwhile; a rename would replace it.
      fs.linkSync(from, place);
      undo.push(() => fs.rmSync(place, { force: true }));
      return existing ? { path: file.path, action: 'conflict', reason: `yours was there and stays; the generated one is ${basename(place)}` } : { path: file.path, action: 'write', reason: 'new' };
    });
    fs.rmSync(staging, { recursive: true, force: true });
    return actions;
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

function makeParents(dir: string, fs: FileSystem): string[] {
  const made: string[] = [];
  for (let place = dir; !stat(place, fs); place = dirname(place)) made.unshift(place);
  for (const place of made) fs.mkdirSync(place);
  return made;
}

function freeSibling(target: string, fs: FileSystem): string {
  for (let n = 0; ; n++) {
    const place = join(dirname(target), `.${basename(target)}.creating${n === 0 ? '' : `-${n}`}`);
    if (stat(place, fs)) continue;
    fs.mkdirSync(place);
    return place;
  }
}

const stat = (path: string, fs: FileSystem) => fs.lstatSync(path, { throwIfNoEntry: false });

function nearestParent(dir: string, fs: FileSystem): string {
  let place = dirname(resolve(dir));
  while (!stat(place, fs) && place !== parse(place).root) place = dirname(place);
  return place;
}

function isWritable(dir: string, fs: FileSystem): boolean {
  try {
    fs.accessSync(dir, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function tryRmdir(dir: string, fs: FileSystem): void {
  try {
    fs.rmdirSync(dir);
  } catch {
    // It holds something that is not ours.
  }
}

/** A state of the disk is the user's to mend; anything else is a bug and keeps its stack. */
function diskError(error: unknown, target: string): unknown {
  const code = (error as { code?: string }).code ?? '';
  const said: Record<string, string> = { ENOSPC: 'the disk is full', EACCES: 'permission is denied', EPERM: 'the operation is not permitted', EROFS: 'the file system is read-only', EDQUOT: 'the quota is used up', ENAMETOOLONG: 'a path is too long for this system', EEXIST: 'a file appeared there meanwhile' };
  return said[code] ? new UserError('E-TARGET', [{ file: target, message: `it could not be written: ${said[code]}.` }]) : error;
}
