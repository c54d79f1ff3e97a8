import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { orderOf, type Support } from '../e2e/rows-to-run.ts';
import { anchors, catalogue, rows, stacks, testsOfValues } from '../e2e/run-plan.ts';
import { type StackTests, selectTests } from '../e2e/selection.ts';
import { stacksOf } from '../e2e/stack-list.ts';
import { enlarge } from '../support/large-catalogue.ts';
import { proofCatalogue } from '../support/proofs.ts';
import { loadTemplates } from '../support/stacks.ts';

const stackOf = (name: string, providers: Record<string, string>, everything: string): StackTests => ({
  name,
  tests: [
    { path: 'tests/test_tracker.py', text: 'tracker', varies: ['trackerClient'] },
    { path: 'tests/test_all.py', text: 'all' },
  ],
  providers: new Map(Object.entries(providers)),
  everything,
});
const A = stackOf('a', { trackerClient: 'mlflow' }, 'one');
const B = stackOf('b', { trackerClient: 'mlflow' }, 'two');
const C = stackOf('c', { trackerClient: 'wandb' }, 'two');

describe('the tests that a stack executes', () => {
  it('leave out what an earlier stack executed with the same text and the same providers', () => {
    const chosen = selectTests([A, B, C], new Set());
    expect(Object.fromEntries(chosen)).toEqual({
      a: ['tests/test_tracker.py', 'tests/test_all.py'],
      b: ['tests/test_all.py'],
      c: ['tests/test_tracker.py'],
    });
  });

  it('are all of them in an anchor stack', () => {
    expect(selectTests([A, B], new Set(['b'])).get('b')).toEqual(['tests/test_tracker.py', 'tests/test_all.py']);
  });

  it('include a test whose text differs from that of an earlier stack', () => {
    const changed = { ...B, tests: [{ ...B.tests[0]!, text: 'another' }] };
    expect(selectTests([A, changed], new Set()).get('b')).toEqual(['tests/test_tracker.py']);
  });

  it('are declared for files that the part has', async () => {
    const source = await loadTemplates();
    const proofs = proofCatalogue(source);
    const wrong = catalogue.parts.flatMap(({ id, part }) => {
      const paths = [...catalogue.files(id), ...proofs.files(id)].map(({ path }) => path.replace(/\.ejs$/, ''));
      return Object.keys(part.tests ?? {}).flatMap((path) => (paths.includes(path) ? [] : [`${id}: ${path}`]));
    });
    expect(wrong).toEqual([]);
  });
});

describe('the stacks of the end-to-end tests', () => {
  const options = catalogue.choices.flatMap(({ id }) =>
    catalogue.options.get(id)!.map((option) => `${id}/${option.id}`),
  );

  it('hold every option that no test file of its own proves, the anchors first', () => {
    const missing = options.filter((id) => !stacks.some((stack) => stack.options.includes(id)));
    const proven = missing.flatMap((id) => rows.get(id)?.provenBy ?? []);
    expect(proven.length, missing.join(' ')).toBe(missing.length);
    for (const file of proven) expect(existsSync(`test/e2e/${file}.test.ts`), file).toBe(true);
    expect(stacks.slice(0, 2).map(({ name }) => name)).toEqual([...anchors]);
    expect(stacks.some(({ models }) => models.length > 1)).toBe(true);
  });

  it('are far fewer than the options, and keep their names when options are added', async () => {
    const source = await loadTemplates();
    const larger = stacksOf(createCatalogue(enlarge(source, { tracker: 1, orchestrator: 2, quality: 1 })));
    expect(larger.length).toBeLessThan(stacks.length + 4);
    expect(larger.slice(0, 2).map(({ name }) => name)).toEqual([...anchors]);
    expect(new Set(larger.map(({ name }) => name)).size).toBe(larger.length);
    const lost = stacks.filter(({ name }) => !larger.some((stack) => stack.name === name));
    expect(lost.length).toBeLessThan(stacks.length / 3);
  });
});

/** The content of docs/support.json when every stack has just been proved. */
const proved = (digestOf: (id: string) => string): Support => ({
  options: Object.fromEntries(
    stacks
      .flatMap(({ options }) => options)
      .map((id) => [
        id,
        {
          tested: Object.fromEntries(
            stacks.filter((stack) => stack.options.includes(id)).map(({ name }) => [name, digestOf(id)]),
          ),
        },
      ]),
  ),
});
const before = (id: string): string => `before ${id}`;
/** The order after an edit of these options. */
const orderAfter = (edited: readonly string[], seed = 'a commit') =>
  orderOf(stacks, anchors, proved(before), (id) => (edited.includes(id) ? 'after' : before(id)), seed);

describe('the stacks that a run of CI always proves', () => {
  const others = stacks.filter(({ name }) => !anchors.has(name));

  it('are the two anchors where nothing has changed', () => {
    expect(orderAfter([]).always).toEqual([...anchors]);
  });

  it('are the anchors and the one other stack that has the changed option', () => {
    for (const stack of others) {
      const earlier = stacks.slice(0, stacks.indexOf(stack)).flatMap(({ options }) => options);
      const own = stack.options.find((id) => !earlier.includes(id))!;
      expect(orderAfter([own]).always).toEqual([...anchors, stack.name]);
    }
  });

  it('are all stacks where nothing was proved yet', () => {
    expect(orderOf(stacks, anchors, {}, before, 'a commit')).toEqual({
      always: stacks.map(({ name }) => name),
      ifTime: [],
    });
  });

  it('are followed by the others in an order that depends on the seed, so that each has its turn', () => {
    const first = new Set(Array.from({ length: 40 }, (_, seed) => orderAfter([], String(seed)).ifTime[0]));
    expect([...first].sort()).toEqual(others.map(({ name }) => name).sort());
    expect(orderAfter([], 'x')).toEqual(orderAfter([], 'x'));
  });
});

describe('an edit of a template', () => {
  const order = stacks.map(({ name, values }) => testsOfValues(name, values));
  const last = order.at(-1)!;

  it('makes a stack execute every test that varies with the edited provider', () => {
    const cap = [...last.providers.keys()].find((each) => last.tests.some(({ varies }) => varies?.includes(each)))!;
    const edited = { ...last, providers: new Map([...last.providers, [cap, 'edited']]) };
    const chosen = selectTests([...order.slice(0, -1), edited], anchors).get(last.name)!;
    for (const { path, varies } of last.tests) if (varies?.includes(cap)) expect(chosen).toContain(path);
  });

  it('of a shared file is seen by the first stack that has it, which executes all of its tests', () => {
    const [first] = order;
    expect(selectTests(order, anchors).get(first!.name)).toEqual(first!.tests.map(({ path }) => path));
  });
});
