import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { UserError } from '../../src/core/errors.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { Contents, loadTemplates, renderCase, type Stack } from '../support/stacks.ts';

/** A step is described once: test/fixtures/explained contributes `explain`, and no orchestrator names it. */

const FIXTURE = join(import.meta.dirname, '../fixtures/explained');
const templates = await loadTemplates();
const orchestrators = templates.modules.filter(({ module }) => module.choice === 'orchestrator').map(({ id }) => id);
let catalogue: Catalogue;
const contents = new Contents();

/** The default stack with an orchestrator, in the first cloud that supports it. */
function stackWith(id: string): Stack {
  const orchestrator = id.split('/')[1]!;
  for (const { id: cloud } of catalogue.options.get('cloud')!) {
    try {
      return renderCase(
        { label: `${id} in ${cloud}`, values: { name: 'demo', orchestrator, cloud } },
        catalogue,
        contents,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  throw new Error(`${id} fits no cloud`);
}

/** Files of a module by path, without its tests and pages. */
const filesOf = (stack: Stack, id: string): string[] =>
  [...stack.files.values()]
    .filter(({ intent }) => intent?.modules.some((module) => module.split('#')[0] === id))
    .filter(({ path }) => !/^(tests|docs)\//.test(path))
    .map(({ content }) => content.text!);

const text = (stack: Stack, path: string): string => stack.files.get(path)!.content.text!;

describe('a step that one more module contributes', () => {
  beforeAll(async () => {
    catalogue = createCatalogue(templates, await loadSource(FIXTURE));
  });

  it.each(orchestrators)('runs between the steps that it names with %s', (id) => {
    const stack = stackWith(id);
    const runs = filesOf(stack, id).filter((file) => /\bexplain(?![a-z])/.test(file));
    expect(runs.length).toBeGreaterThan(0);
    for (const file of runs) {
      const last = (name: string): number => [...file.matchAll(new RegExp(`\\b${name}(?![a-z])`, 'g'))].at(-1)!.index;
      expect(last('evaluate')).toBeLessThan(last('explain'));
      expect(last('explain')).toBeLessThan(last('register'));
    }
    expect(runs.join()).toMatch(/explanation/);
  });

  it.each(orchestrators)('has its file in the folder of the run, and its row in the page, with %s', (id) => {
    const stack = stackWith(id);
    expect(text(stack, 'src/demo/platform/paths.py')).toContain(
      '    def explanation(self) -> str:\n        """Mean change of the scores by input (JSON)."""\n' +
        '        return self.at("explanation.json")\n',
    );
    expect(text(stack, 'docs/architecture.md')).toContain(
      '| `explain` | How much the scores depend on each input. | `package`, `test.parquet` | `explanation.json` |',
    );
  });

  it('renders files that pass all checks of the matrix', async () => {
    const inspector = new Inspector(catalogue);
    for (const id of orchestrators) inspector.inspect(stackWith(id));
    await inspector.finish();
    // Traces also need stacks without the option.
    const checks = CHECKS.filter((check) => check !== 'traces');
    expect(checks.flatMap((check) => inspector.problems(check))).toEqual([]);
  });
});
