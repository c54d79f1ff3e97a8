import { readFileSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { type Given, MAX_CONFIG_BYTES, readGiven } from '../core/input.ts';
import type { CommandContext } from './context.ts';

/** Reads the input: the file of --config (or the given one), with the flags over it. */
export function readInput(
  { args, catalogue, terminal }: Pick<CommandContext, 'args' | 'catalogue' | 'terminal'>,
  file: string | undefined = args.config,
): Given {
  return readGiven(
    file === undefined ? undefined : { path: file, text: readConfigText(resolve(terminal.cwd, file), file) },
    args.flags,
    catalogue.choices,
  );
}

function readConfigText(path: string, shown: string): string {
  const fail = (message: string): never => {
    throw new UserError('E-CONFIG-FILE', [{ file: shown, message }]);
  };
  const unreadable = (error: unknown): never => fail(`it cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return unreadable(error);
  }
  if (!found) return fail('the file does not exist.');
  if (!found.isFile()) fail('it is not a file.');
  if (found.size > MAX_CONFIG_BYTES) fail(`it has ${found.size} bytes; a config has at most ${MAX_CONFIG_BYTES}.`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return unreadable(error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('it is not UTF-8 text.');
  }
}
