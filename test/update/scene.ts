import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { dirname, join } from 'node:path';
import { compareText } from '../../src/core/compare.ts';
import { deflateObject, type LockEntry, sha256 } from '../../src/core/lock.ts';
import type { Change, Outcome } from '../../src/core/update/types.ts';
import type { FileSystem } from '../../src/fs/file-system.ts';
import type { Basis, OwnFiles } from '../../src/fs/update/transaction.ts';

/**
 * A repository and an update of it that contains every kind of step. A number determines both, so that a child process
 * can create the same ones. `turns`: a file becomes a folder, and a folder a file.
 */
export type Scene = {
  readonly files: ReadonlyMap<string, { readonly content: string; readonly executable?: boolean }>;
  readonly outcome: Pick<Outcome, 'changes' | 'objects' | 'entries'>;
  readonly own: OwnFiles;
  readonly was: Basis;
};

const LOCK = '.mlops-stack/lock.json';
const entryOf = (path: string, content: string): LockEntry => ({
  path,
  source: `s/${path}`,
  sha256: sha256(Buffer.from(content)),
  state: 'managed',
  owner: 'managed',
});

export function sceneOf(count: number, turns = true): Scene {
  const files = new Map<string, { content: string; executable?: boolean }>();
  const changes: Change[] = [];
  const entries: LockEntry[] = [];
  const objects = new Map<string, Uint8Array>();
  const change = (path: string, after: string | undefined, executable = false): void => {
    const before = files.get(path);
    changes.push({
      path,
      ...(before && { before: { content: Buffer.from(before.content), executable: before.executable === true } }),
      ...(after !== undefined && { after: { content: Buffer.from(after), executable } }),
    });
    if (after !== undefined) {
      const entry = entryOf(path, after);
      entries.push(entry);
      objects.set(entry.sha256, Buffer.from(after));
    }
  };
  const add = (path: string, content: string, executable = false): void => {
    files.set(path, { content, executable });
    files.set(`.mlops-stack/base/${sha256(Buffer.from(content))}`, {
      content: Buffer.from(deflateObject(Buffer.from(content))).toString('latin1'),
    });
  };
  for (let i = 0; changes.length < count - 4; i++) {
    const old = `old ${i}\n`.repeat(i + 1);
    const next = `new ${i}\r\n`.repeat(i + 1);
    const kinds: readonly (() => void)[] = [
      () => (add(`src/over${i}.py`, old), change(`src/over${i}.py`, next)),
      () => (add(`gone/deep${i}/a.txt`, old), change(`gone/deep${i}/a.txt`, undefined)),
      () => change(`fresh/deep${i}/b.txt`, next, true),
      () => (
        add(`src/park${i}.py`, old), change(`src/park${i}.py`, undefined), change(`kept/tracker-x/src/park${i}.py`, old)
      ),
      () => (add(`bin/mode${i}.sh`, old), change(`bin/mode${i}.sh`, old, true)),
      () => (add(`bin/both${i}.sh`, old, true), change(`bin/both${i}.sh`, next)),
    ];
    kinds[i % kinds.length]!();
    add(`stays/${i}.txt`, old);
    entries.push(entryOf(`stays/${i}.txt`, old));
  }
  if (turns) {
    add('turn', 'a file\n');
    change('turn', undefined);
    change('turn/inside.txt', 'now a folder\n');
    add('back/in/inside.txt', 'a folder\n');
    change('back/in/inside.txt', undefined);
    change('back', 'now a file\n');
  }
  files.set(LOCK, { content: '{"old": true}\n' });
  files.set('mlops-stack.yaml', { content: 'name: demo # mine\n' });
  files.set('.mlops-stack/schema.json', { content: '{}\n' });
  files.set('mine.txt', { content: 'of nobody else\n' });
  const rank = (one: Change): number => (one.after ? 1 : 0);
  changes.sort((a, b) => rank(a) - rank(b) || compareText(a.path, b.path));
  const was = {
    lock: Buffer.from(files.get(LOCK)!.content),
    config: Buffer.from(files.get('mlops-stack.yaml')!.content),
  };
  return {
    files,
    outcome: { changes, objects, entries },
    own: { lock: '{"new": true}\n', config: 'name: demo # mine\ntracker: wandb\n', schema: '{"new": true}\n' },
    was,
  };
}

