// Writes dist/types: the declarations of src/api.ts, with the capabilities, slots, choices and options that the modules
// of this package add to them.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const types = join(root, 'dist', 'types');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** A relative path in an import, an `import()` type or a `declare module`. */
const REFERENCE = /\b(from|import|module)(\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\3/g;

const declarations = () =>
  readdirSync(types, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

export function writeTypes() {
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.types.json')], { stdio: 'inherit' });
  const texts = new Map(declarations().map((file) => [file, readFileSync(file, 'utf8')]));
  const place = (file) =>
    `./${relative(types, file)
      .split(sep)
      .join('/')
      .replace(/\.d\.ts$/, '.js')}`;
  const entries = [...texts.keys()].filter((file) => /\/(choice|module|part)\.d\.ts$/.test(file.split(sep).join('/')));
  const api = join(types, 'src', 'api.d.ts');
  const kept = new Set();
  const queue = [api, ...entries];
  for (const file of queue) {
    if (kept.has(file)) continue;
    kept.add(file);
    const [foreign] = texts.get(file).match(/^(?:import|export)\b.*\bfrom ['"][^.'"][^'"]*['"]/m) ?? [];
    // The package has no dependencies, so its types cannot use any. A type that is inferred from a zod schema would.
    if (foreign) throw new Error(`${relative(types, file)} has ${foreign}. Write out the types that it exports.`);
    for (const [, , , , path] of texts.get(file).matchAll(REFERENCE)) queue.push(join(dirname(file), `${path}.d.ts`));
  }
  for (const [file, text] of texts) {
    if (kept.has(file)) writeFileSync(file, text.replace(REFERENCE, '$1$2$3$4.js$3'));
    else rmSync(file);
  }
  const lines = [`export * from '${place(api)}';`, ...entries.sort().map((file) => `import '${place(file)}';`), ''];
  writeFileSync(join(types, 'index.d.ts'), lines.join('\n'));
}
