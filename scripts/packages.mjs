// `npm run packages` writes src/core/installed-packages.ts: the Python packages that the stacks of the end-to-end tests
// install, their dependencies included. It resolves each stack for all platforms, and installs the packages without
// their dependencies in a temporary folder to see which modules they have. It needs network access, and minutes the
// first time.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectProjects } from './pins/collect.mjs';

const target = fileURLToPath(new URL('../src/core/installed-packages.ts', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'packages-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const site = join(work, 'site');
const uv = (...args) =>
  execFileSync('uv', args, {
    encoding: 'utf8',
    env: { ...process.env, UV_PYTHON_DOWNLOADS: 'never', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });

/** Names of distributions in the form of PEP 503. */
const distributions = new Set();
const installed = new Set();

/** Resolves a project, notes its packages, and installs those that are new. */
function collect([pyproject, names], index) {
  const project = join(work, String(index));
  mkdirSync(project);
  writeFileSync(join(project, 'pyproject.toml'), pyproject);
  uv('lock', '--quiet', '--project', project);
  const lock = readFileSync(join(project, 'uv.lock'), 'utf8');
  for (const [, name, source] of lock.matchAll(/^\[\[package\]\]\nname = "(.*)"\nversion = .*\nsource = \{ (\w+)/gm))
    if (source === 'registry') distributions.add(name);
  const all = uv(
    ...['export', '--quiet', '--frozen', '--project', project, '--no-hashes', '--no-annotate', '--no-header'],
    ...['--no-emit-project', '--all-groups', '--all-extras'],
  );
  const lines = all.split('\n').filter((line) => /^\w/.test(line));
  const missing = lines.filter((line) => !installed.has(nameOf(line)));
  for (const line of missing) installed.add(nameOf(line));
  if (missing.length > 0) {
    const file = join(project, 'requirements.txt');
    writeFileSync(file, `${missing.join('\n')}\n`);
    uv('pip', 'install', '--quiet', '--no-deps', '--target', site, '--requirements', file);
  }
  console.log(`${names.join(', ')}: ${distributions.size} packages`);
}

const nameOf = (requirement) => /^[\w.-]+/.exec(requirement)[0];
const normal = (name) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

/** Module or namespace at the top level -> the distribution that has it. */
function modulesOf(folder) {
  const script =
    'import importlib.metadata as m, json, sys; sys.path.insert(0, sys.argv[1]); ' +
    'print(json.dumps({k: sorted(set(v))[0] for k, v in m.packages_distributions().items()}))';
  const python = uv('python', 'find', '>=3.11').trim();
  return Object.entries(JSON.parse(execFileSync(python, ['-I', '-S', '-c', script, folder], { encoding: 'utf8' })));
}

[...collectProjects()].forEach(collect);
const entries = new Set([...distributions].map((name) => name.replaceAll('-', '_')));
for (const [module, distribution] of modulesOf(site)) {
  const name = module.toLowerCase();
  // Names of compiled modules have a hash; stubs are never imported; a project cannot have the other names.
  if (/^[a-z][a-z0-9_]*$/.test(name) && !name.endsWith('__mypyc') && !entries.has(name))
    entries.add(`${name}=${normal(distribution)}`);
}

const lines = [''];
for (const entry of [...entries].sort()) {
  const last = lines.at(-1);
  if (last === '') lines[lines.length - 1] = `  ${entry}`;
  else if (last.length + 1 + entry.length > 120) lines.push(`  ${entry}`);
  else lines[lines.length - 1] = `${last} ${entry}`;
}
writeFileSync(
  target,
  `${[
    '/**',
    ' * Python packages that the tools of the catalog install, their dependencies included. `name`: a package, with `_` in',
    ' * place of `-`. `module=package`: a module of a package with another name. `npm run packages` writes this file from',
    ' * the resolved pins of the end-to-end stacks, and the end-to-end tests compare it with their environments.',
    ' */',
    'export const INSTALLED_PACKAGES = `',
    ...lines,
    '`;',
  ].join('\n')}\n`,
);
console.log(`${entries.size} names in ${target}`);
