import { basename, dirname, join, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { OutputFile } from '../core/generate.ts';
import { attempt, codeOf, diskError, type FileSystem, makeParents, safeSteps, stat } from './file-system.ts';
import { isAlive, ME } from './process.ts';

export type WriteAction = {
  readonly path: string;
  readonly action: 'write' | 'adopt' | 'merge' | 'conflict';
  readonly reason: string;
};

/** Files that an almost empty folder may hold. They are never overwritten; ignore rules are added to .gitignore. */
const HARMLESS = /^(\.git|\.gitignore|README.*|LICENSE.*)$/;

/** Without its rules, git would track passwords and local data. */
const IGNORE_RULES = '.gitignore';

/** The suffix of a generated file next to a file of the user. */
const BESIDE = '.generated';

/** Rejects a target that is not a new or almost empty folder, before anything is rendered. Returns its state. */
export function verifyTarget(dir: string, fs: FileSystem): 'new' | 'empty' {
  try {
    return inspectTarget(dir, fs);
  } catch (error) {
    throw diskError(error, dir);
  }
}

/** The same, after the files of a killed run are removed. */
export function clearTarget(dir: string, fs: FileSystem): 'new' | 'empty' {
  const target = resolve(dir);
  try {
    undoKilled(target, fs);
  } catch (error) {
    throw diskError(error, target);
  }
  return verifyTarget(target, fs);
}

function inspectTarget(dir: string, fs: FileSystem): 'new' | 'empty' {
  const fail = (message: string): never => {
    throw new UserError('E-TARGET', [{ file: dir, message }]);
  };
  const found = stat(dir, fs);
  if (!found) {
    const parent = nearestParent(dir, fs);
    // Only the target itself must not be a link. A parent can be one (/tmp is a link on macOS).
    if (!fs.statSync(parent, { throwIfNoEntry: false })?.isDirectory())
      fail(`${parent} is not a folder, so nothing can be created in it.`);
    if (!isWritable(parent, fs)) fail(`${parent} cannot be written.`);
    return 'new';
  }
  if (found.isSymbolicLink()) fail('it is a symbolic link, and links are not followed. Name the folder itself.');
  if (!found.isDirectory()) fail('it is a file.');
  if (!isWritable(dir, fs)) fail('it cannot be written.');
  const others = fs.readdirSync(dir).filter((name) => !HARMLESS.test(String(name)));
  const more = others.length > 5 ? ` and ${others.length - 5} more` : '';
  if (others.length > 0) fail(`it is not empty: it holds ${others.slice(0, 5).join(', ')}${more}.`);
  return 'empty';
}

/**
 * Writes a whole repository. A new folder is built next to its destination and appears by one rename. An almost empty
 * folder is filled from such a folder, so that a failure leaves it unchanged, and the next run undoes a killed one.
 */
export function writeRepository(dir: string, files: readonly OutputFile[], fs: FileSystem): WriteAction[] {
  const target = resolve(dir);
  const state = clearTarget(target, fs);
  const undo: (() => void)[] = [];
  try {
    makeParents(dirname(target), fs, undo);
    const staging = freeSibling(target, fs);
    undo.push(() => fs.rmSync(staging, { recursive: true, force: true }));
    const made = new Set([staging]);
    for (const file of files) {
      const place = join(staging, ...safeSteps(file.path));
      const folder = dirname(place);
      // Files are sorted, so the folder of most files exists already.
      if (!made.has(folder)) makeParents(folder, fs, []);
      made.add(folder);
      write(place, file, fs);
    }
    if (state === 'new') {
      fs.renameSync(staging, target);
      return files.map(({ path }) => ({ path, action: 'write', reason: 'new' }));
    }
    const actions = moveInto(staging, target, files, fs, undo);
    // From here on nothing is undone, and a partial staging folder must not look complete.
    const done = `${staging}${DONE}`;
    fs.renameSync(staging, done);
    undo.push(() => fs.rmSync(done, { recursive: true, force: true }));
    fs.rmSync(done, { recursive: true, force: true });
    return actions;
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    throw diskError(error, target);
  }
}

/** The actions of `writeRepository`, without writing. */
export function planWrites(dir: string, files: readonly OutputFile[], fs: FileSystem): WriteAction[] {
  return verifyTarget(dir, fs) === 'new'
    ? files.map(({ path }) => ({ path, action: 'write', reason: 'new' }))
    : files.map((file) => actionFor(file, dir, fs));
}

function actionFor(file: OutputFile, target: string, fs: FileSystem): WriteAction {
  const place = join(target, ...safeSteps(file.path));
  const existing = stat(place, fs);
  if (!existing) return { path: file.path, action: 'write', reason: 'new' };
  if (existing.isFile() && Buffer.compare(fs.readFileSync(place) as Buffer, file.content) === 0)
    return { path: file.path, action: 'adopt', reason: 'the same file existed' };
  if (file.path === IGNORE_RULES && existing.isFile())
    return { path: file.path, action: 'merge', reason: 'your rules stay, and the generated rules follow them' };
  return {
    path: file.path,
    action: 'conflict',
    reason: `your file is kept; the generated one is ${basename(place)}${BESIDE}`,
  };
}

/** Moves staged files into an almost empty folder. Existing files stay; generated files are written next to them. */
function moveInto(
  staging: string,
  target: string,
  files: readonly OutputFile[],
  fs: FileSystem,
  undo: (() => void)[],
): WriteAction[] {
  return files.map((file) => {
    const steps = safeSteps(file.path);
    const action = actionFor(file, target, fs);
    if (action.action === 'adopt') return action;
    if (action.action === 'merge') {
      addRules(join(target, ...steps), file, join(staging, PLACING), fs, undo);
      return action;
    }
    const place = join(target, ...steps) + (action.action === 'conflict' ? BESIDE : '');
    makeParents(dirname(place), fs, undo);
    put(place, file, join(staging, PLACING), fs, undo);
    return action;
  });
}

/** Appends the generated rules that the user's file does not have. The file is replaced at once. */
function addRules(place: string, file: OutputFile, placing: string, fs: FileSystem, undo: (() => void)[]): void {
  const before = fs.readFileSync(place) as Buffer;
  const own = before.toString('utf8');
  const eol = own.includes('\r\n') ? '\r\n' : '\n';
  const known = new Set(own.split(/\r?\n/).map((line) => line.trim()));
  const paragraphs = Buffer.from(file.content)
    .toString('utf8')
    .trim()
    .split('\n\n')
    .map((paragraph) => paragraph.split('\n').filter((line) => line.startsWith('#') || !known.has(line)))
    .filter((lines) => lines.some((line) => !line.startsWith('#')));
  if (paragraphs.length === 0) return;
  const added = paragraphs.map((lines) => `${lines.join('\n')}\n`).join('\n');
  // A blank line before the first added paragraph.
  const end = own === '' || own.endsWith('\n') ? '' : eol;
  const gap = own === '' ? '' : eol;
  const text = `${own}${end}${gap}${added.replaceAll('\n', eol)}`;
  write(placing, { ...file, content: Buffer.from(text) }, fs);
  fs.renameSync(placing, place);
  undo.push(() => fs.writeFileSync(place, before));
}

/** Holds one file on its way into the target. No generated file at the root has this name. */
const PLACING = '.placing';

/** Writes the file completely or not at all, and fails if a file appeared meanwhile. A rename would replace it. */
function put(place: string, file: OutputFile, placing: string, fs: FileSystem, undo: (() => void)[]): void {
  // A copy, not the staged file itself: an edit in place must differ from the staged file.
  write(placing, file, fs);
  try {
    fs.linkSync(placing, place);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    // The file system has no hard links, or the target is on another one.
    write(place, file, fs);
  }
  undo.push(() => fs.rmSync(place, { force: true }));
  fs.rmSync(placing);
}

function write(place: string, file: OutputFile, fs: FileSystem): void {
  try {
    fs.writeFileSync(place, file.content, { flag: 'wx', mode: file.executable ? 0o777 : 0o666 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') attempt(() => fs.rmSync(place, { force: true }));
    throw error;
  }
}

/**
 * Undoes a killed run in and next to an almost empty folder: removes files that still equal the staged ones. Files that
 * such a folder may hold stay, because they may have existed before. Changed files stay, too.
 */
function undoKilled(target: string, fs: FileSystem): void {
  // A link or a file is rejected a moment later, and a killed run has left nothing there.
  if (!stat(dirname(target), fs)?.isDirectory() || stat(target, fs)?.isDirectory() === false) return;
  for (const staging of leftBeside(target, fs)) {
    for (const path of staging.endsWith(DONE) ? [] : filesBelow(staging, '', fs)) {
      for (const place of [...(HARMLESS.test(path) ? [] : [path]), `${path}${BESIDE}`]) {
        if (isSameFile(join(target, place), join(staging, path), fs)) fs.rmSync(join(target, place));
      }
      attempt(() => removeEmptyFolders(target, path, fs));
    }
    attempt(() => fs.rmSync(staging, { recursive: true, force: true }));
  }
}

function filesBelow(root: string, folder: string, fs: FileSystem): string[] {
  return fs.readdirSync(join(root, folder)).flatMap((name) => {
    const path = folder === '' ? String(name) : `${folder}/${String(name)}`;
    return stat(join(root, path), fs)?.isDirectory() ? filesBelow(root, path, fs) : [path];
  });
}

function isSameFile(place: string, staged: string, fs: FileSystem): boolean {
  return (
    stat(place, fs)?.isFile() === true &&
    Buffer.compare(fs.readFileSync(place) as Buffer, fs.readFileSync(staged) as Buffer) === 0
  );
}

/** Removes the empty folders above a path, from the inside out. */
function removeEmptyFolders(root: string, path: string, fs: FileSystem): void {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) fs.rmdirSync(join(root, folder));
}

/** The suffix of a folder whose files are all in place. */
const DONE = '-done';
const stemOf = (target: string): string => `.${basename(target)}.creating-${ME.host}-`;

/** Folders next to the target that ended runs left. */
function leftBeside(target: string, fs: FileSystem): string[] {
  const stem = stemOf(target);
  const names = fs.readdirSync(dirname(target)).map(String);
  const pids = names.flatMap((name) => {
    const [, pid] = name.startsWith(stem) ? (/^(\d+)(?:-done)?$/.exec(name.slice(stem.length)) ?? []) : [];
    return pid === undefined ? [] : [{ name, pid: Number(pid) }];
  });
  return pids
    .filter(({ pid }) => pid !== ME.pid && !isAlive(pid))
    .map(({ name }) => join(dirname(target), name))
    .filter((place) => stat(place, fs)?.isDirectory());
}

/** A folder next to the target, named after the process that uses it. */
function freeSibling(target: string, fs: FileSystem): string {
  for (let n = 0; ; n++) {
    const place = join(dirname(target), `${stemOf(target)}${ME.pid}${n === 0 ? '' : `-${n}`}`);
    try {
      fs.mkdirSync(place);
      return place;
    } catch (error) {
      // Left by a killed run with the same process ID, which happens in containers.
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
