import { describe, expect, it } from 'vitest';
import { prepare } from '../../src/core/generate.ts';
import { givenOf } from '../support/cases.ts';
import { writeEvidence, writeRun } from '../support/evidence.ts';
import { verifyReport } from './report.ts';
import { catalogue, substitutedOf } from './run-plan.ts';
import { type E2eStack, stackWith } from './stack-list.ts';
import { dropEnvironment, hasNamespaces, makeStack, must, offline, readReport } from './support.ts';

/**
 * Every orchestrator with the default tracker, and every tracker with the smallest orchestrator: after `make setup`, a
 * repository runs, checks and tests itself without a network. The stacks of stacks.test.ts have each of these options
 * too, but with many others, and only in some of these pairs. CI has no time for all pairs:
 * `npm run prove -- offline-all` runs them. `-t '<orchestrator> with <tracker>'` selects one.
 */

type Pair = { readonly orchestrator: string; readonly tracker: string };

const idsOf = (choice: keyof Pair): string[] => catalogue.options.get(choice)!.map(({ id }) => id);

const nameOf = ({ orchestrator, tracker }: Pair): string => `offline-${orchestrator}-${tracker}`;
const stackOf = (pair: Pair): E2eStack => stackWith(nameOf(pair), pair, catalogue);

/** The number of files of a repository: the orchestrator that adds the fewest is the smallest. */
function sizeOf({ name, values }: E2eStack): number {
  return prepare(givenOf({ label: name, values: { ...values, name } }), catalogue, name).plan.files.length;
}

const usual = String(catalogue.choices.find(({ id }) => id === 'tracker')!.default({}));
const withUsual = idsOf('orchestrator')
  .map((orchestrator): Pair => ({ orchestrator, tracker: usual }))
  .sort((a, b) => sizeOf(stackOf(a)) - sizeOf(stackOf(b)));
const { orchestrator: smallest } = withUsual[0]!;
const others = idsOf('tracker')
  .filter((tracker) => tracker !== usual)
  .map((tracker): Pair => ({ orchestrator: smallest, tracker }));

it('can run commands in a network namespace', () => expect(hasNamespaces()).toBe(true));

describe('without a network', () => {
  const pairs = [...withUsual, ...others].map(({ orchestrator, tracker }) => [orchestrator, tracker] as const);
  it.each(pairs)('runs, checks and tests %s with %s', (orchestrator, tracker) => {
    const stack = stackOf({ orchestrator, tracker });
    const proved = {
      name: `offline (${orchestrator} with ${tracker})`,
      options: [`orchestrator/${orchestrator}`, `tracker/${tracker}`],
      shared: stack.shared,
    };
    const dir = makeStack(stack.name, stack.values);
    try {
      must(dir, offline('make demo'));
      const [model] = stack.models as [string];
      const report = readReport(dir).models[model]!;
      verifyReport(report, substitutedOf(stack));
      writeRun(proved, report.steps);
      for (const command of ['make check', 'make test']) must(dir, offline(command));
      writeEvidence('tested', proved.name, proved.options, proved.shared);
    } finally {
      dropEnvironment(dir);
    }
  });
});
