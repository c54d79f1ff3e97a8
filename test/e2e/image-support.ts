import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasTool, must } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The base of an image takes a minute to build, so it is cached with the other tools. */
const CACHE = join(ROOT, '.tools/image');
const WORK = join(ROOT, '.e2e/image');

export const canBuild = (): boolean =>
  process.getuid?.() === 0 && ['buildah', 'debootstrap', 'unshare', 'setpriv'].every(hasTool);

/** The metadata of an image. */
export type Config = {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
};

export type Running = {
  readonly url: string;
  readonly output: () => string;
  readonly stop: () => Promise<{ code: number | null; seconds: number }>;
};

/**
 * Real builds without a registry. The two base images are replaced: Python by Debian's Python, uv by the same version
 * from the package index.
 */
export class Images {
  private readonly buildah = `buildah --storage-driver vfs --root ${WORK}/store --runroot ${WORK}/run`;
  private readonly mounted = new Map<string, string>();

  constructor() {
    this.drop();
    mkdirSync(WORK, { recursive: true });
  }

  /** Creates the replacements. `uv` is the version in the Dockerfile. */
  makeBases(uv: string): void {
    mkdirSync(CACHE, { recursive: true });
    if (!existsSync(`${CACHE}/base.tar`)) {
      must(
        CACHE,
        `rm -rf base && debootstrap --variant=minbase --include=python3,ca-certificates bookworm base >debootstrap.log 2>&1
        ln -sf /usr/bin/python3 base/usr/local/bin/python && rm -rf base/var/cache/apt/archives/*.deb base/var/lib/apt/lists/*
        tar -C base -cf base.part . && mv base.part base.tar && rm -rf base`,
      );
    }
    if (!existsSync(`${CACHE}/uv-${uv}`)) must(CACHE, `python3 -m pip install --quiet --target uv-${uv} uv==${uv}`);
    mkdirSync(`${WORK}/python`);
    mkdirSync(`${WORK}/uv`);
    // Behind a proxy that re-signs TLS, the build must trust the same certificates as this computer.
    must(
      WORK,
      `ln ${CACHE}/base.tar python/ && cp ${CACHE}/uv-${uv}/bin/uv uv/ && cp ` +
        '/etc/ssl/certs/ca-certificates.crt python/',
    );
    writeFileSync(
      `${WORK}/python/Dockerfile`,
      'FROM scratch\nADD base.tar /\nCOPY ca-certificates.crt /etc/ssl/certs/\n' +
        'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\n',
    );
    writeFileSync(`${WORK}/uv/Dockerfile`, 'FROM scratch\nCOPY uv /uv\n');
    for (const name of ['python', 'uv'])
      must(WORK, `${this.buildah} bud --isolation chroot --quiet --tag localhost/${name} ${name}`);
  }

  /** Builds the Dockerfile at `path` of a repository, changing only its FROM lines. */
  build(dir: string, path: string, tag: string, context: string, options = ''): void {
    const text = readFileSync(join(dir, path), 'utf8');
    const replaced = text
      .replace(/^FROM ghcr\.io\/astral-sh\/uv:\S+/gm, 'FROM localhost/uv')
      .replace(/^FROM python:\S+/gm, 'FROM localhost/python');
    if (/^FROM (?!localhost\/|\$)/m.test(replaced))
      throw new Error(`${path} has a base that is not replaced:\n${replaced.match(/^FROM .*/gm)!.join('\n')}`);
    writeFileSync(`${WORK}/${tag}.Dockerfile`, replaced);
    must(
      dir,
      `${this.buildah} bud --isolation chroot --format docker --file ${WORK}/${tag}.Dockerfile --tag ` +
        `localhost/${tag} ${options} ${context} 2>&1`,
    );
  }

  config(tag: string): Config {
    return (
      JSON.parse(must(WORK, `${this.buildah} inspect --type image localhost/${tag}`)) as { Docker: { config: Config } }
    ).Docker.config;
  }

  /** Size of all layers, unpacked, in bytes. */
  bytes(tag: string): number {
    return Number(must(WORK, `du -s --bytes ${this.root(tag)}`).split('\t')[0]);
  }

  /** Folder with the root file system. */
  root(tag: string): string {
    const known = this.mounted.get(tag);
    if (known) return known;
    const container = must(WORK, `${this.buildah} from --pull-never localhost/${tag}`).trim();
    const folder = must(WORK, `${this.buildah} mount ${container}`).trim();
    this.mounted.set(tag, folder);
    return folder;
  }

  private command(
    tag: string,
    models: string,
    env: Readonly<Record<string, string>>,
    command: readonly string[],
    user?: string,
  ): string[] {
    const { User, Env, WorkingDir } = this.config(tag);
    const variables = [...Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    return [
      join(import.meta.dirname, 'run-image.sh'),
      this.root(tag),
      user ?? User,
      WorkingDir,
      models,
      ...variables,
      '--',
      ...command,
    ];
  }

  /** Runs one command in the image as its user. */
  run(
    tag: string,
    command: readonly string[],
    { env = {}, models = WORK, user }: { env?: Readonly<Record<string, string>>; models?: string; user?: string } = {},
  ): { code: number; output: string } {
    const done = spawnSync('bash', this.command(tag, models, env, command, user), {
      encoding: 'utf8',
      timeout: 120_000,
    });
    return { code: done.status ?? 128, output: done.stdout + done.stderr };
  }

  /** Starts the default command of the image, or `command`, and waits until `path` returns 200. */
  async start(
    tag: string,
    port: number,
    path: string,
    models: string,
    env: Readonly<Record<string, string>>,
    command?: readonly string[],
  ): Promise<Running> {
    const { Entrypoint = [], Cmd } = this.config(tag);
    const child: ChildProcess = spawn(
      'bash',
      this.command(tag, models, env, command ?? [...(Entrypoint ?? []), ...Cmd]),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (piece: Buffer) => (text += piece.toString()));
    let ended = false;
    const end = new Promise<number | null>((resolve) =>
      child.once('exit', (code, signal) => ((ended = true), resolve(signal === 'SIGTERM' ? 143 : code))),
    );
    const url = `http://127.0.0.1:${port}`;
    // Signals the first process of the container. A signal to its parent would leave it running, because a change of
    // user detaches it.
    const signal = (name: 'SIGTERM' | 'SIGKILL') => {
      const children = `/proc/${child.pid}/task/${child.pid}/children`;
      for (const pid of ended || !existsSync(children)
        ? []
        : readFileSync(children, 'utf8').trim().split(/\s+/).filter(Boolean))
        process.kill(Number(pid), name);
    };
    for (let tries = 0; ; tries += 1) {
      if (ended || tries > 300) {
        signal('SIGKILL');
        throw new Error(`${tag} is not ready at ${url}${path}:\n${text.slice(-4000)}`);
      }
      if (
        await fetch(url + path).then(
          (answer) => answer.status === 200,
          () => false,
        )
      )
        break;
      await sleep(200);
    }
    const stop = async () => {
      const from = performance.now();
      signal('SIGTERM');
      const code = await Promise.race([end, sleep(15_000).then(() => (signal('SIGKILL'), null))]);
      return { code, seconds: (performance.now() - from) / 1000 };
    };
    return { url, output: () => text, stop };
  }

  /** Removes containers, images and their store. */
  drop(): void {
    if (!existsSync(WORK)) return;
    spawnSync('bash', ['-c', `${this.buildah} rm --all; ${this.buildah} rmi --all --force`]);
    rmSync(WORK, { recursive: true, force: true });
  }
}
