// Extends esbuild: `virtual:catalogue` exports the declarations of all choices and shared parts of templates/. The
// declaration of an option is an entry point of its own, so that a start loads only those in use.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = join(root, 'templates');

export const folders = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** The ids of all options, such as `tracker/mlflow`. */
export const moduleIds = () =>
  folders(templates)
    .filter((group) => group !== '_base')
    .flatMap((group) => folders(join(templates, group)).map((option) => `${group}/${option}`))
    .filter((id) => existsSync(join(templates, id, 'module.ts')));

function catalogueSource() {
  const imports = [];
  const lists = { choices: [], parts: [] };
  const add = (file, list, entry) => {
    if (!existsSync(file)) return;
    const name = `m${imports.length}`;
    imports.push(`import ${name} from ${JSON.stringify(file)};`);
    lists[list].push(entry(name));
  };
  for (const group of folders(templates)) {
    add(join(templates, group, 'choice.ts'), 'choices', (name) => name);
    if (group !== '_base') continue;
    for (const option of folders(join(templates, group)))
      add(
        join(templates, group, option, 'part.ts'),
        'parts',
        (name) => `{ id: ${JSON.stringify(`${group}/${option}`)}, part: ${name} }`,
      );
  }
  return [
    ...imports,
    ...Object.entries(lists).map(([name, items]) => `export const ${name} = [${items.join(', ')}];`),
  ].join('\n');
}

export const cataloguePlugin = {
  name: 'catalogue',
  setup(context) {
    context.onResolve({ filter: /^virtual:catalogue$/ }, () => ({ path: 'catalogue', namespace: 'virtual' }));
    context.onLoad({ filter: /.*/, namespace: 'virtual' }, () => ({
      contents: catalogueSource(),
      loader: 'js',
      resolveDir: root,
    }));
  },
};
