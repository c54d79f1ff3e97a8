import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import type { Config } from '../../src/core/config.ts';
import { readConfig } from '../../src/core/config.ts';
import { type AnyModule, defineModule, definePart } from '../../src/core/contract.ts';
import type { UserError } from '../../src/core/errors.ts';
import { readGiven } from '../../src/core/input.ts';
import { resolveConfig } from '../../src/core/solver.ts';
import { suggestFix, verifyStack } from '../../src/core/suggest-fix.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { plain } from '../support/plain-module.ts';

/**
 * Tests the contract with modules that have no files yet, and with two that had none when the test was written: they
 * type-check, resolve, and are refused with a suggested fix.
 */

const FIXTURES = join(import.meta.dirname, '../fixtures/contract');
const TEMPLATES = join(import.meta.dirname, '../../templates');

/** One plain option for each choice without a fixture. */
const PLAIN = [
  plain('cloud', 'local', { artifactStore: () => ({ scheme: 'file', roots: {} }) }),
  plain('orchestrator', 'none', { pipelineRunner: () => ({ module: 'plain', title: 'Make' }) }),
  plain('tracker', 'files', { trackerClient: () => ({ module: 'files', object: 'Files' }) }),
  plain('protocols', 'rest', { wireProtocol: () => ({ module: 'rest' }) }),
  plain('protocols', 'v2', { wireProtocol: () => ({ module: 'v2' }) }),
  plain('server', 'plain', { inferenceServer: () => ({ pin: 'variable', image: 'own' }) }),
  plain('target', 'compose', { deployment: () => ({ up: 'make up', down: 'make down' }) }),
  plain('ci', 'none', { ciSystem: () => ({ file: '' }) }),
];
const DEFAULTS: Record<string, string | string[]> = {
  cloud: 'local',
  iac: 'none',
  orchestrator: 'none',
  tracker: 'files',
  protocols: ['rest', 'v2'],
  server: 'plain',
  target: ['compose'],
  ci: 'none',
};

let catalogue: Catalogue;

beforeAll(async () => {
  const fixtures = await loadSource(FIXTURES);
  const templates = await loadSource(TEMPLATES);
  const choices = [...fixtures.choices, ...templates.choices]
    .filter((choice) => choice.id in DEFAULTS)
    .map((choice) => ({ ...choice, default: () => DEFAULTS[choice.id]! }));
  const moved = templates.modules.filter(({ id }) => ['tracker/wandb', 'ci/gitlab-ci'].includes(id));
  const source: Source = {
    choices,
    modules: [...fixtures.modules, ...moved, ...PLAIN],
    parts: templates.parts.filter(({ part }) => part.onDemand || 'secretScan' in (part.provides ?? {})),
    files: () => [],
  };
  catalogue = createCatalogue(source);
});

function config(changes: Record<string, string>): Config {
  const flags = Object.entries(changes).map(([key, text]) => ({ key, text, flag: `--set ${key}` }));
  return readConfig(readGiven(undefined, flags, catalogue.choices), catalogue, 'demo').config;
}

const stackIds = (changes: Record<string, string>): string[] =>
  resolveConfig(config(changes), catalogue).stack!.parts.map((part) => part.id);
const broken = (changes: Record<string, string>) => resolveConfig(config(changes), catalogue).broken;

