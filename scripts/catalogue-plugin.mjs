// Extends esbuild: `virtual:catalogue` exports the declarations of all choices, modules and parts of templates/.
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

function catalogueSource() {
  const imports = [];
  const lists = { choices: [], modules: [], parts: [] };
  const add = (file, list, entry) => {
    if (!existsSync(file)) return;
    const name = `m${imports.length}`;
    imports.push(`import ${name} from ${JSON.stringify(file)};`);
    lists[list].push(entry(name));
  };
  for (const group of folders(templates)) {
    add(join(templates, group, 'choice.ts'), 'choices', (name) => name);
    for (const option of folders(join(templates, group))) {
      const entry = (kind) => (name) => `{ id: ${JSON.stringify(`${group}/${option}`)}, ${kind}: ${name} }`;
      if (group === '_base') add(join(templates, group, option, 'part.ts'), 'parts', entry('part'));
      else add(join(templates, group, option, 'module.ts'), 'modules', entry('module'));
    }
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
