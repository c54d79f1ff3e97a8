import type { PinRow } from '../../../src/core/contract.ts';
import type { Stack } from '../stacks.ts';
import type { Fault, StackCheck } from './check.ts';
import { lineAt } from './check.ts';

/**
 * The wheel has each role as an extra with its packages, and commands name only extras and groups of `pyproject.toml`.
 * Pins of another virtual environment are in its own file.
 */
export const extrasCheck: StackCheck = {
  name: 'extras',
  find: (stack) => {
    const project = stack.files.get('pyproject.toml');
    if (!project) return [];
    const text = project.content.text!;
    const extras = listsOf(text, 'project.optional-dependencies');
    const groups = listsOf(text, 'dependency-groups');
    const pins = (stack.plan.slots.get('core.pins') ?? []).map(({ value }) => value as PinRow);
    const missing = pins
      .filter((pin) => (pin.kind ?? 'python') === 'python' && !pin.venv)
      .flatMap(({ name, groups: roles = [] }) => roles.map((role) => ({ name, role })))
      .filter(({ name, role }) => !(extras.get(role) ?? groups.get(role) ?? '').includes(`"${name}`))
      .map(({ name, role }): Fault => ({ path: project.path, message: `${role} does not install ${name}` }));
    return [
      ...missing,
      ...missingElsewhere(stack, pins),
      ...[...stack.files.values()].flatMap((file) => unknownNames(file, extras, groups)),
    ];
  },
};

/** Pins of another virtual environment that neither its `pyproject.toml` nor a `requirements.txt` installs. */
function missingElsewhere(stack: Stack, pins: readonly PinRow[]): Fault[] {
  const own = [...stack.files.values()].filter(({ path }) => /(?:^|\/)requirements\.txt$/.test(path));
  return pins.flatMap(({ name, venv, version, extras }) => {
    if (venv === undefined) return [];
    const path = `environments/${venv}/pyproject.toml`;
    const wanted = `${name}${extras?.length ? `[${extras.join(',')}]` : ''}==${version}`;
    const isThere = [stack.files.get(path), ...own].some((file) => file?.content.text?.includes(wanted));
    return isThere ? [] : [{ path, message: `it does not install ${wanted}` }];
  });
}

type Lists = ReadonlyMap<string, string>;

/** The lists of a table: name -> content. */
function listsOf(text: string, table: string): Lists {
  const from = text.indexOf(`\n[${table}]\n`);
  if (from < 0) return new Map();
  const body = text.slice(from + 1).split(/\n\[/)[0]!;
  return new Map([...body.matchAll(/^([\w-]+) = \[\n([\s\S]*?)^\]/gm)].map(([, name, list]) => [name!, list!]));
}

function unknownNames(
  { path, content }: { path: string; content: { text: string | undefined } },
  extras: Lists,
  groups: Lists,
): Fault[] {
  if (content.text === undefined || !content.text.includes('uv')) return [];
  return [...content.text.matchAll(/--(extra|group|only-group|no-group) ([a-z][\w-]*)/g)]
    .filter(([, kind, name]) => !(kind === 'extra' ? extras : groups).has(name!))
    .map((match) => ({
      path,
      message: `line ${lineAt(content.text!, match.index)}: pyproject.toml has no ${match[1]} ${match[2]}`,
    }));
}
