import type { AnyModule, SlotEntry } from '../../../src/core/contract.ts';
import type { Stack } from '../stacks.ts';
import type { Fault, StackCheck } from './check.ts';

/**
 * Requirements for the pages of every stack: a page for each tool, a reason for each choice, a complete diagram, and a
 * link to every page.
 */

const INDEX = 'docs/README.md';
const DECISIONS = 'docs/decisions.md';
const ARCHITECTURE = 'docs/architecture.md';

const entries = (stack: Stack, slot: string): readonly SlotEntry[] => stack.plan.slots.get(slot) ?? [];
const modulesOf = (stack: Stack): AnyModule[] => [
  ...new Set(stack.plan.stack.parts.flatMap((node) => (node.module && node.part === node.module ? [node.module] : []))),
];

/** An option with files has a page that describes its use in the repository. */
function toolPages(stack: Stack): Fault[] {
  const pages = new Set(entries(stack, 'docs').map((entry) => entry.from.split('#')[0]));
  return modulesOf(stack)
    .filter((module) => module.home && !pages.has(`${module.choice}/${module.id}`))
    .map((module) => ({ path: '', message: `${module.choice}/${module.id} has files in ${module.home} and no page` }));
}

function decisions(stack: Stack): Fault[] {
  const text = stack.files.get(DECISIONS)?.content.text ?? '';
  return modulesOf(stack).flatMap((module): Fault[] => {
    const id = `${module.choice}/${module.id}`;
    if (!module.why || !module.watch)
      return [{ path: '', message: `${id} does not give the reason for the option and its risks` }];
    return [module.why, module.watch]
      .filter((part) => !text.includes(part))
      .map((part) => ({ path: DECISIONS, message: `${id}: it does not contain ${JSON.stringify(part)}` }));
  });
}

function diagram(stack: Stack): Fault[] {
  const text = stack.files.get(ARCHITECTURE)?.content.text ?? '';
  const nodes = new Set(entries(stack, 'diagram-node').map((entry) => entry.key));
  const edges = [...new Set(entries(stack, 'diagram-edge').map((entry) => entry.key))];
  const touched = new Set(edges.flatMap((edge) => edge.split(' ')));
  return [
    ...[...nodes]
      .filter((node) => !/^[a-z][a-z_]*$/.test(node) || ['end', 'graph', 'default', 'style', 'click'].includes(node))
      .map((node) => `the box ${node} has an id that Mermaid may not take`),
    ...[...nodes]
      .filter((node) => !new RegExp(`^ {4}${node}[[(]`, 'm').test(text))
      .map((node) => `the box ${node} is not drawn`),
    ...[...nodes].filter((node) => !touched.has(node)).map((node) => `no arrow leads to or from ${node}`),
    ...edges
      .filter((edge) => !edge.split(' ').every((end) => nodes.has(end)))
      .map((edge) => `the arrow ${edge} has an end that is no box`),
    ...edges
      .filter(
        (edge) =>
          edge.split(' ').every((end) => nodes.has(end)) &&
          !new RegExp(`^ {2}${edge.replace(' ', ' -\\.?->\\|.*\\| ').replace('-\\.?->', '(?:-->|-\\.->)')}$`, 'm').test(
            text,
          ),
      )
      .map((edge) => `the arrow ${edge} is not drawn`),
  ].map((message) => ({ path: ARCHITECTURE, message }));
}

/** Every page in docs/ is in the index, or in the index of its own folder. The index names only existing pages. */
function index(stack: Stack): Fault[] {
  const named = new Set(entries(stack, 'docs').map((entry) => entry.key));
  const isListed = (path: string): boolean => {
    if (path === INDEX || named.has(path)) return true;
    const own = stack.files.get(path.replace(/[^/]+$/, 'README.md'));
    return own !== undefined && own.path !== INDEX && (own.content.text ?? '').includes(`(${path.split('/').at(-1)}`);
  };
  return [
    ...[...named]
      .filter((page) => !stack.files.has(page))
      .map((page) => ({ path: INDEX, message: `it names ${page}, which does not exist` })),
    ...[...stack.files.keys()]
      .filter((path) => path.startsWith('docs/') && path.endsWith('.md') && !isListed(path))
      .map((path) => ({ path, message: 'no index leads to it' })),
  ];
}

/** The README is short and links to the other pages. */
const README_LINES = 60;
function readme(stack: Stack): Fault[] {
  const lines = (stack.files.get('README.md')?.content.text ?? '').split('\n').length;
  return lines > README_LINES
    ? [{ path: 'README.md', message: `${lines} lines; the limit is ${README_LINES}: move text to docs/` }]
    : [];
}

export const documentationCheck: StackCheck = {
  name: 'documentation',
  find: (stack) => [toolPages, decisions, diagram, index, readme].flatMap((find) => find(stack)),
};
