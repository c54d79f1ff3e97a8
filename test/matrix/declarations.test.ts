import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import type { AnyContribution, AnyModule } from '../../src/core/contract.ts';
import { DECLARATIONS } from '../support/checks/declarations.ts';
import { Inspector } from '../support/inspect.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/** Shows that each check of declarations can fail: a real module with one deleted or misspelled value. */

let templates: Source;
beforeAll(async () => {
  // Without the folder that they were loaded from, these count as built-in modules.
  templates = { ...(await loadTemplates()), origin: undefined };
});

type Change = (module: AnyModule) => Partial<AnyModule>;
const changed = (id: string, change: Change): Catalogue =>
  createCatalogue({
    ...templates,
    modules: templates.modules.map((entry) =>
      entry.id === id ? { id, module: { ...entry.module, ...change(entry.module) } } : entry,
    ),
  });

/** The problems of the default stack with the option in it. */
function problems(id: string, change: Change): string[] {
  const [choice, option] = id.split('/') as [string, string];
  const catalogue = changed(id, change);
  const inspector = new Inspector(catalogue);
  inspector.inspect(renderCase({ label: id, values: { [choice]: option } }, catalogue, new Contents()));
  return DECLARATIONS.flatMap((check) => inspector.problems(check).map((problem) => `${check}: ${problem}`));
}

const without =
  (isGone: (entry: AnyContribution) => boolean): Change =>
  (module) => ({ contributes: (x) => (module.contributes?.(x) ?? []).filter((entry) => !isGone(entry)) });
const withEntry =
  (entry: AnyContribution): Change =>
  (module) => ({ contributes: (x) => [...(module.contributes?.(x) ?? []), entry] });

describe('an unchanged module', () => {
  it.each(['tracker/mlflow', 'tracker/wandb', 'versioning/none', 'server/fastapi'])('passes: %s', (id) => {
    expect(problems(id, () => ({}))).toEqual([]);
  });
});

describe('the check of owed slots', () => {
  it.each(['docs', 'cost', 'threat', 'diagram-node'])('fails if a tracker contributes nothing to %s', (slot) => {
    const found = problems(
      'tracker/mlflow',
      without((entry) => entry.slot === slot),
    );
    expect(found.join('\n')).toMatch(
      new RegExp(`^owed slots: .*tracker/mlflow has no ${slot}.*each tracker owes`, 'm'),
    );
  });

  it('fails if a tracker declares no leftovers', () => {
    expect(problems('tracker/mlflow', () => ({ leftovers: [] })).join('\n')).toContain(
      'tracker/mlflow has no leftovers, which each tracker owes',
    );
  });

  it('fails if an option without an entry gives no reason', () => {
    expect(problems('versioning/none', () => ({ exempt: {} })).join('\n')).toContain(
      'versioning/none has no threat, which each versioning owes',
    );
  });

  it('fails if an option gives a reason for something that it has', () => {
    expect(problems('tracker/mlflow', () => ({ exempt: { threat: 'it is safe' } })).join('\n')).toContain(
      'tracker/mlflow is exempt from threat, which it has',
    );
  });
});

describe('the check of secrets', () => {
  it('fails if a secret variable has no entry of the slot secret', () => {
    const found = problems(
      'tracker/wandb',
      without(({ slot }) => slot === 'secret'),
    );
    expect(found.join('\n')).toMatch(/^secrets: .*tracker\/wandb has the secret variable WANDB_API_KEY/m);
  });
});

describe('the check of settings', () => {
  it('fails if the config key of a required field is missing', () => {
    const found = problems(
      'tracker/wandb',
      without(({ key }) => key === 'tracking.project'),
    );
    expect(found.join('\n')).toMatch(/^settings: .*sections\/tracking\.py: needs tracking\.project/m);
  });

  it('fails if a config key has no field', () => {
    const found = problems('tracker/mlflow', withEntry({ slot: 'config', key: 'tracking.url', value: 'x' }));
    expect(found.join('\n')).toMatch(/^settings: .*has no field for tracking\.url/m);
  });

  it('fails if no file declares the section of a config key', () => {
    const found = problems('tracker/mlflow', withEntry({ slot: 'config', key: 'acme.url', value: 'x' }));
    expect(found.join('\n')).toMatch(/^settings: .*no file platform\/sections\/acme\.py declares acme\.url/m);
  });
});

describe('the check of addresses', () => {
  it.each([
    'https://example.com/acme',
    'https://docs.acme.example',
    'http://acme.dev',
    'https://localhost:3000',
    'https://<your-tool>.dev',
    'acme.dev',
    '',
  ])('fails if the documentation of a tool is at %j', (docs) => {
    // The catalog itself refuses a module without an address.
    if (docs === '') expect(() => problems('tracker/mlflow', () => ({ docs }))).toThrow('declares no docs');
    else expect(problems('tracker/mlflow', () => ({ docs })).join('\n')).toMatch(/^addresses: .*tracker\/mlflow has/m);
  });
});

describe('the plan', () => {
  it('is refused if a pin names a dependency group that no part defines', () => {
    const pins = { acme: { version: '1.0', checked: '2026-11-21', groups: ['trian'] } };
    expect(() => problems('tracker/mlflow', (module) => ({ pins: { ...module.pins, ...pins } }))).toThrow(
      /tracker\/mlflow pins acme in the dependency group trian, which no part defines/,
    );
  });

  it('is an internal error if the built-in modules contradict one another', () => {
    const entry = { slot: 'gitignore', key: '.env', value: { why: 'another reason' } };
    expect(() => problems('tracker/mlflow', withEntry(entry))).toThrow(/^The built-in modules do not fit together/);
  });
});
