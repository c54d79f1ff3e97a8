// A build of this package with a larger catalog: it contains copies of each option under other names.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './processes.mjs';

const SOURCES = ['src', 'generators', 'scripts', 'templates', 'package.json', 'tsconfig.json'];
const folders = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/** Builds a catalog in `dir` in which each option occurs `times` times. Returns the command of that build. */
export function largeCatalogue(root, dir, times) {
  mkdirSync(dir);
  for (const name of SOURCES) cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const templates = join(dir, 'templates');
  for (const choice of folders(templates).filter((name) => !name.startsWith('_')))
    for (const option of folders(join(templates, choice)))
      if (existsSync(join(templates, choice, option, 'module.ts')))
        for (let n = 1; n < times; n++) clone(join(root, 'templates', choice), join(templates, choice), option, n);
  must('node', [join(dir, 'scripts/build.mjs'), '--no-types']);
  return join(dir, 'dist/bin.js');
}

/**
 * Copies an option. The option and the slots that it defines get new names, because both must be unique in a catalog.
 */
function clone(from, to, option, n) {
  const copy = join(to, `${option}-${n}`);
  cpSync(join(from, option), copy, { recursive: true });
  renameSync(join(copy, 'module.ts'), join(copy, 'original.ts'));
  writeFileSync(
    join(copy, 'module.ts'),
    `import module from './original.ts';
const slotsOf = (part) => part.slots?.map((slot) => ({ ...slot, id: slot.id + '-${n}' }));
const parts = Object.entries(module.parts ?? {}).map(([name, part]) => [name, { ...part, slots: slotsOf(part) }]);
export default { ...module, id: '${option}-${n}', slots: slotsOf(module), parts: Object.fromEntries(parts) };
`,
  );
}
