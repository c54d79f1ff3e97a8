import { basename, dirname, join, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { OutputFile } from '../core/generate.ts';
import { attempt, codeOf, diskError, makeParents, safeSteps, stat, type FileSystem } from './file-system.ts';
import { isAlive, ME } from './process.ts';

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
      if (codeOf(error) !== 'EEXIST') attempt(() => fs.rmSync(place, { force: true }));
      throw error;
    }
    undo.push(() => fs.rmSync(place, { force: true }));
    return action;
  });
}

/** A folder beside the target whose name tells who works in it. Those that killed runs left are removed. */
function freeSibling(target: string, fs: FileSystem): string {
  const stem = `.${basename(target)}.creating-${ME.host}-`;
  for (const name of fs.readdirSync(dirname(target)).map(String)) {
    const pid = name.startsWith(stem) && /^\d+$/.test(name.slice(stem.length)) ? Number(name.slice(stem.length)) : ME.pid;
    if (pid !== ME.pid && !isAlive(pid) && stat(join(dirname(target), name), fs)?.isDirectory()) attempt(() => fs.rmSync(join(dirname(target), name), { recursive: true, force: true }));
  }
  for (let n = 0; ; n++) {
    const place = join(dirname(target), `${stem}${ME.pid}${n === 0 ? '' : `-${n}`}`);
    try {
      fs.mkdirSync(place);
      return place;
    } catch (error) {
      // What a killed run with the same pid left, which happens in containers.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
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
