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
 * Keeps modules from ending the process: a call of `process.exit` becomes an error where it happens, and an error in a
 * timer or a promise is kept for the command. Without this, a module could end `create` with code 0 and no files.
 */
export function guardModules(folders: readonly string[]): ModuleGuard {
  const places = folders.flatMap((folder) => [resolve(folder), pathToFileURL(resolve(folder)).href]);
  let problem: unknown;
  const keep = (error: unknown): void => {
    const where = placeOf(error, places);
    const isKnown = error instanceof UserError || where === undefined;
    problem ??= isKnown ? error : new UserError('E-MODULES', `${where} failed after it was loaded: ${textOf(error)}.`);
  };
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const where = placeOf(new Error('exit'), places);
    if (where === undefined) return exit(code);
    throw new UserError('E-MODULES', `${where} called process.exit(${code ?? ''}). A module must not end the command.`);
  };
  process.on('uncaughtException', keep);
  return {
    problem: () => problem,
    release: () => {
      process.exit = exit;
      process.off('uncaughtException', keep);
    },
  };
}

/** The first line of a stack that is in one of the folders, as file, line and column. */
function placeOf(error: unknown, places: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const line = stack.split('\n').find((text) => places.some((place) => text.includes(`${place}/`)));
  return line?.match(/(?:file:\/\/)?(\/[^\n]*?|[A-Z]:[^\n]*?):\d+:\d+\)?$/)?.[1] ?? line?.trim();
}

/** What a module threw, which can be any value. */
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
