import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';

export const ROOT = join(import.meta.dirname, '../..');
export const BIN = join(ROOT, 'dist/bin.js');
export const FIXTURES = join(ROOT, 'test/fixtures');
export const NEEDY = join(FIXTURES, 'needy');
export const CLUSTERED = join(FIXTURES, 'clustered');

/**
 * The tests write ten thousand small files. They use memory if it has room and permits executables, otherwise the disk.
 */
const BASE = process.env['TMPDIR'] ?? (isRoomy('/dev/shm') ? '/dev/shm' : tmpdir());

function isRoomy(dir: string): boolean {
  if (!existsSync(dir)) return false;
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < 1e9) return false;
  const place = mkdtempSync(join(dir, 'mlops-cli-'));
  writeFileSync(join(place, 'try'), '#!/bin/sh\n', { mode: 0o755 });
  const runs = spawnSync(join(place, 'try')).status === 0;
  rmSync(place, { recursive: true, force: true });
  return runs;
}

const made: string[] = [];
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Creates a temporary folder with the given files. It is removed after the tests. */
export function sandbox(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const dir = mkdtempSync(join(BASE, 'mlops-cli-'));
  made.push(dir);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

let home: string | undefined;

/** The environment of a user with a git identity and nothing else that could affect the result. */
export function environment(extra: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  home ??= sandbox({
    '.gitconfig': '[user]\n  name = A Person\n  email = person@example.com\n[init]\n  defaultBranch = main\n',
  });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CEILING_DIRECTORIES: BASE,
    LANG: 'C.UTF-8',
    ...extra,
  };
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export type Run = { readonly code: number | undefined; readonly out: string; readonly err: string };
export type RunOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another user who runs the command. That user needs no access to this checkout. */
  readonly uid?: number;
  readonly input?: string;
  readonly node?: readonly string[];
};

let copied: { readonly program: string; readonly bin: string } | undefined;

/** A copy for the other user, who cannot read a checkout below a private folder such as root's home. */
function commandFor(uid: number): { readonly program: string; readonly bin: string } {
  if (copied) return copied;
  const dir = sandbox();
  cpSync(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
  let program = process.execPath;
  if (spawnSync(program, ['--version'], { uid, gid: uid, cwd: '/' }).status !== 0) {
    program = join(dir, 'node');
    copyFileSync(process.execPath, program);
  }
  // The file modes of a checkout depend on the umask of its owner.
  for (const path of ['', ...readdirSync(dir, { recursive: true, encoding: 'utf8' })])
    chmodSync(join(dir, path), 0o755);
  copied = { program, bin: join(dir, 'dist/bin.js') };
  return copied;
}

/** Runs the built command with closed stdin, as a script would. */
export async function run(args: readonly string[], { cwd, env, uid, input, node = [] }: RunOptions): Promise<Run> {
  const { program, bin } = uid === undefined ? { program: process.execPath, bin: BIN } : commandFor(uid);
  const { exitCode, stdout, stderr } = await execa(program, [...node, bin, ...args], {
    cwd,
    env: environment(env),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  return { code: exitCode, out: stdout, err: stderr };
}

const servers = new Map<string, ChildProcess>();
let last: Promise<unknown> = Promise.resolve();
afterAll(async () => {
  for (const server of servers.values()) if (server.kill()) await once(server, 'exit');
});

type WarmOptions = Pick<RunOptions, 'cwd' | 'env'> & { readonly program?: string };

/**
 * Runs the built command like `run`, but in a process that stays for the next call and loads the command once. It is
 * for tests of what a command does. Tests of the process itself use `run`: its start, its stack, its end.
 */
export function warm(args: readonly string[], { cwd, env, program = BIN }: WarmOptions): Promise<Run> {
  // The command ends its process if it has loaded the code of others.
  if (args.some((word) => /^--modules(=|$)/.test(word))) return run(args, { cwd, env });
  const result = last.then(() => ask(program, { args, cwd, env: environment(env) }));
  last = result.catch(() => {});
  return result;
}

function serverOf(program: string): ChildProcess {
  let server = servers.get(program);
  if (!server) {
    server = fork(join(import.meta.dirname, 'warm-command.mjs'), [program], {
      env: environment(),
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    servers.set(program, server);
  }
  return server;
}

type Request = { readonly args: readonly string[]; readonly cwd: string; readonly env: Record<string, string> };

function ask(program: string, request: Request): Promise<Run> {
  const server = serverOf(program);
  return new Promise((done, fail) => {
    const onExit = (code: number | null, signal: string | null): void => {
      servers.delete(program);
      const why = String(server.stderr?.read() ?? '');
      fail(new Error(`The command ended its process (${code ?? signal}): ${request.args.join(' ')}\n${why}`));
    };
    server.once('exit', onExit);
    server.once('message', (result) => {
      server.off('exit', onExit);
      done(result as Run);
    });
    server.send(request);
  });
}

/** Everything below a folder: path -> kind, mode and content. It excludes `.git`, whose objects contain times. */
export function snapshot(dir: string): Record<string, string> {
  if (!existsSync(dir)) return {};
  const entries = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !/(^|\/)\.git(\/|$)/.test(path),
  );
  return Object.fromEntries(
    entries.sort().map((path) => {
      const stat = lstatSync(join(dir, path));
      const mode = (stat.mode & 0o111) === 0 ? 'file' : 'executable';
      if (stat.isSymbolicLink()) return [path, `link ${readlinkSync(join(dir, path))}`];
      if (stat.isDirectory()) return [path, 'folder'];
      const digest = createHash('sha256')
        .update(readFileSync(join(dir, path)))
        .digest('hex');
      return [path, `${mode} ${digest}`];
    }),
  );
}

/** Only the files of such a listing. */
export const filesOf = (dir: string): string[] =>
  Object.entries(snapshot(dir)).flatMap(([path, what]) => (what === 'folder' ? [] : [path]));
