import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readConfig, selectionOf } from '../../src/core/config.ts';
import { writeConfig } from '../../src/core/config-file.ts';
import { UserError } from '../../src/core/errors.ts';
import { readGiven } from '../../src/core/input.ts';
import { catalogueOf, choice, given, option, refusal } from './helpers.ts';

const catalogue = catalogueOf({
  choices: [
    choice('cloud', { order: 1, default: () => 'local' }),
    choice('store', { order: 2, default: (sofar) => (sofar['cloud'] === 'aws' ? 's3' : 'disk') }),
    choice('target', { order: 3, takes: 'many', default: () => ['compose'] }),
    choice('framework', { order: 4, per: 'model', default: () => 'sklearn' }),
  ],
  modules: [
    option('cloud/local'),
    option('cloud/aws', {
      settings: {
        region: {
          schema: z
            .string()
            .regex(/^[a-z]+-\d$/, 'a region is written like eu-1')
            .default('eu-1'),
          title: 'Region',
          at: 'generation',
        },
        nodes: { schema: z.number().int().default(3), title: 'Nodes', at: 'generation' },
        account: { schema: z.string(), title: 'Account', at: 'run' },
      },
    }),
    option('store/disk'),
    option('store/s3'),
    option('target/compose'),
    option('target/kserve'),
    option('framework/sklearn'),
    option('framework/xgboost'),
  ],
});
const config = (text?: string, flags: Record<string, string> = {}) =>
  readConfig(given(catalogue, text, flags), catalogue, 'demo');
const problems = (text?: string, flags: Record<string, string> = {}) => refusal(() => config(text, flags)).problems;

describe('readConfig', () => {
  it('returns a complete config without any input', () => {
    expect(config()).toEqual({
      config: {
        name: 'demo',
        choices: { cloud: 'local', store: 'disk', target: ['compose'], framework: 'sklearn' },
        models: [{ name: 'churn', choices: {} }],
        environments: ['dev', 'prod'],
        settings: {},
        unmanaged: [],
        trunk: 'main',
      },
      notices: [],
    });
  });

  it('computes a default from earlier choices, and prefers a given value', () => {
    expect(config('cloud: aws\n').config.choices['store']).toBe('s3');
    expect(config('cloud: aws\nstore: disk\n').config.choices['store']).toBe('disk');
  });

  it('lets flags override the file key by key', () => {
    const { config: result } = config('cloud: aws\naws: {region: us-1, nodes: 5}\ntarget: [kserve]\n', {
      'aws.region': 'eu-2',
      target: 'compose,kserve',
      name: 'other',
    });
    expect(result).toMatchObject({
      name: 'other',
      settings: { aws: { region: 'eu-2', nodes: 5 } },
      choices: { target: ['compose', 'kserve'] },
    });
  });

  it.each([
    ['none', []],
    ['', []],
    ['compose', ['compose']],
    ['compose, kserve', ['compose', 'kserve']],
    ['[kserve]', ['kserve']],
    ['compose,compose', ['compose']],
  ])('reads the list %j', (text, list) =>
    expect(config(undefined, { target: text }).config.choices['target']).toEqual(list),
  );

  it('accepts models as names and as mappings, in the file and in a flag', () => {
    const models = [
      { name: 'churn', choices: {} },
      { name: 'fraud', choices: { framework: 'xgboost' } },
    ];
    expect(config('models:\n  - churn\n  - name: fraud\n    framework: xgboost\n').config.models).toEqual(models);
    expect(config(undefined, { models: '[churn, {name: fraud, framework: xgboost}]' }).config.models).toEqual(models);
    expect(config(undefined, { models: 'churn,fraud' }).config.models.map((model) => model.name)).toEqual([
      'churn',
      'fraud',
    ]);
  });

  it('fills in default settings and leaves settings of the run unset', () => {
    const { config: result } = config('cloud: aws\naws: {nodes: 5}\n');
    expect(result.settings).toEqual({ aws: { nodes: 5 } });
    expect(selectionOf(result, catalogue).settings['aws']).toEqual({ region: 'eu-1', nodes: 5, account: null });
  });

  it('keeps the settings of an option that is not chosen and reports a notice', () => {
    const { config: result, notices } = config('cloud: local\naws: {region: eu-9}\n');
    expect(result.settings).toEqual({ aws: { region: 'eu-9' } });
    expect(notices).toEqual(['The settings of aws are kept but have no effect, because aws is not chosen.']);
    expect(writeConfig(result, catalogue)).toContain('aws: { region: eu-9 }');
  });

  it('reads a name as text even if YAML would read a number or a boolean', () => {
    for (const name of ['123', 'true', '{{', '[a]', '']) expect(problems(undefined, { name })[0]!.key).toBe('name');
    expect(config(undefined, { name: 'on' }).config.name).toBe('on');
  });
});

