import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
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
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (request.url === `/${manifest.name}`) {
      const dist = {
        tarball: `http://127.0.0.1:${port}/package.tgz`,
        integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      };
      response.setHeader('content-type', 'application/json').end(
        JSON.stringify({
          name: manifest.name,
          'dist-tags': { latest: manifest.version },
          versions: { [manifest.version]: { ...manifest, devDependencies: undefined, scripts: undefined, dist } },
        }),
      );
    } else if (request.url === '/package.tgz') response.end(tarball);
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const npmrc = join(home, 'registry.npmrc');
  writeFileSync(
    npmrc,
    `registry=http://127.0.0.1:${(server.address() as AddressInfo).port}/\naudit=false\nfund=false\n` +
      'update-notifier=false\n',
  );
  return { packed, npmrc, close: () => void server.close() };
}
