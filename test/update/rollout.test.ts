import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { migrateConfig } from '../../src/core/migrations.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';
import { refusal } from '../unit/helpers.ts';

/** The choice of a rollout: its default, the refusals of targets, and the value for repositories of release 0.3.0. */

let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
});

const aws = { cloud: 'aws', protocols: ['rest', 'lambda'] };
const planned = (values: Readonly<Record<string, unknown>>) =>
  prepare(givenOf({ label: '', values: { name: 'demo', ...values } }), catalogue, 'demo');

describe('the rollout of a new stack', () => {
  it.each([
    [[], 'follow'],
    [['compose'], 'follow'],
    [['ecs-fargate'], 'canary'],
    [['lambda'], 'canary'],
    [['compose', 'ecs-fargate', 'lambda'], 'canary'],
  ])('to %j is %s by default', (target, rollout) => {
    expect(planned({ ...aws, target }).config.choices['rollout']).toBe(rollout);
  });

  it.each([
    ['follow', 'ecs-fargate', 'a task serves the versions that its deployment names'],
    ['follow', 'lambda', 'an instance serves the versions that its function names'],
    ['rolling', 'lambda', 'Lambda replaces no instances'],
    ['blue-green', 'ecs-fargate', 'watch a share of the requests'],
    ['blue-green', 'lambda', 'watch a share of the requests'],
    ['shadow', 'ecs-fargate', 'its load balancer cannot copy requests'],
    ['shadow', 'lambda', 'an alias cannot copy requests'],
    ['ab', 'ecs-fargate', 'an entity would get both versions'],
    ['ab', 'lambda', 'an entity would get both versions'],
  ])('is never %s on %s, and the error gives the reason', (rollout, target, why) => {
    const alone = refusal(() => planned({ ...aws, rollout, target: [target] }));
    const together = refusal(() => planned({ ...aws, rollout, target: ['compose', 'ecs-fargate', target] }));
    for (const { message } of [alone, together]) expect(message).toContain(why);
    expect(alone.hint).toContain('--set rollout=canary');
  });
});

describe('a rollout on one machine', () => {
  it.each(['canary', 'blue-green', 'shadow', 'ab'])(
    'is %s with compose and without a target, by a router',
    (rollout) => {
      for (const target of [[], ['compose']]) {
        const { plan } = planned({ rollout, target });
        const paths = plan.files.map(({ path }) => path);
        expect(paths).toContain('src/demo/router/__main__.py');
        expect(paths).toContain('mk/local-rollout.mk');
      }
    },
  );

  it('is never rolling, because one machine has one instance', () => {
    const { message } = refusal(() => planned({ rollout: 'rolling', target: ['compose'] }));
    expect(message).toContain('only instances can be replaced one after another');
  });

  it('has no router if the target has the rollout itself, or the service follows the registry', () => {
    for (const values of [{ ...aws, target: ['compose', 'ecs-fargate'], rollout: 'canary' }, { rollout: 'follow' }])
      expect(planned(values).plan.files.filter(({ path }) => path.includes('/router/'))).toEqual([]);
  });
});

describe('the migration to the choice of a rollout', () => {
  const rolling = { 'ecs-fargate': { rollout: 'rolling' } };
  it.each([
    [{}, { rollout: 'follow' }],
    [{ target: ['compose'] }, { rollout: 'follow' }],
    [{ target: ['ecs-fargate'] }, { rollout: 'canary' }],
    [{ target: ['compose', 'lambda'] }, { rollout: 'canary' }],
    [{ target: ['compose', 'ecs-fargate'], ...rolling }, { rollout: 'rolling' }],
    [{ target: ['ecs-fargate', 'lambda'], ...rolling }, { rollout: 'canary' }],
    [{ target: ['ecs-fargate'], rollout: 'rolling' }, { rollout: 'rolling' }],
  ])('turns %j into %j', (before, added) => {
    const { 'ecs-fargate': _, ...kept } = before as Record<string, unknown>;
    const after = migrateConfig(before, '0.3.0');
    // The same release made the search of parameters a choice, which an older repository does not have.
    expect(after).toEqual({ hpo: 'none', ...kept, ...added });
    expect(planned({ ...aws, ...after }).config.choices['rollout']).toBe(added.rollout);
  });
});
