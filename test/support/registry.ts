import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';

/** A local registry that serves the tarball as users get it. */
export type Packed = {
  filename: string;
  unpackedSize: number;
  version: string;
  files: { path: string; mode: number }[];
};
export type Registry = { readonly packed: Packed; readonly npmrc: string; readonly close: () => void };

/** A running registry. `asked` collects the paths of its requests. */
type Served = { readonly url: string; readonly asked: string[]; readonly server: Server };

/** Serves one version of one package on a free port of the loopback device. */
export async function serveTarball(
  manifest: { readonly name: string; readonly version: string },
  tarball: Buffer,
): Promise<Served> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === `/${manifest.name}`) {
      const dist = {
        tarball: `${urlOf(server)}${manifest.version}.tgz`,
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      };
      response.setHeader('content-type', 'application/json').end(
        JSON.stringify({
          name: manifest.name,
          'dist-tags': { latest: manifest.version },
          versions: { [manifest.version]: { ...manifest, devDependencies: undefined, scripts: undefined, dist } },
        }),
      );
    } else if (request.url === `/${manifest.version}.tgz`) response.end(tarball);
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: urlOf(server), asked, server };
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

/**
 * Packs `root` into `home` and serves it on a free port of the loopback device. `npmrc` is a user configuration with
 * the address of the registry.
 */
export async function startRegistry(root: string, home: string): Promise<Registry> {
  // Without scripts: prepack would rebuild while other tests use the build.
  const { stdout } = await execa('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: root,
  });
  const packed = Object.values(JSON.parse(stdout) as Packed[] | Record<string, Packed>)[0]!;
  const tarball = readFileSync(join(home, packed.filename));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; version: string };
  const { url, server } = await serveTarball(manifest, tarball);
  const npmrc = join(home, 'registry.npmrc');
  writeFileSync(npmrc, `registry=${url}\naudit=false\nfund=false\nupdate-notifier=false\n`);
  return { packed, npmrc, close: () => void server.close() };
}