describe('the module contract', () => {
  it('resolves each fixture module if its needs are met', () => {
    expect(stackIds({ orchestrator: 'shuttle' })).toContain('orchestrator/shuttle');
    expect(stackIds({ tracker: 'wandb' })).toContain('tracker/wandb');
    expect(stackIds({ ci: 'gitlab-ci' })).toContain('ci/gitlab-ci');
    expect(stackIds({ cloud: 'aws', iac: 'cdk' })).toContain('iac/cdk');
    expect(stackIds({ cloud: 'aws', target: 'kserve' })).toContain('target/kserve');
  });

  it('adds an on-demand part only if another part needs it, and orders it first', () => {
    expect(stackIds({ cloud: 'aws' })).not.toContain('cloud/aws#eks');
    const ids = stackIds({ cloud: 'aws', target: 'kserve' });
    expect(ids.indexOf('cloud/aws#eks')).toBeGreaterThan(-1);
    expect(ids.indexOf('cloud/aws#eks')).toBeLessThan(ids.indexOf('target/kserve'));
    expect(ids.indexOf('cloud/aws')).toBeLessThan(ids.indexOf('cloud/aws#eks'));
  });

  it('gives a part only the facts that it declared', () => {
    const { stack } = resolveConfig(config({ cloud: 'aws', target: 'kserve', 'aws.region': 'us-east-2' }), catalogue);
    const kserve = stack!.parts.find((part) => part.id === 'target/kserve')!;
    expect(kserve.cap).toEqual({
      kubernetes: { version: '1.35', ingress: 'alb' },
      artifactStore: { scheme: 's3', roots: {} },
      wireProtocol: [{ module: 'rest' }, { module: 'v2' }],
    });
    const eks = stack!.parts.find((part) => part.id === 'cloud/aws#eks')!;
    expect(eks.cap).toEqual({ cloudAccount: { vendor: 'aws', region: 'us-east-2' } });
  });

  it('names both modules and the reason if it refuses a combination', () => {
    expect(broken({ target: 'kserve' })).toEqual([
      {
        kind: 'unmet',
        by: 'target/kserve',
        model: undefined,
        needs: 'kubernetes',
        found: [],
        because: 'an InferenceService is a resource of a cluster',
      },
      {
        kind: 'refused',
        by: 'target/kserve',
        model: undefined,
        needs: 'artifactStore',
        found: ['cloud/local'],
        because: 'the storage initializer of a pod cannot read the files of your machine',
      },
    ]);
    expect(broken({ iac: 'cdk' })).toEqual([
      {
        kind: 'unmet',
        by: 'iac/cdk',
        model: undefined,
        needs: 'cloudAccount',
        found: [],
        because: 'the CDK writes CloudFormation, which only AWS reads',
      },
    ]);
  });

  it.each([
    [{ target: 'kserve' }, ['target'], '--set cloud=aws'],
    [{ target: 'kserve' }, ['cloud'], '--set target=none'],
    [{ iac: 'cdk' }, ['iac'], '--set cloud=aws'],
    [{ iac: 'cdk' }, ['cloud'], '--set iac=none'],
    [{ iac: 'cdk', target: 'kserve' }, ['iac', 'target'], '--set cloud=aws'],
  ])('finds the smallest fix for %j if %j are given explicitly', (changes, explicit, fix) => {
    expect(suggestFix(config(changes), catalogue, new Set(explicit))?.flags).toBe(fix);
  });

  it('reports the reason and the fix in one error, and accepts the fix', () => {
    const given = config({ target: 'kserve' });
    let error: UserError | undefined;
    try {
      verifyStack(given, catalogue, new Set(['target']));
    } catch (caught) {
      error = caught as UserError;
    }
    expect(error).toMatchObject({
      id: 'E-NEED-UNMET',
      exit: 2,
      hint: 'The smallest change that resolves it: --set cloud=aws',
    });
    expect(verifyStack(config({ target: 'kserve', cloud: 'aws' }), catalogue).parts.length).toBeGreaterThan(0);
  });

  it('rejects a read of an undeclared capability at compile time', () => {
    defineModule({
      choice: 'target',
      id: 'nosy',
      title: 'Nosy',
      summary: 'Reads what it did not ask for.',
      docs: 'https://example.com',
      status: 'active',
      needs: { artifactStore: { because: 'it stores' } },
      // @ts-expect-error kubernetes is not among the needs
      provides: { deployment: ({ cap }) => ({ up: cap.kubernetes.version, down: cap.artifactStore.scheme }) },
      traces: [],
    });
  });

  it('rejects a misspelled slot, choice or option, and a wrong value of a slot, at compile time', () => {
    definePart({
      // @ts-expect-error there is no slot gitignroe
      contributes: () => [{ slot: 'gitignroe', key: '.env', value: { why: 'secrets' } }],
    });
    definePart({
      // @ts-expect-error an entry of docs has a title
      contributes: ({ project }) => [{ slot: 'docs', key: project.name, value: { titel: 'Page' } }],
    });
    definePart({
      // @ts-expect-error parts cannot contribute to a slot of the generator
      contributes: () => [{ slot: 'core.python', key: 'a', value: { atLeast: '3', below: '4', because: 'x' } }],
    });
    // @ts-expect-error there is no choice clud
    definePart({ when: { clud: 'aws' } });
    // @ts-expect-error cloud has no option awss
    definePart({ when: { cloud: 'awss' } });
    // @ts-expect-error there is no slot core.chioces
    definePart({ reads: ['core.chioces'] });
    definePart({
      when: { cloud: ['aws', 'local'] },
      reads: ['core.choices', 'docs'],
      contributes: ({ project }) => [{ slot: 'docs', key: project.name, value: { title: 'Page' } }],
    });
  });

  it('finds the id of each built-in option among the typed options', async () => {
    const { modules } = await loadSource(TEMPLATES);
    const undeclared = modules
      .map(({ id }) => id)
      .filter((id) => !readFileSync(join(TEMPLATES, id, 'module.ts'), 'utf8').includes(`'${id}': true;`));
    expect(undeclared).toEqual([]);
  });

  it('lists every shared part in templates/_base/README.md, and says which of them are on demand', async () => {
    const readme = readFileSync(join(TEMPLATES, '_base/README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| \[`([\w-]+)`\]\(\1\/part\.ts\)( \(on demand\))? +\|/gm)].map(
      ([, name, onDemand]) => `_base/${name}${onDemand ?? ''}`,
    );
    const { parts } = await loadSource(TEMPLATES);
    expect(listed.sort()).toEqual(parts.map(({ id, part }) => `${id}${part.onDemand ? ' (on demand)' : ''}`).sort());
  });

  it('names two providers of one capability and a cycle of facts', () => {
    const module = (id: string, extra: Partial<AnyModule>): { id: string; module: AnyModule } => ({
      id: `target/${id}`,
      module: { ...plain('target', id, { deployment: () => ({ up: id, down: id }) }).module, ...extra },
    });
    const extended = createCatalogue({
      choices: catalogue.choices,
      modules: [
        ...PLAIN,
        module('picky', { needs: { wireProtocol: { because: 'it speaks one' } } }),
        module('round', {
          needs: { deployment: { because: 'it copies' } },
          provides: { deployment: ({ cap }: { cap: { deployment: unknown } }) => cap.deployment },
        }),
        module('judged', {
          needs: { deployment: { where: (fact: { up: string }) => fact.up !== '', because: 'it copies' } },
          provides: { deployment: ({ cap }: { cap: { deployment: unknown } }) => cap.deployment },
        }),
      ],
      parts: [],
      files: () => [],
    });
    const at = (changes: Record<string, string>) =>
      resolveConfig(
        {
          ...config({ ...changes, target: 'compose' }),
          choices: { ...config({}).choices, target: [changes['target']!] },
        },
        extended,
      ).broken;
    expect(at({ target: 'picky' })).toMatchObject([
      { kind: 'ambiguous', by: 'target/picky', found: ['protocols/rest', 'protocols/v2'] },
    ]);
    expect(at({ target: 'judged' })).toMatchObject([
      { kind: 'cycle', found: ['target/judged.deployment', 'target/judged.deployment'] },
    ]);
    expect(at({ target: 'round' })).toMatchObject([
      { kind: 'cycle', found: ['target/round.deployment', 'target/round.deployment'] },
    ]);
  });
});
