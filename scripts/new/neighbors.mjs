// The options of a choice, read as text: loading them as modules would take ten times as long.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Options by number of files, the smallest first. */
export function readNeighbors(templates, choice) {
  const choiceText = readFileSync(join(templates, choice, 'choice.ts'), 'utf8');
  const capabilities = /interface Capabilities \{([\s\S]*?)\n {2}\}/.exec(choiceText)?.[1] ?? '';
  // The choice needs code in src/ if its contract names a Python module, or if every model makes the choice for itself.
  const namesCode = /readonly module: string/.test(capabilities) || /per: 'model'/.test(choiceText);
  const neighbors = readdirSync(join(templates, choice))
    .filter((id) => existsSync(join(templates, choice, id, 'module.ts')))
    .map((id) => readNeighbor(join(templates, choice, id), { choice, id }))
    .sort((a, b) => a.files.size - b.files.size || (a.id < b.id ? -1 : 1));
  // If every option has code under the same name, other files import it by that name.
  const names = neighbors.map(({ facts }) => facts.match(/module: '\w+'/)?.[0]);
  const hasFixedName = names.length > 1 && new Set(names).size === 1;
  const code = neighbors.map(({ files }) =>
    [...files.keys()]
      .filter((path) => /^files\/(?:src|pipelines)\//.test(path))
      .map((path) => path.replace(/\.ejs$/, '')),
  );
  const sharesCode = code.length > 1 && code[0].some((path) => code.every((paths) => paths.includes(path)));
  return neighbors.map((neighbor) => ({ ...neighbor, hasFixedName, namesCode: namesCode || sharesCode }));
}

function readNeighbor(dir, about) {
  const files = new Map(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [relative(dir, file).split(sep).join('/'), { content: readFileSync(file), mode: statSync(file).mode }];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const text = files.get('module.ts').content.toString('utf8');
  return {
    ...about,
    files,
    text,
    facts: property(text, 'provides') ?? '{}',
    title: unquote(property(text, 'title')),
    traces: strings(property(text, 'traces')),
  };
}

/** The text of a property of the module, as Biome formats it; undefined if the module does not have it. */
export const property = (text, name) => lines(text, name)?.replace(/^\s+|,$/g, '');

const lines = (text, name) =>
  new RegExp(`^  ${name}:(\\s[\\s\\S]*?)(?=\\n(?: {2}[\\w'/]|\\}\\);))`, 'm').exec(text)?.[1];

/** Replaces a property, or removes it if `value` is undefined. */
export function withProperty(text, name, value) {
  const line = value === undefined ? '' : `  ${name}: ${value},\n`;
  return text.replace(`  ${name}:${lines(text, name)}\n`, () => line);
}

export const quote = (text) => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);
const LITERAL = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;
export const strings = (text = '') => [...text.matchAll(LITERAL)].map((match) => match[1] ?? match[2]);
const unquote = (text) => strings(text).join('');
