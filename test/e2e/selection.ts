import { createHash } from 'node:crypto';
import { LOCAL } from '../../src/core/config.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { StackPart } from '../../src/core/resolve.ts';

/**
 * Selects the test files of a generated repository that a stack of this run must execute. A test file declares its
 * dependencies (`tests` of its part). Its result is known if an earlier stack executed the same text with the same
 * providers.
 */

export type TestFile = {
  /** Its path in the generated repository. */
  readonly path: string;
  readonly text: string;
  /** Its dependencies; undefined means everything. */
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

/** Stack -> paths of the tests that it executes. `complete` names the stacks that execute all of their tests. */
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
/** Other tests check pages, which contain much text about the rest of the stack. */
const isPage = (path: string): boolean => path.endsWith('.md');

/**
 * The tests of a planned repository and of the proofs of its parts. `rendered` has the content of every file by path,
 * including proofs. All stacks must be planned under one project name, because the name is part of the texts.
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

/** The inputs of a test that a part adds in addition to files: its pins, and its local settings. */
function declared({ id, part }: StackPart, { slots }: Plan): string {
  const settings = (slots.get('config') ?? [])
    .filter(({ from, environment }) => from === id && (environment ?? LOCAL) === LOCAL)
    .map(({ key, value }) => [key, value]);
  return JSON.stringify([part.pins ?? {}, settings]);
}
