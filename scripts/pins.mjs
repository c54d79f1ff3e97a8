// `npm run pins` asks the registries for every pinned version, and checks whether pins that can share an environment
// resolve. It needs network access. The clients of the registries (uv, npm, go) use their own addresses, proxies and
// credentials.
// `--only name,name` limits the report to some packages.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { cataloguePlugin } from './catalogue-plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'pins-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');

async function loadPins() {
  const outfile = join(work, 'catalogue.mjs');
  await build({
    stdin: { contents: "export * from 'virtual:catalogue';", resolveDir: root },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // Bundled CommonJS packages call require for built-in modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
    plugins: [cataloguePlugin],
  });
  const { modules, parts } = await import(pathToFileURL(outfile).href);
  const all = [
    ...parts.map(({ id, part }) => ({ id, part, choice: '' })),
    ...modules.flatMap(({ id, module }) => [
      { id, part: module, choice: module.choice },
      ...Object.entries(module.parts ?? {}).map(([name, part]) => ({ id: `${id}#${name}`, part, choice: '' })),
    ]),
  ];
  return all.flatMap(({ id, part, choice }) =>
    Object.entries(part.pins ?? {}).flatMap(([name, pins]) =>
      [pins].flat().map((pin) => ({ kind: 'python', ...pin, name, from: id, choice })),
    ),
  );
}

const run = (command, args, options = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 600_000,
    ...options,
  });
  return { ok: status === 0, missing: error?.code === 'ENOENT', text: `${stdout ?? ''}${stderr ?? ''}` };
};
const lastLines = (text) => text.trim().split('\n').slice(-12).join('\n    ');

const python = (pin) =>
  `${pin.name}${pin.extras?.length ? `[${pin.extras.join(',')}]` : ''}==${pin.version}${pin.marker ? ` ; ${pin.marker}` : ''}`;

/** uv from the PATH, or the pinned version in a temporary environment. */
function findUv(version) {
  if (!run('uv', ['--version']).missing) return 'uv';
  const venv = join(work, 'uv');
  run('python3', ['-m', 'venv', venv]);
  const installed = run(join(venv, 'bin', 'pip'), ['install', '--quiet', `uv==${version}`]);
  if (!installed.ok) throw new Error(`uv cannot be installed: ${lastLines(installed.text)}`);
  return join(venv, 'bin', 'uv');
}

/** Whether uv finds an artifact of exactly this version. The second half of this script checks dependencies. */
function findPython(pin) {
  const requirement = join(work, 'requirement.txt');
  writeFileSync(requirement, `${pin.name}==${pin.version}\n`);
  const python = /python_version < '(3\.\d+)'/.exec(pin.marker ?? '')?.[1] === '3.12' ? '3.11' : '3.13';
  return run(uv, [
    'pip',
    'compile',
    '--quiet',
    '--no-deps',
    '--no-header',
    '--universal',
    '--python-version',
    python,
    requirement,
  ]);
}

/** How to look up each kind of pin. A kind without an entry has no client here and is listed as not checked. */
const LOOKUPS = {
  python: findPython,
  tool: findPython,
  npm: (pin) => run('npm', ['view', `${pin.name}@${pin.version}`, 'version', '--json']),
  go: (pin) => run('go', ['list', '-m', '-json', `${pin.name}@v${pin.version.replace(/^v/, '')}`], { cwd: work }),
};
/**
 * Some tools are not packages of any registry. Only tools that can be Python packages are looked up in the Python
 * index.
 */
const kindOf = (pin) => pin.kind ?? 'python';

function exists(pins) {
  const faults = [];
  const skipped = [];
  const seen = new Map();
  for (const pin of pins) {
    const kind = kindOf(pin);
    const key = `${kind} ${pin.name}==${pin.version}`;
    if (seen.has(key)) continue;
    seen.set(key, pin);
    const found = LOOKUPS[kind]?.(pin);
    if (!found || found.missing) {
      skipped.push(`${key} (${pin.from}): ${found ? 'its client is not installed' : `no client for the kind ${kind}`}`);
      continue;
    }
    if (!found.ok && kind === 'tool')
      skipped.push(`${key} (${pin.from}): the index of Python packages has no such version`);
    else if (!found.ok) faults.push(`${key} (${pin.from}) was not found:\n    ${lastLines(found.text)}`);
  }
  return { faults, skipped, count: seen.size - skipped.length };
}

/**
 * Sets of pins that can share an environment. Each set has the pins of the base parts and one option of each choice.
 * Options of one choice do not occur together unless the user can take several, so each set swaps one option of a base
 * set.
 */
function sets(pins) {
  const pythons = pins.filter((pin) => kindOf(pin) === 'python');
  const venvs = [...new Set(pythons.map((pin) => pin.venv ?? 'main'))].sort();
  return venvs.flatMap((venv) => {
    const own = pythons.filter((pin) => (pin.venv ?? 'main') === venv);
    const choices = [...new Set(own.map((pin) => pin.choice).filter(Boolean))].sort();
    const options = new Map(
      choices.map((choice) => [
        choice,
        [...new Set(own.filter((pin) => pin.choice === choice).map((pin) => pin.from))].sort(),
      ]),
    );
    const longest = Math.max(1, ...[...options.values()].map((list) => list.length));
    // Row n takes the n-th option of every choice, so every option occurs in a set, together with different other
    // options.
    return Array.from({ length: longest }, (_, n) => {
      const chosen = choices.map((choice) => options.get(choice)[n % options.get(choice).length]);
      return {
        name: `${venv}: ${chosen.join(', ') || 'base'}`,
        pins: own.filter((pin) => !pin.choice || chosen.includes(pin.from)),
      };
    });
  });
}

function resolves({ pins }) {
  const project = mkdtempSync(join(work, 'set-'));
  const requirements = [...new Set(pins.map(python))].sort();
  writeFileSync(
    join(project, 'pyproject.toml'),
    `[project]\nname = "pins"\nversion = "0"\nrequires-python = ">=3.11,<3.14"\ndependencies = ${JSON.stringify(requirements, null, 2)}\n`,
  );
  return run(uv, ['lock', '--dry-run', '--project', project]);
}

const all = await loadPins();
const uv = findUv(all.find(({ name, kind }) => name === 'uv' && kind === 'tool').version);
const pins = all.filter((pin) => !only || only.includes(pin.name));
const { faults, skipped, count } = exists(pins);
console.log(`${count} pinned versions exist or were looked for, ${faults.length} were not found`);
if (!only) {
  for (const set of sets(pins)) {
    const { ok, text } = resolves(set);
    console.log(`${ok ? 'resolves' : 'does not resolve'}: ${set.name} (${set.pins.length} pins)`);
    if (!ok) faults.push(`the set ${set.name} does not resolve:\n    ${lastLines(text)}`);
  }
}
for (const line of skipped) console.log(`not checked: ${line}`);
for (const line of faults) console.error(`fault: ${line}`);
process.exitCode = faults.length > 0 ? 1 : 0;
