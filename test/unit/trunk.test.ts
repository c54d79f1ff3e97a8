import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import { UserError } from '../../src/core/errors.ts';
import { prepare } from '../../src/core/generate.ts';
import { whyBadBranch, whyBadOwner } from '../../src/core/names.ts';
import { renderPlan } from '../../src/core/render.ts';
import { configSchema } from '../../src/core/schema.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';
import { catalogueOf, given, refusal } from './helpers.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
});

/** Names of something else that is called main: Python functions, resources of Terraform, files, HTML, other projects. */
const OTHER_NAMES =
  /__main__|\bmain(?=\(|\.(?:yml|__doc__))|\.main\b|"main"(?= \{)|-main\b|\/blob\/main\/|<\/?main>|\bmain(?= \{ ?padding)|^main(?= \{)|import main$|\bmain thread\b/g;

/** The lines of a file that name the branch `main`. */
const namesMain = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /\bmain\b|CI_DEFAULT_BRANCH|default branch must/.test(line.replace(OTHER_NAMES, '')));

const TEXTS =
  /\.(ya?ml|md|tf|hcl|json|mk|toml|sh|py|cfg|ini|tfvars|txt)$|(^|\/)(Makefile|Dockerfile|CODEOWNERS|\.[\w-]+)$/;

function rendered(values: Readonly<Record<string, unknown>>): Map<string, string> {
  const { plan } = prepare(givenOf({ label: 'demo', values: { name: 'demo', ...values } }), catalogue, 'demo');
  const files = [...renderPlan(plan)].filter(([path]) => TEXTS.test(path));
  return new Map(files.map(([path, { content }]) => [path, Buffer.from(content).toString('utf8')]));
}

/** A stack for each option of each choice with each CI system, and for each number of environments. */
function* stacks(): Generator<Readonly<Record<string, unknown>>> {
  const idsOf = (choice: string): string[] => (catalogue.options.get(choice) ?? []).map(({ id }) => id);
  const clouds = idsOf('cloud');
  for (const [index, ci] of idsOf('ci').entries()) {
    for (const cloud of clouds)
      for (const environments of [['prod'], ['dev', 'prod'], ['dev', 'staging', 'prod']])
        yield { ci, cloud, environments };
    for (const { id, takes } of catalogue.choices.filter(({ id }) => id !== 'ci' && id !== 'cloud'))
      for (const [turn, option] of idsOf(id).entries())
        yield { ci, cloud: clouds[(index + turn) % clouds.length], [id]: takes === 'many' ? [option] : option };
  }
}

function* renderings(trunk: string): Generator<[label: string, files: Map<string, string>]> {
  for (const values of stacks()) {
    try {
      yield [JSON.stringify(values), rendered({ ...values, trunk })];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

const faultsOf = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([path, text]) => namesMain(text).map((line) => `${path}: ${line.trim()}`));

describe('the trunk', () => {
  it('is the only branch that generated files name', () => {
    const faults = new Set<string>();
    const named = new Set<string>();
    let count = 0;
    for (const [, files] of renderings('trunk-x7')) {
      count++;
      for (const fault of faultsOf(files)) faults.add(fault);
      for (const [path, text] of files) if (text.includes('trunk-x7')) named.add(path);
    }
    expect([...faults]).toEqual([]);
    expect(count).toBeGreaterThan(60);
    expect([...named]).toEqual(
      expect.arrayContaining([
        '.github/workflows/infrastructure.yml',
        '.github/workflows/main.yml',
        '.github/workflows/promotion.yml',
        '.github/workflows/schedule.yml',
        '.gitlab-ci.yml',
        'ci/gitlab/main.yml',
        'ci/gitlab/promotion.yml',
        'docs/operations.md',
        'docs/security.md',
      ]),
    );
  });

  it('is found in every file that names it, as the search for another branch shows', () => {
    const expected = new Set<string>();
    const found = new Set<string>();
    for (const ci of ['a', 'b'].map((_, index) => catalogue.options.get('ci')![index]!.id)) {
      const other = rendered({ ci, cloud: 'aws', trunk: 'trunk-x7' });
      for (const [path, text] of other) if (text.includes('trunk-x7')) expected.add(path);
      for (const fault of faultsOf(rendered({ ci, cloud: 'aws', trunk: 'main' }))) found.add(fault.split(': ')[0]!);
    }
    expect([...found].sort()).toEqual([...expected].sort());
    expect(expected.size).toBeGreaterThan(8);
  });

  it.each([
    '    branches: [main]',
    "    if: ${{ github.ref == 'refs/heads/main' }}",
    'values = ["project_path:acme/churn:ref_type:branch:ref:main"]',
    'Push to `main`. The first run creates the first champion.',
    '[![Main](https://example.com/badge.svg?branch=main)](https://example.com)',
    '        args: [--branch, main]',
  ])('is missed where a file names main: %s', (line) => {
    expect(namesMain(`first\n${line}\n`)).toEqual([line]);
  });

  it.each(['main', 'trunk-x7', 'release/2026.1', '1.x', 'a_b', '123'])('can be %s', (name) => {
    const empty = catalogueOf({});
    expect(readConfig(given(empty, undefined, { trunk: name }), empty, 'demo').config.trunk).toBe(name);
    expect(whyBadBranch(name)).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    '-a',
    'a b',
    'a..b',
    'a/',
    '/a',
    'a//b',
    'a.lock',
    'a.',
    'a/.b',
    'HEAD',
    'refs/heads/a',
    "a'b",
    'a*',
    'ä',
    '$(id)',
  ])('cannot be %j', (name) => {
    const empty = catalogueOf({});
    const error = refusal(() => readConfig(given(empty, undefined, { trunk: name }), empty, 'demo'));
    expect(error.id).toBe('E-CONFIG-VALUE');
    expect(error.message).toContain('the trunk cannot be the branch');
  });

  it('must be text in the file', () => {
    const empty = catalogueOf({});
    expect(() => readConfig(given(empty, 'trunk: [main]\n'), empty, 'demo')).toThrow('it is a list, not text');
  });

  it('has a pattern in the schema', () => {
    const { properties } = configSchema(catalogue) as {
      properties: Record<string, { pattern?: string; default?: string }>;
    };
    expect(properties['trunk']).toMatchObject({ default: 'main', pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$' });
  });
});

describe('an owner', () => {
  it.each(['@ada', '@acme/ml-team', '@group/sub.group/team', 'ada@example.com'])('can be %s', (name) => {
    expect(whyBadOwner(name)).toBeUndefined();
  });
  it.each(['ada', '@', '@a b', 'a@b', '# x', '@acme/'])('cannot be %j', (name) => {
    expect(whyBadOwner(name)).toContain('an owner is @user');
  });
  it('is read from a flag without YAML', () => {
    const empty = catalogueOf({});
    const { config } = readConfig(given(empty, undefined, { owners: '@acme/ml, ada@example.com' }), empty, 'demo');
    expect(config.owners).toEqual(['@acme/ml', 'ada@example.com']);
  });
});
