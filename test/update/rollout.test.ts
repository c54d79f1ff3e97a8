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
  ])('is never %s on %s, and the error gives the reason', (rollout, target, why) => {
    const alone = refusal(() => planned({ ...aws, rollout, target: [target] }));
    const together = refusal(() => planned({ ...aws, rollout, target: ['compose', 'ecs-fargate', target] }));
    for (const { message } of [alone, together]) expect(message).toContain(why);
    expect(alone.hint).toContain('--set rollout=canary');
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
    expect(after).toEqual({ ...kept, ...added });
    expect(planned({ ...aws, ...after }).config.choices['rollout']).toBe(added.rollout);
  });
});
