import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE } from '../../core/config-file.ts';
import { UserError } from '../../core/errors.ts';
import { type FlagValue, type Given, readGiven } from '../../core/input.ts';
import { type Lock, STATE_DIR } from '../../core/lock.ts';
import { migrateConfig } from '../../core/migrations.ts';
import { DEFAULT_NAME } from '../../core/names.ts';
import { readLock } from '../../core/read-lock.ts';
import { type TargetState, targetStateOf } from '../../core/update/target-state.ts';
import { trunkOf } from '../../fs/trunk.ts';
import { findUnfinished } from '../../fs/update/transaction.ts';
import type { CommandContext } from '../context.ts';
import { readInput } from '../read-input.ts';
import type { Merge } from './resolve-merge.ts';

export const LOCK_FILE = `${STATE_DIR}/lock.json`;

/** The repository in the current folder, as its own records describe it. */
export type Repository = {
  readonly dir: string;
  /** The bytes of the lock, or undefined if there is none. */
  readonly raw: Buffer | undefined;
  readonly lock: Lock | undefined;
  /** The text of the config, if it is not the one on disk. */
  readonly config?: string;
  /** The unfinished merge that the update resolves. */
  readonly merge?: Merge;
};

/** Opens the repository in the current folder. Throws if there is none, or if its lock cannot be trusted. */
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
    throw new UserError('E-UNFINISHED', [{ file: dir, message: 'an update of this repository was interrupted.' }]);
  const raw = readState(dir);
  return { dir, raw, lock: raw && readLock(raw.toString('utf8'), version) };
}

/**
 * Throws for a folder without any file of the generator. A repository without its lock still has its config, and the
 * reverse.
 */
export function verifyRepository(dir: string): void {
  const isThere = [CONFIG_FILE, STATE_DIR].some((path) => nodeFs.lstatSync(join(dir, path), { throwIfNoEntry: false }));
  if (!isThere)
    throw new UserError('E-REPOSITORY', [{ file: dir, message: `it holds neither ${CONFIG_FILE} nor ${STATE_DIR}.` }]);
}

/** Reads the lock. A symbolic link in place of it or of its folder is not followed. */
function readState(dir: string): Buffer | undefined {
  for (const path of [STATE_DIR, LOCK_FILE]) {
    const found = nodeFs.lstatSync(join(dir, path), { throwIfNoEntry: false });
    if (!found) return undefined;
    const isRight = path === STATE_DIR ? found.isDirectory() : found.isFile();
    if (isRight) continue;
    const wanted = path === STATE_DIR ? 'not a folder' : 'not a file';
    const what = found.isSymbolicLink() ? 'a symbolic link, and links are not followed' : wanted;
    throw new UserError('E-LOCK', [{ file: path, message: `it is ${what}.` }]);
  }
  return nodeFs.readFileSync(join(dir, LOCK_FILE));
}

/** The bytes of a regular file; undefined for anything else. */
export const readBytes = (file: string): Buffer | undefined =>
  nodeFs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ? nodeFs.readFileSync(file) : undefined;

/**
 * Reads mlops-stack.yaml, migrates it to this version, and applies the flags and `more`. Uses the config of the lock if
 * the file is missing.
 */
export function readTargetState(
  context: CommandContext,
  { dir, lock, config }: Repository,
  more: readonly FlagValue[] = [],
): { target: TargetState; given: Given } {
  const given = readConfigFile(context, { dir, lock, ...(config !== undefined && { config }) }, more);
  return { given, target: targetStateOf(given, lock, context.catalogue, DEFAULT_NAME) };
}

export function readConfigFile(
  context: CommandContext,
  { dir, lock, config }: Pick<Repository, 'dir' | 'lock' | 'config'>,
  more: readonly FlagValue[] = [],
): Given {
  const args = { ...context.args, flags: [...context.args.flags, ...more] };
  const found = nodeFs.lstatSync(join(dir, CONFIG_FILE), { throwIfNoEntry: false });
  if (found?.isSymbolicLink())
    throw new UserError('E-OBSTACLE', [
      { file: CONFIG_FILE, message: 'it is a symbolic link, and links are not followed.' },
    ]);
  const given =
    config === undefined
      ? readInput({ ...context, args }, found ? CONFIG_FILE : undefined)
      : readGiven({ path: CONFIG_FILE, text: config }, args.flags, context.catalogue.choices);
  const values = lock ? migrateConfig(given.values, lock.generator) : given.values;
  return { ...given, values: lock?.config.trunk === undefined ? withTrunk(values, dir) : values };
}

/** An earlier release recorded no trunk: the default is the default branch of the git repository. */
function withTrunk(values: Given['values'], dir: string): Given['values'] {
  const trunk = values['trunk'] === undefined ? trunkOf(dir) : undefined;
  return trunk === undefined ? values : { ...values, trunk };
}
