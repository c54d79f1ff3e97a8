import * as z from 'zod';
import { definePart, defineSlot, type PinRow, type SlotEntry } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'python-environment': PythonEnvironment;
  }
  interface Capabilities {
    /** Virtual environments next to the shared one, in the folder `folder`. */
    pythonEnvironments: { readonly folder: string };
  }
}

const FOLDER = 'environments';
const minor = z.string().regex(/^3\.\d+$/, 'is not a version of Python, such as 3.11');

/**
 * A virtual environment for packages that cannot share one with the others. The key is its name. The pins with `venv`
 * of this name are its packages.
 *
 * - `title`: what it contains.
 * - `because`: why the shared environment does not contain it, as a sentence without a capital letter and a period.
 * - `python`: the versions of Python that it supports. They can differ from those of the shared environment.
 * - `groups`: groups of the shared environment whose pins it has, too, because it runs code of this repository.
 * - `extras`: groups of the shared environment that are extras of it, each with its pins. `make setup` installs them; an
 *   image only has those that it needs.
 */
export type PythonEnvironment = {
  title: string;
  because: string;
  python: { atLeast: string; below: string };
  groups?: string[] | undefined;
  extras?: string[] | undefined;
};
export const pythonEnvironment = defineSlot({
  id: 'python-environment',
  meaning:
    'A virtual environment in addition to the shared one, for packages that conflict with it. The key is its name, ' +
    'and pins name it as their `venv`. `python`: the versions of Python that it supports. `groups`, `extras`: groups of ' +
    'the shared environment whose pins it also has, always or as extras.',
  path: `${FOLDER}/{key}/pyproject.toml`,
  schema: z
    .object({
      title: z.string().regex(/^[^\n|"]+$/),
      because: z.string().regex(/^[^\n|"]+$/),
      python: z.object({ atLeast: minor, below: minor }).strict(),
      groups: z.array(z.string()).optional(),
      extras: z.array(z.string()).optional(),
    })
    .strict(),
  sameKey: 'equal',
  owner: 'managed',
  arrange: (entries) => {
    const wrong = entries.find(({ key }) => !/^[a-z][a-z0-9-]*$/.test(key));
    if (wrong) throw new Error(`${wrong.from} gives a virtual environment the name ${wrong.key}`);
    return entries;
  },
  render: ([entry], _project, pins) => pyproject(entry!, pins),
});

function pyproject({ key, value, from }: SlotEntry<PythonEnvironment>, pins: readonly PinRow[]): string {
  const own = pins.filter(({ venv }) => venv === key);
  const names = new Set(own.map(({ name }) => name));
  /** The pins of a group of the shared environment, except for packages of which this one has its own version. */
  const shared = (group: string): PinRow[] =>
    pins.filter(
      (pin) => (pin.kind ?? 'python') === 'python' && !pin.venv && pin.groups?.includes(group) && !names.has(pin.name),
    );
  const groups = (value.groups ?? []).flatMap(shared);
  const direct = [...own, ...groups.filter((pin, index) => groups.indexOf(pin) === index)];
  const extras = (value.extras ?? []).map((extra) => ({
    extra,
    rows: shared(extra).filter((pin) => !direct.includes(pin)),
  }));
  const newest = [...direct, ...extras.flatMap(({ rows }) => rows)]
    .map(({ checked }) => checked)
    .toSorted()
    .at(-1);
  if (own.length === 0 || newest === undefined)
    throw new Error(`${from} defines the virtual environment ${key}, but pins no package in it`);
  const nextDay = new Date(Date.parse(`${newest}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const requirements = (rows: readonly PinRow[]): string[] =>
    rows.flatMap((pin) => {
      const extras = pin.extras?.length ? `[${pin.extras.join(',')}]` : '';
      const marker = pin.marker ? ` ; ${pin.marker}` : '';
      const why = pin.because ? [`    # ${pin.because}`] : [];
      return [...why, `    ${q.toml(`${pin.name}${extras}==${pin.version}${marker}`)},`];
    });
  return [
    `# The virtual environment ${FOLDER}/${key}/.venv, with ${value.title}: ${value.because}.`,
    '# `make setup` creates it from uv.lock in this folder, which you commit.',
    '[project]',
    `name = ${q.toml(`${key}-environment`)}`,
    'version = "0"',
    `requires-python = ">=${value.python.atLeast},<${value.python.below}"`,
    'dependencies = [',
    ...requirements(direct),
    ']',
    ...(extras.length === 0 ? [] : ['', '[project.optional-dependencies]']),
    ...extras.flatMap(({ extra, rows }) => [`${extra} = [`, ...requirements(rows), ']']),
    '',
    '# https://docs.astral.sh/uv/reference/settings/',
    '[tool.uv]',
    '# This folder contains no package.',
    'package = false',
    '# Direct dependencies are exact; this bounds the rest by the day that they were tested together.',
    '# `make bump` moves it, so that newer versions can be locked.',
    `exclude-newer = "${nextDay}T00:00:00Z"`,
    '',
  ].join('\n');
}

/** Virtual environments for tools that cannot share one with the rest of the stack. */
export default definePart({
  onDemand: true,
  slots: [pythonEnvironment.slot],
  reads: ['core.python', 'python-environment'],
  provides: { pythonEnvironments: () => ({ folder: FOLDER }) },
  contributes: () => [
    { slot: 'gitignore', key: `/${FOLDER}/*/.venv/`, value: { why: 'created by Python tools' } },
    { slot: 'dockerignore', key: `${FOLDER}/*/.venv/`, value: { why: 'not part of an image' } },
    {
      slot: 'docs',
      key: 'docs/environments.md',
      value: { title: 'Virtual environments: why there are several, lock, update, remove' },
    },
    {
      slot: 'cost',
      key: 'Additional virtual environments',
      value: {
        here: `some hundred MB in \`${FOLDER}/*/.venv/\`; uv shares files between environments on the same disk`,
        grows: 'once per checkout',
        elsewhere: 'download time of each CI job with an empty cache',
      },
    },
  ],
});