describe('problems of a config', () => {
  it('are reported all at once, each with its line and column', () => {
    const found = problems(
      'clowd: aws\ntarget: [compose, kserv]\nmodels:\n  - Churn\n  - {name: fraud, framework: xgbost}\naws:\n' +
        '  region: here\n  regoin: x\n  nodes: many\n',
    );
    expect(found.map(({ file, line, column, key, nearest }) => [file, line, column, key, nearest])).toEqual([
      ['c.yaml', 1, 8, 'clowd', 'cloud'],
      ['c.yaml', 2, 19, 'target.1', 'kserve'],
      ['c.yaml', 4, 5, 'models.0', 'churn'],
      ['c.yaml', 5, 30, 'models.1.framework', 'xgboost'],
      ['c.yaml', 7, 11, 'aws.region', undefined],
      ['c.yaml', 8, 11, 'aws.regoin', 'region'],
      ['c.yaml', 9, 10, 'aws.nodes', undefined],
    ]);
    expect(found[4]!.message).toBe('aws.region: a region is written like eu-1.');
  });

  it('have no file position if a flag caused them', () => {
    expect(problems('cloud: aws\n', { cloud: 'awss' })[0]).toEqual({
      key: 'cloud',
      value: 'awss',
      nearest: 'aws',
      message: 'cloud has no option "awss"; did you mean aws? It has: aws, local.',
    });
  });

  it('are always reported as a user error, for any input text', () => {
    const words = fc.constantFrom(
      'cloud',
      'aws',
      'target',
      'models',
      'name',
      'region',
      '__proto__',
      'constructor',
      'toString',
      '&a',
      '*a',
      '!!set',
      '<<',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '\n',
      '\n  ',
      '"',
      "'",
      '#',
      '|',
      '>',
      '%',
      '@',
      '\t',
      '?',
      '0x1',
      '~',
      '1e999',
      '\u0085',
      '\u2028',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 20 }).map((list) => list.join('')),
      fc.json({ maxDepth: 4 }),
    );
    const key = fc
      .array(fc.constantFrom('cloud', 'aws', 'target', 'models', 'name', 'x', '0', '__proto__'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((list) => list.join('.'));
    fc.assert(
      fc.property(
        fc.option(text, { nil: undefined }),
        fc.array(fc.tuple(key, text), { maxLength: 3 }),
        (document, flags) => {
          try {
            const read = readGiven(
              document === undefined ? undefined : { path: 'c.yaml', text: document },
              flags.map(([name, value]) => ({ key: name, text: value, flag: `--set ${name}` })),
              catalogue.choices,
            );
            writeConfig(readConfig(read, catalogue, 'demo').config, catalogue, read.document);
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
            JSON.stringify(error.problems);
          }
          return Object.keys(Object.prototype).length === 0;
        },
      ),
      { numRuns: 800, seed: 20261121 },
    );
  });
});

describe('mlops-stack.yaml', () => {
  it('reads back as the config that was written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((word) => !refusesName(word));
    const record = fc.record({
      cloud: fc.constantFrom('local', 'aws'),
      target: fc.subarray(['compose', 'kserve']),
      models: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
      environments: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      unmanaged: fc.array(fc.string({ maxLength: 60 }), { maxLength: 3 }),
      region: fc.constantFrom('eu-1', 'us-2'),
    });
    const setup = record.filter(({ models, environments }) => !models.some((name) => environments.includes(name)));
    fc.assert(
      fc.property(setup, ({ cloud, target, models, environments, unmanaged, region }) => {
        const { config: first } = config(
          JSON.stringify({
            cloud,
            target,
            models: models.map((model, index) => (index % 2 ? { name: model, framework: 'xgboost' } : model)),
            environments,
            unmanaged,
            aws: { region },
          }),
        );
        const text = writeConfig(first, catalogue);
        const again = given(catalogue, text);
        expect(readConfig(again, catalogue, 'x').config).toEqual(first);
        expect(writeConfig(first, catalogue, again.document)).toBe(text);
        expect(parse(text, { version: '1.1' })).toEqual(parse(text));
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });

  it.each([
    ['aws: 3\n', 'aws.region', 'us-1', { region: 'us-1' }],
    ['x: &x {region: eu-1}\naws: *x\n', 'aws.nodes', '4', { region: 'eu-1', nodes: 4 }],
    ['aws: [1]\n', 'aws.region', 'us-1', { region: 'us-1' }],
    ['# nothing yet\n', 'aws.region', 'us-1', { region: 'us-1' }],
  ])('accepts --set below the value of %j', (text, key, value, block) => {
    const read = given(catalogue, text, { [key]: value });
    expect(read.values['aws']).toEqual(block);
    expect((parse(String(read.document)) as { aws: object }).aws).toEqual(block);
  });
});

function refusesName(word: string): boolean {
  try {
    config(`models: [${JSON.stringify(word)}]\n`);
    config(`models: [a-model]\nenvironments: [${JSON.stringify(word)}]\n`);
    return false;
  } catch {
    return true;
  }
}
