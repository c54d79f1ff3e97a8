import { createHash } from 'node:crypto';
import { LOCAL } from '../../src/core/config.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { StackPart } from '../../src/core/resolve.ts';

/**
 * Which test files of a generated repository a stack of this run has to execute. A test file says what it depends on
 * (`tests` of its part); its result is known where an earlier stack executed the same text with the same providers.
 */

export type TestFile = {
  /** Its path in the generated repository. */
  readonly path: string;
  readonly text: string;
  /** What it depends on; undefined means everything. */
  readonly varies?: readonly string[];
};
export type StackTests = {
  readonly name: string;
  readonly tests: readonly TestFile[];
  /** Capability -> digest of every part that provides it. */
  readonly providers: ReadonlyMap<string, string>;
  /** Digest of the whole stack. */
  readonly everything: string;
};

/** Stack -> paths of the tests that it executes. `complete` names the stacks that execute all of theirs. */
export function selectTests(
  stacks: readonly StackTests[],
  complete: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const proved = new Set<string>();
  return new Map(
    stacks.map((stack) => {
      const chosen = stack.tests.filter((test) => {
        const key = keyOf(test, stack);
        const isNew = !proved.has(key);
        proved.add(key);
        return isNew || complete.has(stack.name);
      });
      return [stack.name, chosen.map(({ path }) => path)];
    }),
  );
}

function keyOf(test: TestFile, stack: StackTests): string {
  const providers = test.varies?.map((cap) => `${cap}=${stack.providers.get(cap) ?? 'none'}`).sort();
  return digestOf(test.path, test.text, ...(providers ?? [stack.everything]));
}

export const digestOf = (...texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
};

const isTest = (path: string): boolean => /(?:^|\/)test_[^/]*\.py$/.test(path);
/** Pages are checked by tests of their own, and say much about the rest of the stack. */
const isPage = (path: string): boolean => path.endsWith('.md');

/**
 * The tests of a planned repository and of its parts' proofs. `rendered` holds the content of every file, proofs
 * included, by path; all stacks have to be planned under one project name, which is part of the texts.
 */
export function testsOf(name: string, plan: Plan, rendered: ReadonlyMap<string, RenderedFile>): StackTests {
  const byPart = new Map<string, string[]>();
  for (const [path, { content, part }] of rendered)
    if (!isTest(path) && !isPage(path)) byPart.set(part, [...(byPart.get(part) ?? []), path, content]);
  const digests = new Map<StackPart, string>(
    plan.stack.parts.map((node) => [node, digestOf(...(byPart.get(node.id) ?? []), declared(node, plan))]),
  );
  const caps = new Set(plan.stack.parts.flatMap(({ part }) => Object.keys(part.provides ?? {})));
  const providers = new Map(
    [...caps].map((cap): [string, string] => [
      cap,
      digestOf(
        ...plan.stack.parts.filter(({ part }) => cap in (part.provides ?? {})).map((node) => digests.get(node)!),
      ),
    ]),
  );
  const varies = new Map<string, readonly string[]>(
    plan.stack.parts.flatMap(({ part, model }) =>
      Object.entries(part.tests ?? {}).map(([path, each]): [string, readonly string[]] => [
        path.replace('__model__', model?.module ?? '__model__'),
        each.varies,
      ]),
    ),
  );
  const tests = [...rendered]
    .filter(([path]) => isTest(path))
    .map(([path, { content }]): TestFile => ({ path, text: content, varies: varies.get(path) }));
  return { name, tests, providers, everything: digestOf(...digests.values()) };
}

export type RenderedFile = { readonly content: string; readonly part: string };

/** What a part adds besides files that can change a test: its pins, and its settings on the user's own machine. */
function declared({ id, part }: StackPart, { slots }: Plan): string {
  const settings = (slots.get('config') ?? [])
    .filter(({ from, environment }) => from === id && (environment ?? LOCAL) === LOCAL)
    .map(({ key, value }) => [key, value]);
  return JSON.stringify([part.pins ?? {}, settings]);
}
