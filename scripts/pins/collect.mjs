// Collects the pins of the templates and of the CI tools, and the sets of Python pins that are installed together.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'test', 'e2e', 'run-plan.ts');
const { catalogue, stacks, pythonProjects } = (await runnerImport(file, { configFile: false, root, logLevel: 'error' }))
  .module;

/** Why a pin without a registry is not checked. */
const REASONS = {
  image: 'this command has no client of image registries',
  action: 'GitHub is no package registry',
  tool: 'the pin names no registry',
};

/** `kind`, `name`, `version`, `from` of every pin; `registry` if its version can be looked up, otherwise `reason`. */
export function collectPins() {
  const declared = catalogue.parts.flatMap(({ id, part }) =>
    Object.entries(part.pins ?? {}).flatMap(([name, pins]) =>
      [pins].flat().map(({ kind = 'python', version, registry }) => {
        const own = kind === 'python' ? `python:${name}` : registry;
        if (!own) return { kind, name, version, from: id, reason: REASONS[kind] };
        const [client, ...path] = own.split(':');
        return { kind, registry: client, name: path.join(':'), version, from: id };
      }),
    ),
  );
  const once = new Map();
  for (const pin of [...declared, ...toolsOfCi()]) {
    const key = `${pin.registry ?? pin.kind} ${pin.name}==${pin.version}`;
    if (!once.has(key)) once.set(key, pin);
  }
  return [...once.values()];
}

/** The exact versions that `scripts/ci-tools.sh` installs. */
function toolsOfCi() {
  const text = readFileSync(join(root, 'scripts', 'ci-tools.sh'), 'utf8');
  const shapes = {
    python: /(?<name>[a-z][\w.-]*)(?:\[[\w,-]+\])?==(?<version>\d[\w.]*)/g,
    // The path of a program can continue below the path of its module.
    go: /(?<name>github\.com\/[\w.-]+\/[\w.-]+)[\w./-]*@v(?<version>\d[\d.]*\d)/g,
    npm: /(?<=\s)(?<name>(?:@[\w-]+\/)?[\w.-]+)@(?<version>\d[\w.-]*)/g,
  };
  return Object.entries(shapes).flatMap(([registry, shape]) =>
    [...text.matchAll(shape)].map(({ groups: { name, version } }) => ({
      kind: 'tool',
      registry,
      name,
      version,
      from: 'scripts/ci-tools.sh',
    })),
  );
}

/**
 * A pyproject.toml for each set of pins that share an environment in a stack of the end-to-end tests -> the names of
 * its environments. Every option occurs in one of these stacks, together with different other options.
 */
export function collectProjects() {
  const projects = new Map();
  for (const stack of stacks)
    for (const [venv, text] of pythonProjects(stack))
      projects.set(text, [...(projects.get(text) ?? []), `${stack.name} (${venv})`]);
  return projects;
}
