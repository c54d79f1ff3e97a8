import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../core/errors.ts';

/** Watches the code of `--modules` folders, which runs in this process. */
export type ModuleGuard = {
  /** The first error of a module between two steps of the command, such as in a timer; undefined without one. */
  readonly problem: () => unknown;
  readonly release: () => void;
};

/**
 * Keeps modules from ending the process: a call that would end it becomes an error where it happens, and an error in a
 * timer or a promise is kept for the command. Without this, a module could end `create` with code 0 and no files. A
 * signal from outside still ends the process. No code of this package ends it while modules are guarded.
 */
export function guardModules(folders: readonly string[]): ModuleGuard {
  const places = folders.flatMap(spellings);
  const unknown = `A module in ${folders.join(' or ')}`;
  let problem: { readonly error: unknown } | undefined;
  const keep = (error: unknown): void => {
    const where = placeOf(error, places);
    const isOther = error instanceof UserError || (where === undefined && isOwn(error));
    const what = `${where ?? unknown} failed after it was loaded: ${textOf(error)}.`;
    problem ??= { error: isOther ? error : new UserError('E-MODULES', what) };
  };
  const refuse = (call: string, rule = 'must not end the command'): never => {
    // A function that a timer or a promise calls directly has no place.
    const where = placeOf(new Error('exit'), places) ?? unknown;
    throw new UserError('E-MODULES', `${where} called process.${call}. A module ${rule}.`);
  };
  const { exit, abort, kill, chdir } = process;
  process.exit = (code) => refuse(`exit(${code ?? ''})`);
  process.abort = () => refuse('abort()');
  // 0 is the process group, -1 is every process.
  process.kill = (pid, signal) =>
    signal !== 0 && [process.pid, -process.pid, 0, -1].includes(pid)
      ? refuse(`kill(${pid})`)
      : kill.call(process, pid, signal);
  // Relative paths of the command line would name other folders.
  process.chdir = () => refuse('chdir()', 'must not change the folder of the command');
  process.on('uncaughtException', keep);
  return {
    problem: () => problem?.error,
    release: () => {
      Object.assign(process, { exit, abort, kill, chdir });
      process.off('uncaughtException', keep);
    },
  };
}

/** The beginnings of the paths and URLs of the files in a folder. A stack names a link by its target. */
function spellings(folder: string): string[] {
  const path = resolve(folder);
  const real = existsSync(path) ? realpathSync(path) : path;
  return [path, real].flatMap((one) => [one, pathToFileURL(one).href]);
}

/** The first line of a stack that is in one of the folders, as file, line and column. */
function placeOf(error: unknown, places: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = stack.split('\n').find((text) => places.some((place) => text.includes(`${place}/`)));
  return line?.match(/(?:file:\/\/)?(\/[^\n]*?|[A-Z]:[^\n]*?):\d+:\d+\)?$/)?.[1] ?? line?.trim();
}

/**
 * Whether this package threw a value that no module is to blame for. Without a line of a file, a timer or a promise of
 * a module failed in code of Node.js, or the value is no error: this package throws only errors.
 */
const isOwn = (error: unknown): boolean =>
  error instanceof Error &&
  (error.stack ?? '').split('\n').some((line) => /^ +at .*:\d+:\d+\)?$/.test(line) && !line.includes('node:'));

/** What a module threw, which can be any value. */
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
