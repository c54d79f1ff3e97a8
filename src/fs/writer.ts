import type * as nodeFs from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { OutputFile } from '../core/generate.ts';
import { whyUnsafePath } from '../core/paths.ts';

/** The part of node:fs that is used; tests hand over a file system in memory. */
export type FileSystem = Pick<typeof nodeFs, 'lstatSync' | 'statSync' | 'readdirSync' | 'readFileSync' | 'mkdirSync' | 'writeFileSync' | 'renameSync' | 'rmSync' | 'rmdirSync' | 'chmodSync' | 'accessSync' | 'constants'>;

export type WriteAction = { readonly path: string; readonly action: 'write' | 'adopt' | 'conflict'; readonly reason: string };

/** What may stand in a folder that counts as empty. Never overwritten. */
const HARMLESS = /^(\.git|\.gitignore|README.*|LICENSE.*)$/;

/** Refuses a target that is no new or empty folder, before anything is rendered. Returns what already stands there. */
export function verifyTarget(dir: string, fs: FileSystem): 'new' | 'empty' {
  try {
    return examine(dir, fs);
  } catch (error) {
    throw diskError(error, dir);
  }
}

function examine(dir: string, fs: FileSystem): 'new' | 'empty' {
  const fail = (message: string): never => {
    throw new UserError('E-TARGET', [{ file: dir, message }]);
  };
  const found = stat(dir, fs);
  if (!found) {
    const parent = nearestParent(dir, fs);
    // Only the target itself must be no link; a parent is wherever the user says it is (/tmp is a link on macOS).
    if (!fs.statSync(parent, { throwIfNoEntry: false })?.isDirectory()) fail(`${parent} is no folder, so nothing can be made in it.`);
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
  const undo: (() => void)[] = [];
  try {
    makeParents(dirname(target), fs, undo);
    const staging = freeSibling(target, fs);
    undo.push(() => fs.rmSync(staging, { recursive: true, force: true }));
    for (const file of files) {
      const place = join(staging, ...safeSteps(file.path));
      makeParents(dirname(place), fs, []);
      fs.writeFileSync(place, file.content, { flag: 'wx', mode: file.executable ? 0o777 : 0o666 });
    }
    if (state === 'new') {
      fs.renameSync(staging, target);
      return files.map(({ path }) => ({ path, action: 'write', reason: 'new' }));
    }
    const actions = moveInto(staging, target, files, fs, undo);
    fs.rmSync(staging, { recursive: true, force: true });
    return actions;
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    throw diskError(error, target);
  }
}

function safeSteps(path: string): string[] {
  const why = whyUnsafePath(path);
  if (why) throw new Error(`The path ${JSON.stringify(path)} must not be written: ${why}.`);
  return path.split('/');
}

/** What would be done, without doing it. */
export function foresee(dir: string, files: readonly OutputFile[], fs: FileSystem): WriteAction[] {
  return verifyTarget(dir, fs) === 'new' ? files.map(({ path }) => ({ path, action: 'write', reason: 'new' })) : files.map((file) => actionFor(file, dir, fs));
}

function actionFor(file: OutputFile, target: string, fs: FileSystem): WriteAction {
  const place = join(target, ...safeSteps(file.path));
  const existing = stat(place, fs);
  if (!existing) return { path: file.path, action: 'write', reason: 'new' };
  if (existing.isFile() && Buffer.compare(fs.readFileSync(place) as Buffer, file.content) === 0) return { path: file.path, action: 'adopt', reason: 'the same file was there' };
  return { path: file.path, action: 'conflict', reason: `yours was there and stays; the generated one is ${basename(place)}.generated` };
}

/** Moves staged files into a folder that counts as empty. What stands there stays; ours goes beside it. */
function moveInto(staging: string, target: string, files: readonly OutputFile[], fs: FileSystem, undo: (() => void)[]): WriteAction[] {
  return files.map((file) => {
    const steps = safeSteps(file.path);
    const action = actionFor(file, target, fs);
    if (action.action === 'adopt') return action;
    const place = join(target, ...steps) + (action.action === 'conflict' ? '.generated' : '');
    makeParents(dirname(place), fs, undo);
    try {
      // It fails where a file appeared meanwhile; a rename would replace that one.
      fs.writeFileSync(place, file.content, { flag: 'wx', mode: file.executable ? 0o777 : 0o666 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') attempt(() => fs.rmSync(place, { force: true }));
      throw error;
    }
    undo.push(() => fs.rmSync(place, { force: true }));
    return action;
  });
}

/** Makes the folders that are missing; each is noted at once, so that a failure at the next leaves none. */
function makeParents(dir: string, fs: FileSystem, undo: (() => void)[]): void {
  const missing: string[] = [];
  for (let place = dir; !stat(place, fs); place = dirname(place)) missing.unshift(place);
  for (const place of missing) {
    fs.mkdirSync(place);
    undo.push(() => fs.rmdirSync(place));
  }
}

function freeSibling(target: string, fs: FileSystem): string {
  for (let n = 0; ; n++) {
    const place = join(dirname(target), `.${basename(target)}.creating${n === 0 ? '' : `-${n}`}`);
    try {
      fs.mkdirSync(place);
      return place;
    } catch (error) {
      // Another run's, or what a killed one left.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function stat(path: string, fs: FileSystem): nodeFs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Below a file there is nothing.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

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

/** One step back; what cannot be undone must not keep the others from being. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // A folder holds something that is not ours, or the disk refuses this too.
  }
}

/** A state of the disk is the user's to mend; anything else is a bug and keeps its stack. */
function diskError(error: unknown, target: string): unknown {
  const code = (error as { code?: string }).code ?? '';
  const said: Record<string, string> = { ENOSPC: 'the disk is full', EACCES: 'permission is denied', EPERM: 'the operation is not permitted', EROFS: 'the file system is read-only', EDQUOT: 'the quota is used up', ENAMETOOLONG: 'a path is too long for this system', EEXIST: 'a file appeared there meanwhile', ENOTEMPTY: 'a folder appeared there meanwhile', ENOTDIR: 'a step of the path is no folder', ELOOP: 'links in its path go round in a circle' };
  return said[code] ? new UserError('E-TARGET', [{ file: target, message: `it could not be written: ${said[code]}.` }]) : error;
}
