// Copies a neighbor under other names. Two modules must not leave the same traces in a repository, so a copy that still
// contains a trace of the neighbor is refused.
import { posix } from 'node:path';
import { property, quote, strings, withProperty } from './neighbors.mjs';

const snake = (id) => id.replaceAll('-', '_');
const pascal = (id) => id.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const IS_PYTHON = /\.py(?:\.ejs)?$/;
/** The folder of a part inside of a module. */
const PART = /^parts\/[^/]+\//;
const IS_DECLARATION = /^(?:module|parts\/[^/]+\/part)\.ts$/;

/**
 * Returns the `files` of the new module by path, or the `problem` that prevents copying the neighbor. With
 * `renamesLibrary`, the library of the neighbor also gets the name of the new module.
 */
export function copyOf(neighbor, request, renamesLibrary) {
  const foreign = [...neighbor.text.matchAll(/from '(\.[^']+)'/g)].map((match) => match[1]);
  const outside = foreign.find((path) => path.startsWith('../') && !path.endsWith('src/core/contract.ts'));
  if (request.isOutside && outside) return { problem: `it imports ${outside}, which is not part of the package` };
  const files = write(neighbor, request, renamesLibrary);
  const trace = remaining(neighbor, files);
  return trace === undefined ? { files } : { problem: `its trace ${JSON.stringify(trace)} would stay in the copy` };
}