export function build(dir: string, { files }: Scene): void {
  for (const [path, { content, executable }] of files) {
    nodeFs.mkdirSync(dirname(join(dir, path)), { recursive: true });
    nodeFs.writeFileSync(join(dir, path), Buffer.from(content, 'latin1'), { mode: executable ? 0o755 : 0o644 });
    // Whole seconds survive a copy. An old date shows which files were written again.
    nodeFs.utimesSync(join(dir, path), 1_700_000_000, 1_700_000_000);
  }
}

/** The content of the repository after the update, computed without the tested code. */
export function expected({ files, outcome, own }: Scene): Record<string, string> {
  const result = new Map(
    [...files]
      .filter(([path]) => !path.startsWith('.mlops-stack/base/'))
      .map(([path, file]) => [path, show(Buffer.from(file.content, 'latin1'), file.executable === true)]),
  );
  for (const { path, after } of outcome.changes) {
    if (after) result.set(path, show(after.content, after.executable));
    else result.delete(path);
  }
  for (const { sha256: hash } of outcome.entries)
    result.set(
      `.mlops-stack/base/${hash}`,
      files.has(`.mlops-stack/base/${hash}`)
        ? show(Buffer.from(files.get(`.mlops-stack/base/${hash}`)!.content, 'latin1'), false)
        : show(deflateObject(outcome.objects.get(hash)!), false),
    );
  result.set(LOCK, show(Buffer.from(own.lock), false));
  result.set('.mlops-stack/schema.json', show(Buffer.from(own.schema), false));
  result.set('mlops-stack.yaml', show(Buffer.from(own.config), false));
  return Object.fromEntries([...result].sort(([a], [b]) => compareText(a, b)));
}

const show = (content: Uint8Array, executable: boolean): string =>
  `${executable ? 'executable' : 'file'} ${createHash('sha256').update(content).digest('hex')}`;

/** Everything below a folder except .git, including folders, and with `dates` the modification times. */
export function look(dir: string, dates = false, prefix = ''): Record<string, string> {
  const result: Record<string, string> = {};
  for (const entry of nodeFs
    .readdirSync(join(dir, prefix), { withFileTypes: true })
    .sort((a, b) => compareText(a.name, b.name))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (path === '.git') continue;
    if (entry.isDirectory()) Object.assign(result, dates && { [path]: 'folder' }, look(dir, dates, path));
    else if (entry.isSymbolicLink()) result[path] = `link ${nodeFs.readlinkSync(join(dir, path))}`;
    else {
      const stats = nodeFs.lstatSync(join(dir, path));
      result[path] =
        `${show(nodeFs.readFileSync(join(dir, path)), (stats.mode & 0o111) !== 0)}${dates ? ` ${stats.mode} ${stats.mtimeMs}` : ''}`;
    }
  }
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => compareText(a, b)));
}

/** Paths of empty folders. The update must not create any. */
export const emptyFolders = (dir: string): string[] =>
  nodeFs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => nodeFs.lstatSync(join(dir, path)).isDirectory() && nodeFs.readdirSync(join(dir, path)).length === 0,
    );

/** All functions of node:fs that change something. */
export const WRITES = [
  'mkdirSync',
  'writeFileSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
  'chmodSync',
  'linkSync',
  'copyFileSync',
] as const;

/**
 * A file system that calls `before` ahead of every write, with the number of the write, starting at 1, and its content.
 */
export function watched(
  before: (n: number, name: (typeof WRITES)[number], args: readonly unknown[]) => void,
  fs: typeof nodeFs = nodeFs,
): FileSystem & { readonly count: () => number } {
  let count = 0;
  return new Proxy(fs, {
    get(target, key) {
      if (key === 'count') return () => count;
      const value: unknown = Reflect.get(target, key);
      if (!(WRITES as readonly string[]).includes(String(key))) return value;
      return (...args: unknown[]) => {
        before(++count, key as (typeof WRITES)[number], args);
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  }) as unknown as FileSystem & { readonly count: () => number };
}

/** Half of a write's content: the state after a process dies during the write. */
export function tear(name: string, args: readonly unknown[], fs: typeof nodeFs = nodeFs): void {
  if (name !== 'writeFileSync') return;
  const content = Buffer.from(args[1] as Uint8Array | string);
  fs.writeFileSync(args[0] as string, content.subarray(0, content.length >> 1), args[2] as nodeFs.WriteFileOptions);
}
