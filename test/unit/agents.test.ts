import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { targetsOf } from '../support/checks/makefiles.ts';
import { Contents, loadTemplates, renderCase, type Stack } from '../support/stacks.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
});

const STACKS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['the default stack', {}],
  ['a stack of nothing but defaults and none', { orchestrator: 'none', quality: 'none', monitoring: [], ci: 'none' }],
  [
    'a stack in AWS with two models',
    { cloud: 'aws', protocols: ['rest', 'lambda'], target: ['lambda'], models: ['churn', 'fraud'] },
  ],
];

/** Code spans of the first or last column of a table. */
const places = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return [cells[1]!, cells.at(-2)!].flatMap((cell) =>
        [...cell.matchAll(/`([^`]+\/[^`]*)`/g)].map(([, path]) => path!),
      );
    });

/** Whether a file or folder of the stack has this path. `*` matches a part of a name. */
function isThere(stack: Stack, path: string): boolean {
  const ignored = (stack.files.get('.gitignore')?.content.text ?? '').split('\n');
  if (ignored.includes(path) || ignored.includes(`/${path}`)) return true;
  const pattern = new RegExp(`^${path.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return [...stack.paths].some((each) => pattern.test(each));
}

describe('AGENTS.md', () => {
  it.each(STACKS)('of %s names only Make targets and paths that the stack has, on one page', (label, values) => {
    const stack = renderCase({ label, values: { name: 'demo', ...values } }, catalogue, new Contents());
    const text = stack.files.get('AGENTS.md')!.content.text!;
    expect(text.split('\n').length).toBeLessThan(80);
    const targets = targetsOf(stack);
    const named = [...text.matchAll(/(?:^|`)make +([a-z][\w-]*)/gm)].map(([, target]) => target!);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((target) => !targets.has(target))).toEqual([]);
    const paths = places(text);
    expect(paths.length).toBeGreaterThan(12);
    expect(paths.filter((path) => !isThere(stack, path))).toEqual([]);
  });
});
