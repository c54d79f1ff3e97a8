import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import type { FileSystem } from '../../src/fs/file-system.ts';
import { commitUpdate } from '../../src/fs/update/transaction.ts';
import { sandbox } from '../cli/harness.ts';
import { build, sceneOf } from './scene.ts';

/** A small update with every kind of step, its repository, and a disk that fails. */

export const scene = sceneOf(20);
/** A file that the update replaces. */
export const TARGET = 'src/over0.py';
export const apply = (dir: string, fs: FileSystem = nodeFs, what = scene): readonly string[] =>
  commitUpdate(dir, what.outcome, what.own, what.was, fs);

export function repository(what = scene): string {
  const dir = join(sandbox(), 'repository');
  build(dir, what);
  return dir;
}

export const failure = (code: string): Error => Object.assign(new Error(`${code}: in a test`), { code });