function write(neighbor, request, renamesLibrary) {
  const paths = new Map(
    [...neighbor.files.keys()].map((path) => [path, pathOf(path, neighbor, request, renamesLibrary)]),
  );
  const rename = renamer(neighbor, request, paths, renamesLibrary);
  const files = new Map();
  for (const [path, { content, mode }] of neighbor.files) {
    const copied = content.includes(0) ? content : withSortedImports(rename(content.toString('utf8'), path), path);
    files.set(paths.get(path), { content: copied, mode });
  }
  const isPage = new RegExp(`^files/docs/[\\w-]+/${escaped(request.id)}\\.md(?:\\.ejs)?$`);
  const page = [...files.keys()].find((path) => isPage.test(path));
  if (page) {
    const { content, mode } = files.get(page);
    files.set(page, { content: content.replace(/^# .*$/m, `# ${request.title}`), mode });
  }
  for (const [path, file] of files)
    if (path !== 'module.ts' && IS_DECLARATION.test(path))
      files.set(path, { ...file, content: partText(file.content, neighbor, request) });
  files.set('module.ts', { content: moduleText(files.get('module.ts').content, neighbor, request, page), mode: 0o666 });
  return files;
}

/** A renamed library has another place among the imports. Ruff sorts whole modules by their names, without case. */
function withSortedImports(text, path) {
  if (!/\.py(?:\.ejs)?$/.test(path)) return text;
  return text.replaceAll(/(?:^import [\w.]+(?: as \w+)?\n){2,}/gm, (block) => {
    const nameOf = (line) => line.split(' ')[1].toLowerCase();
    const lines = block.trimEnd().split('\n');
    return `${lines.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).join('\n')}\n`;
  });
}

/** The new path of a neighbor's file. Pages, tests, Makefiles and code that the facts name follow the new id. */
function pathOf(path, neighbor, request, renamesLibrary) {
  const part = PART.exec(path)?.[0] ?? '';
  if (part === '') return ownPathOf(path, neighbor, request, renamesLibrary);
  const own = [...neighbor.files].filter(([other]) => other.startsWith(part));
  const files = new Map(own.map(([other, file]) => [other.slice(part.length), file]));
  return part + ownPathOf(path.slice(part.length), { ...neighbor, files }, request, renamesLibrary);
}

function ownPathOf(path, neighbor, request, renamesLibrary) {
  const { id, files } = neighbor;
  if (!/^(?:files|proofs)\//.test(path)) return path;
  const { dir, base } = posix.parse(path);
  const [stem, ...extensions] = base.split('.');
  const named = (name) => `${dir}/${[name, ...extensions].join('.')}`;
  const siblings = (folder) => [...files.keys()].filter((other) => posix.dirname(other) === folder).length;
  const code = moduleNames(neighbor);
  if (dir === 'files/docs/tools')
    return named(siblings(dir) === 1 || stem === id ? request.id : `${request.id}-${stem}`);
  if (/^files\/docs\/[\w-]+$/.test(dir) && stem === id) return named(request.id);
  if (dir === 'files/mk') return named(siblings(dir) === 1 || stem === id ? request.id : `${request.id}-${stem}`);
  if (/^files\/(?:src|pipelines)(?:\/|$)/.test(dir) && code.includes(stem)) return named(snake(request.id));
  const tested = stem.replace(/^test_/, '');
  if (/^(?:files|proofs)\/tests/.test(dir) && (code.includes(tested) || tested === snake(id)))
    return named(`test_${snake(request.id)}`);
  return renamesLibrary ? spelled(path, neighbor, request, IS_PYTHON.test(path)) : path;
}

/** Names of Python modules that belong to the neighbor. A name that describes a function (`drift`) is kept. */
const moduleNames = ({ id, facts, traces, hasFixedName }) =>
  [...facts.matchAll(/module: '(\w+)'/g)]
    .map((match) => match[1])
    .filter((name) => !hasFixedName && (name === snake(id) || traces.some((trace) => trace.includes(name))));

/** Replaces each spelling of the neighbor's id, and its title. */
function spelled(text, { id, title }, request, isPython = false) {
  const words = id.split('-').map(escaped).join('[-_ ]?');
  const url = `https?://[^\\s'")<>]*${words}[^\\s'")<>]*`;
  const found = new RegExp(`${url}|${escaped(title)}|${words}`, 'gi');
  return text.replace(found, (match, at) => {
    // The neighbor's page does not apply to the new library, and an invented address would be a broken link.
    if (match.startsWith('http')) return 'https://docs.python.org/3/';
    if (match === match.toUpperCase() && /[A-Z]{3}/.test(match)) return snake(request.id).toUpperCase();
    // A title can also be the beginning of the name of a class.
    if (match === title && !/\w/.test(text[at + match.length] ?? '')) return request.title;
    const isJoined = [text[at - 1], text[at + match.length], ...match].includes('_');
    if (/[A-Z]/.test(match))
      return isPython || /[A-Z]/.test(text[at + match.length] ?? '') ? pascal(request.id) : request.title;
    return isPython || isJoined ? snake(request.id) : request.id;
  });
}

/** Replaces the changed names: paths, Python modules, classes, and with `renamesLibrary` every spelling of the id. */
function renamer(neighbor, request, paths, renamesLibrary) {
  const table = new Map();
  const below = (path) =>
    path
      .replace(PART, '')
      .replace(/^(?:files|proofs)\//, '')
      .replace(/\.ejs$/, '');
  for (const [old, now] of paths) {
    if (old === now) continue;
    const [from, to] = [below(old).split('/'), below(now).split('/')];
    table.set(from.slice(-2).join('/'), to.slice(-2).join('/'));
    if (IS_PYTHON.test(old)) {
      const dotted = (steps) => steps.slice(-2).join('.').replace(/\.py$/, '').replace('__package__', '');
      if (from.length > 1) table.set(dotted(from), dotted(to));
    }
  }
  const objects = strings((property(neighbor.text, 'provides') ?? '').match(/object: '\w+'/g)?.join(' '));
  for (const name of objects) {
    const now = name.replace(new RegExp(escaped(pascal(neighbor.id)), 'i'), pascal(request.id));
    if (now !== name) table.set(name, now);
  }
  const names = [...table.keys()].sort((a, b) => b.length - a.length);
  const all = new RegExp(`(?<![\\w-])(?:${names.map(escaped).join('|')})(?![\\w-])`, 'g');
  return (text, path) => {
    const renamed = names.length === 0 ? text : text.replace(all, (match) => table.get(match) ?? match);
    if (!renamesLibrary) return renamed;
    return IS_DECLARATION.test(path)
      ? spelledModule(renamed, neighbor, request)
      : spelled(renamed, neighbor, request, IS_PYTHON.test(path));
  };
}

/** In a declaration, only Python modules and boxes of the diagram are written with underscores. */
const spelledModule = (text, neighbor, request) =>
  text
    .split('\n')
    .map((line, index, all) => {
      const isName = /imports: |module: |python -c|diagram-/.test(line) || /slot: 'diagram-/.test(all[index - 1] ?? '');
      const renamed = spelled(line, neighbor, request, isName);
      return request.id.includes('-') ? renamed.replace(`  ${request.id}: `, `  '${request.id}': `) : renamed;
    })
    .join('\n');

/** The text of a declaration with the new names of Python modules. */
const withModuleNames = (text, neighbor, request) =>
  moduleNames(neighbor).reduce(
    (now, name) =>
      now
        .replaceAll(`module: '${name}'`, `module: '${snake(request.id)}'`)
        .replaceAll(`includes('${name}')`, `includes('${snake(request.id)}')`),
    text,
  );

/** The declaration of a part inside of the module. A new file has not moved, so the comment on `moved` goes, too. */
const partText = (text, neighbor, request) =>
  withProperty(
    withModuleNames(text, neighbor, request).replace(/^(?: {2}\/\/[^\n]*\n)+(?= {2}moved: )/m, ''),
    'moved',
    undefined,
  ).replace(/'(?:\.\.\/)+src\/core\/contract\.ts'/g, (path) => (request.isOutside ? `'${request.contract}'` : path));

function moduleText(text, neighbor, request, page) {
  const named = (name) => {
    const value = property(text, name);
    return value === undefined ? undefined : withModuleNames(value, neighbor, request);
  };
  const path = page?.replace(/^files\//, '').replace(/\.ejs$/, '');
  const set = {
    id: quote(request.id),
    title: quote(request.title),
    summary: quote(`${request.title} as the ${request.choice} of the repository.`),
    why: quote(`${request.title} is what the team knows.`),
    watch: quote(`${request.title} and its client move together: raise both in one change.`),
    needs: named('needs'),
    provides: named('provides'),
    traces: `[${path === undefined ? quote(`[${request.title}](`) : quote(path)}]`,
    moved: undefined,
    removed: undefined,
  };
  const result = Object.entries(set).reduce(
    (now, [name, value]) =>
      property(now, name) === undefined && value === undefined ? now : withProperty(now, name, value),
    text,
  );
  return result
    .replaceAll(`label: ${quote(neighbor.title)}`, `label: ${quote(request.title)}`)
    .replaceAll('../../../src/core/contract.ts', request.contract)
    .replace(/'[\w-]+\/[\w-]+': true;/, `'${request.choice}/${request.id}': true;`);
}

/** The first trace of the neighbor that a repository with the copy would contain. */
function remaining(neighbor, files) {
  return neighbor.traces.find((trace) => {
    // The table of choices writes an option as a title in brackets, and the title is new.
    if (trace.includes(`[${neighbor.title}](`)) return false;
    return [...files].some(([path, { content }]) => path.includes(trace) || content.includes(trace));
  });
}
