import { createCatalogue } from '../../src/core/catalogue.ts';
import type { PinRow, PythonRange } from '../../src/core/contract.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { pythonRange } from '../../src/core/slots.ts';
import { givenOf } from '../support/cases.ts';
import { proofCatalogue, renderProofs } from '../support/proofs.ts';
import { loadTemplates } from '../support/stacks.ts';
import { loadRows, type ModuleRow } from './module-row.ts';
import { type RenderedFile, type StackTests, selectTests, testsOf } from './selection.ts';
import { ANCHORS, type E2eStack, stacksOf } from './stack-list.ts';

/** The end-to-end tests of this checkout: stacks, the rows of modules, and tests. */

const source = await loadTemplates();
export const catalogue = createCatalogue(source);
const proofs = proofCatalogue(source);
export const rows: ReadonlyMap<string, ModuleRow> = await loadRows();
export const stacks: readonly E2eStack[] = stacksOf(
  catalogue,
  new Set([...rows].flatMap(([id, { provenBy }]) => (provenBy ? [id] : []))),
);
export const anchors: ReadonlySet<string> = new Set(ANCHORS.map(({ name }) => name));

/** The rows of a stack: those of its options, of their choices, and of shared parts. */
export const rowsOf = ({ options }: E2eStack): readonly ModuleRow[] =>
  [...rows].flatMap(([id, row]) =>
    id.startsWith('_') || options.some((option) => option === id || option.startsWith(`${id}/`)) ? [row] : [],
  );

/** The steps of the demo that a stack runs with a stand-in. */
export const substitutedOf = (stack: E2eStack): readonly string[] =>
  rowsOf(stack).flatMap((row) => row.substituted ?? []);

/**
 * The tests of a stack with these choices. Every stack is planned under the same name, so that equal texts are equal.
 */
export function testsOfValues(name: string, values: Readonly<Record<string, unknown>>): StackTests {
  const { plan } = prepare(givenOf({ label: name, values: { ...values, name: 'demo' } }), catalogue, 'demo');
  const rendered = new Map<string, RenderedFile>();
  for (const [path, { intent, content }] of [...renderPlan(plan), ...renderProofs(plan, proofs)])
    rendered.set(path, { content: Buffer.from(content).toString('latin1'), part: intent.modules[0] ?? '' });
  return testsOf(name, plan, rendered);
}

/** The virtual environments of a stack, and the pins of images with their own list: name -> a pyproject.toml. */
export function pythonProjects({ name, values }: E2eStack): ReadonlyMap<string, string> {
  const { plan } = prepare(givenOf({ label: name, values: { ...values, name: 'demo' } }), catalogue, 'demo');
  const projects = new Map(
    [...renderPlan(plan)].flatMap(([path, { content }]) => {
      const own = /^(?:environments\/([^/]+)\/)?pyproject\.toml$/.exec(path);
      return own ? [[own[1] ?? 'repository', Buffer.from(content).toString('utf8')] as const] : [];
    }),
  );
  const pins = (plan.slots.get('core.pins') ?? []).map(({ value }) => value as PinRow);
  for (const venv of new Set(pins.flatMap((pin) => pin.venv ?? [])))
    if (!projects.has(venv)) {
      const own = pins.filter((pin) => pin.venv === venv);
      projects.set(venv, projectOf(own, pythonRange(plan.stack)!));
    }
  return projects;
}

function projectOf(pins: readonly PinRow[], python: PythonRange): string {
  const requirements = pins.map(({ name, extras, version, marker }) => {
    const extra = extras?.length ? `[${extras.join(',')}]` : '';
    return `${name}${extra}==${version}${marker ? ` ; ${marker}` : ''}`;
  });
  return [
    '[project]',
    'name = "environment"',
    'version = "0"',
    `requires-python = ">=${python.atLeast},<${python.below}"`,
    `dependencies = ${JSON.stringify(requirements)}`,
    '',
  ].join('\n');
}

/** The test files that a stack executes in a run of the stacks in `order`. */
export function testsOfStack(name: string, order: readonly string[]): readonly string[] {
  const planned = order.flatMap((each) => stacks.filter((stack) => stack.name === each));
  return selectTests(
    planned.map((stack) => testsOfValues(stack.name, stack.values)),
    anchors,
  ).get(name)!;
}
