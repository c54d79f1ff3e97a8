import { describe, expect, it } from 'vitest';
import { rows, stacks, testsOfValues } from '../e2e/run-plan.ts';

/** What the rows of options claim to have observed in runs: nothing is left out, and each named test exists. */

const observing = [...rows].flatMap(([choice, { observes }]) => (observes ? [{ choice, observes }] : []));
const options = observing.flatMap(({ choice, observes }) =>
  [...rows].flatMap(([id, { observed }]) => (id.startsWith(`${choice}/`) ? [{ id, observes, observed }] : [])),
);

describe.each(options)('the observations of $id', ({ id, observes, observed = {} }) => {
  it('cover each behavior of the choice', () => {
    expect(Object.keys(observed)).toEqual(observes);
  });

  it('name tests that a stack with the option runs', () => {
    const stack = stacks.find((each) => each.options.includes(id))!;
    const texts = new Map(testsOfValues(stack.name, stack.values).tests.map(({ path, text }) => [path, text]));
    for (const [behavior, each] of Object.entries(observed)) {
      if (!('test' in each)) continue;
      const [path, name] = each.test.split('::') as [string, string];
      expect(texts.get(path), `${behavior}: ${path}`).toMatch(new RegExp(`^def ${name}\\(`, 'm'));
    }
  });
});

it('every option of an observed choice has a row with observations', () => {
  for (const { choice } of observing) {
    const known = stacks.flatMap((stack) => stack.options).filter((id) => id.startsWith(`${choice}/`));
    for (const id of known) expect(rows.get(id)?.observed, id).toBeDefined();
  }
});
