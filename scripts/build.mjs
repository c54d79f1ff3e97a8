// Bundles the command into lazy chunks, the catalog into a chunk and a file for each option, and the files of each part
// into a compressed JSON file.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { cataloguePlugin, folders, moduleIds } from './catalogue-plugin.mjs';
import { writeTypes } from './types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const templates = join(root, 'templates');

/** The packages that may be bundled. A new one fails the build until a maintainer has reviewed its license and size. */
const ALLOWED = new Set(
  readFileSync(new URL('./bundled-packages.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#')),
);
const LICENSES = /^(MIT|ISC|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|0BSD|CC0-1\.0|BlueOak-1\.0\.0|\(MIT OR CC0-1\.0\))$/;

function storeParts(templateCode) {
  mkdirSync(join(dist, 'parts'), { recursive: true });
  for (const group of folders(templates)) {
    for (const option of folders(join(templates, group))) {
      const place = join(templates, group, option);
      storeFiles(join(place, 'files'), `${group}.${option}`, templateCode);
      if (existsSync(join(place, 'parts')))
        for (const part of folders(join(place, 'parts')))
          storeFiles(join(place, 'parts', part, 'files'), `${group}.${option}.part.${part}`, templateCode);
    }
  }
}

function storeFiles(dir, name, templateCode) {
  if (!existsSync(dir)) return;
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.pyc'),
  );
  const files = entries.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    const bytes = readFileSync(file);
    const text = bytes.toString('utf8');
    const content = bytes.includes(0) || text.includes('\ufffd') ? { base64: bytes.toString('base64') } : { text };
    return {
      path: relative(dir, file).split(sep).join('/'),
      executable: (statSync(file).mode & 0o111) !== 0,
      ...(file.endsWith('.ejs') ? { code: templateCode(text) } : content),
    };
  });
  const json = JSON.stringify(files.sort((a, b) => (a.path < b.path ? -1 : 1)));
  writeFileSync(join(dist, 'parts', `${name}.json.gz`), gzipSync(json, { level: 9 }));
}

function writeLicenses(metafile) {
  const packages = new Map();
  const bundled = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  );
  for (const [input] of bundled) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.set(match[1], join(root, 'node_modules', match[1]));
  }
  const unknown = [...packages.keys()].filter((name) => !ALLOWED.has(name));
  if (unknown.length > 0)
    throw new Error(
      `Packages that are not allowed would be bundled: ${unknown.join(', ')}. Review each one, ` +
        'then add it to scripts/bundled-packages.txt.',
    );
  const texts = [...packages].sort().map(([name, dir]) => {
    const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    if (!LICENSES.test(license))
      throw new Error(`${name} has the license ${license}, which is not allowed in the bundle.`);
    const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
    return (
      `${name} ${version} (${license})\n\n` +
      `${file ? readFileSync(join(dir, file), 'utf8').trim() : 'The package has no license file.'}\n`
    );
  });
  writeFileSync(
    join(root, 'THIRD_PARTY_LICENSES'),
    `The packages below are bundled into create-mlops-stack.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`,
  );
}

rmSync(dist, { recursive: true, force: true });
const ids = moduleIds();
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    bin: 'src/bin.ts',
    api: 'src/api.ts',
    'build-artifacts': 'src/build-artifacts.ts',
    'generators/app/index': 'generators/app/index.ts',
    ...Object.fromEntries(ids.map((id) => [`modules/${id.replace('/', '.')}`, `templates/${id}/module.ts`])),
  },
  // A peer dependency that only Yeoman provides.
  external: ['yeoman-generator'],
  // The other entry point of the package is CommonJS: every start would run each of its files.
  alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
  outdir: 'dist',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: false,
  metafile: true,
  // Bundled CommonJS packages call require for built-in modules.
  banner: {
    js:
      "import { createRequire as __createRequire } from 'node:module'; const require = " +
      '__createRequire(import.meta.url);',
  },
  plugins: [cataloguePlugin],
  logLevel: 'warning',
});
writeLicenses(metafile);
chmodSync(join(dist, 'bin.js'), 0o755);
const { templateCode, writeStatics } = await import(pathToFileURL(join(dist, 'build-artifacts.js')).href);
storeParts(templateCode);
await writeStatics(dist, ids);
rmSync(join(dist, 'build-artifacts.js'));
// The catalog of the benchmark needs no types, so no declaration file is written for it.
if (!process.argv.includes('--no-types')) writeTypes();
