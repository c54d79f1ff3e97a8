// `npm run new -- <choice> <option> [--like <neighbor>] [--to DIR]` makes a module that renders and passes the matrix.
//
// If the contract of the choice requires code (a Python module, or a model for each `framework`), the script copies the
// code of a neighbor and renames it. Otherwise the module gets one example of each thing that it can contribute.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { copyOf } from './new/copy.mjs';
import { readNeighbors } from './new/neighbors.mjs';
import { skeleton } from './new/skeleton.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const USAGE = 'npm run new -- <choice> <option> [--like <neighbor>] [--to DIR]';

function fail(message) {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { like: { type: 'string' }, to: { type: 'string' } } });
  } catch (error) {
    return fail(`${error.message}\nUsage: ${USAGE}`);
  }
}

const {
  positionals: [choice, id, ...rest],
  values: { like, to },
} = readArguments();
if (!choice || !id || rest.length > 0)
  fail(`Give a choice and an id, for example: npm run new -- tracker acme\n${USAGE}`);
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
  fail(
    `The id ${JSON.stringify(id)} must be in lower case, with hyphens between words, such as acme or step-functions.`,
  );
const templates = join(root, 'templates');
if (!existsSync(join(templates, choice, 'choice.ts')))
  fail(`There is no choice ${choice}; its declaration would be templates/${choice}/choice.ts.`);
const target = to === undefined ? templates : resolve(process.env.INIT_CWD ?? process.cwd(), to);
const dir = join(target, choice, id);
if (existsSync(dir)) fail(`${dir} already exists.`);
if (existsSync(join(templates, choice, id)))
  fail(`${choice}/${id} already exists: templates/${choice}/${id}. Give the new module another id.`);

const neighbors = readNeighbors(templates, choice);
if (like !== undefined && !neighbors.some((neighbor) => neighbor.id === like))
  fail(`There is no option ${choice}/${like}. Choose one of ${neighbors.map((neighbor) => neighbor.id).join(', ')}.`);
const request = {
  choice,
  id,
  title: id
    .split('-')
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join(' '),
  contract: to === undefined ? '../../../src/core/contract.ts' : 'create-mlops-stack',
  isOutside: to !== undefined,
};

/**
 * The smallest neighbor that can be copied; with `--like`, only that one. The copy keeps the library of the neighbor if
 * no trace of the neighbor remains, so that the example runs.
 */
function make() {
  if (like === undefined && !neighbors[0].namesCode) {
    const simplest = [...neighbors].sort((a, b) => a.facts.length - b.facts.length)[0];
    return { like: simplest.id, files: skeleton(simplest, request) };
  }
  const problems = [];
  // An option that forwards the code of a shared part is no example of such code.
  const complete = neighbors.filter(({ facts }) => /module: '\w+'/.test(facts));
  const usual = complete.length > 0 ? complete : neighbors;
  const candidates = like === undefined ? usual : neighbors.filter(({ id }) => id === like);
  for (const renamesLibrary of [false, true])
    for (const neighbor of candidates) {
      // A name that is also a word of Python, such as none, cannot be replaced everywhere.
      if (renamesLibrary && /^(?:false|none|true)$/.test(neighbor.id)) continue;
      const { files, problem } = copyOf(neighbor, request, renamesLibrary);
      if (files) return { like: neighbor.id, files, renamesLibrary };
      problems.push(`${choice}/${neighbor.id}: ${problem}`);
    }
  return fail(`No module could be copied.\n${[...new Set(problems)].join('\n')}`);
}

const { files, like: neighbor, renamesLibrary } = make();
for (const [path, { content, mode }] of files) {
  const place = join(dir, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content, { mode });
}
const renamed = renamesLibrary
  ? `\nThe library of ${neighbor} has the name ${id} in it, and is no real one: pin yours.`
  : '';
const folder = to === undefined ? '' : ` --modules ${to}`;
console.log(`Made ${dir} with ${files.size} files, after ${choice}/${neighbor}.${renamed}
Next: replace the example in its files, and the texts, docs URL and pins in module.ts. Then run:
  npm run try -- ${choice}/${id}${folder}`);
