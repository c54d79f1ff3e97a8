import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';

type Workflow = {
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, { readonly concurrency?: { readonly group: string }; readonly if?: string }>>;
};

it.each(['local', 'aws'])('a promotion that waits for approval never delays a rollback: %s', async (cloud) => {
  const catalogue = createCatalogue(await loadTemplates());
  const values = { name: 'demo', cloud, environments: ['dev', 'staging', 'prod'] };
  const { plan } = prepare(givenOf({ label: 'demo', values }), catalogue, 'demo');
  const { content } = renderPlan(plan).get('.github/workflows/promotion.yml')!;
  const workflow = parse(Buffer.from(content).toString('utf8')) as Workflow;
  expect(workflow.concurrency).toBeUndefined();
  expect(workflow.jobs['rollback']!.concurrency).toBeUndefined();
  const groups = ['staging', 'prod'].map((name) => workflow.jobs[name]!.concurrency!.group);
  expect(groups).toEqual(['promotion-staging', 'promotion-prod']);
});

it.each(['local', 'aws'])('a nightly check that waits for approval never delays a training: %s', async (cloud) => {
  const catalogue = createCatalogue(await loadTemplates());
  const nightly = (
    environments: readonly string[],
  ): { readonly drift: Workflow['jobs'][string]; readonly text: string } => {
    const { plan } = prepare(
      givenOf({ label: 'demo', values: { name: 'demo', cloud, environments } }),
      catalogue,
      'demo',
    );
    const text = Buffer.from(renderPlan(plan).get('.github/workflows/schedule.yml')!.content).toString('utf8');
    return { drift: (parse(text) as Workflow).jobs['drift']!, text };
  };
  // The last environment is the guarded one, here also the first.
  const guarded = nightly(['prod']);
  expect(guarded.drift.concurrency).toBeUndefined();
  // Outside of the group, it must write neither the registry nor the cache that holds it.
  expect(guarded.text).not.toMatch(/ci-retrain|cache\/save/);
  const open = nightly(['dev', 'prod']);
  expect(open.drift.concurrency).toEqual({ group: 'store', queue: 'max' });
  expect(open.text).toContain('ci-retrain');
});

it.each(['local', 'aws'])('no run that trains or promotes is canceled by a later one: %s', async (cloud) => {
  const catalogue = createCatalogue(await loadTemplates());
  const { plan } = prepare(givenOf({ label: 'demo', values: { name: 'demo', cloud } }), catalogue, 'demo');
  const groups: unknown[] = [];
  for (const [path, { content }] of renderPlan(plan)) {
    // These two only read.
    if (!/^\.github\/workflows\/(?!pull-request|infrastructure)/.test(path)) continue;
    const workflow = parse(Buffer.from(content).toString('utf8')) as Workflow;
    groups.push(workflow.concurrency, ...Object.values(workflow.jobs).map((job) => job.concurrency));
  }
  const found = groups.filter((group) => group !== undefined);
  expect(found.length).toBeGreaterThan(2);
  for (const group of found) expect(group).toEqual({ group: expect.any(String) as string, queue: 'max' });
});
