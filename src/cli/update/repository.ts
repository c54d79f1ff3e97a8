import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { UserError } from '../../core/errors.ts';
import type { FlagValue, Given } from '../../core/input.ts';
import { type Lock, STATE_DIR } from '../../core/lock.ts';
import { migrateConfig } from '../../core/migrations.ts';
import { DEFAULT_NAME } from '../../core/names.ts';
import { readLock } from '../../core/read-lock.ts';
import { type TargetState, targetStateOf } from '../../core/update/target-state.ts';
import { findUnfinished } from '../../fs/update/transaction.ts';
import type { CommandContext } from '../context.ts';
import { readInput } from '../read-input.ts';

export const LOCK_FILE = `${STATE_DIR}/lock.json`;

/** The repository in the current folder, as far as its own records tell it. */
export type Repository = {
  readonly dir: string;
  /** The bytes of the lock as they were read; undefined where there is none. */
  readonly raw: Buffer | undefined;
  readonly lock: Lock | undefined;
};

/** Opens the repository in the current folder; refuses where there is none, and a lock that cannot be trusted. */
export function openRepository({ args, terminal, version }: CommandContext): Repository {
  const dir = terminal.cwd;
  if (args.config !== undefined)
    throw new UserError('E-ARGS', [
      {
        key: '--config',
        value: args.config,
        message: `${args.command} reads ${CONFIG_FILE}; --config is for a new repository, and for plan.`,
      },
    ]);
  verifyRepository(dir);
  if (findUnfinished(dir, nodeFs))
    throw new UserError('E-UNFINISHED', [
      { file: dir, message: 'an update of this repository was interrupted half-way.' },
    ]);
  const raw = readState(dir);
  return { dir, raw, lock: raw && readLock(raw.toString('utf8'), version) };
}

/**
 * Refuses a folder that holds nothing of the generator's. A repository that has lost its lock has its config, and the
 * other way round.
 */
export function verifyRepository(dir: string): void {
  const isThere = [CONFIG_FILE, STATE_DIR].some((path) => nodeFs.lstatSync(join(dir, path), { throwIfNoEntry: false }));
  if (!isThere)
    throw new UserError('E-REPOSITORY', [{ file: dir, message: `it holds neither ${CONFIG_FILE} nor ${STATE_DIR}.` }]);
}

/** The lock. A link in its place, or in that of its folder, is not followed. */
function readState(dir: string): Buffer | undefined {
  for (const path of [STATE_DIR, LOCK_FILE]) {
    const found = nodeFs.lstatSync(join(dir, path), { throwIfNoEntry: false });
    if (!found) return undefined;
    const isRight = path === STATE_DIR ? found.isDirectory() : found.isFile();
    if (isRight) continue;
    const wanted = path === STATE_DIR ? 'no folder' : 'no file';
    const what = found.isSymbolicLink() ? 'a symbolic link, and links are not followed' : wanted;
    throw new UserError('E-LOCK', [{ file: path, message: `it is ${what}.` }]);
  }
  return nodeFs.readFileSync(join(dir, LOCK_FILE));
}

/**
 * What mlops-stack.yaml says, carried over to this version, with the flags and `more` over it. Where the file is gone,
 * the lock's config.
 */
export function readTargetState(
  context: CommandContext,
  { dir, lock }: Repository,
  more: readonly FlagValue[] = [],
): { target: TargetState; given: Given } {
  const given = readConfigFile(context, { dir, lock }, more);
  return { given, target: targetStateOf(given, lock, context.catalogue, DEFAULT_NAME) };
}

export function readConfigFile(
  context: CommandContext,
  { dir, lock }: Pick<Repository, 'dir' | 'lock'>,
  more: readonly FlagValue[] = [],
): Given {
  const args = { ...context.args, flags: [...context.args.flags, ...more] };
  const found = nodeFs.lstatSync(join(dir, CONFIG_FILE), { throwIfNoEntry: false });
  if (found?.isSymbolicLink())
    throw new UserError('E-OBSTACLE', [
      { file: CONFIG_FILE, message: 'it is a symbolic link, and links are not followed.' },
    ]);
  const given = readInput({ ...context, args }, found ? CONFIG_FILE : undefined);
  return lock ? { ...given, values: migrateConfig(given.values, lock.generator) } : given;
}
