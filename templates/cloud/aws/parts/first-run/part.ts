import * as z from 'zod';
import { definePart, defineSlot, type SlotEntry } from '../../../../../src/core/contract.ts';
import { mayApply, mayBootstrap, type Permission, policyStatement } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Slots {
    'apply-actions': Permission;
    'bootstrap-actions': Permission;
  }
}

const statement = z
  .object({
    actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Z]\w+$/, 'an action is written out, like s3:GetObject')).min(1),
    resources: z.array(z.string().regex(/^(\*|arn:aws:\S+)$/)).min(1),
    why: z.string().optional(),
    condition: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).optional(),
  })
  .refine(
    ({ resources, why }) => !resources.includes('*') || why,
    'a statement for all resources needs a reason in `why`',
  );

/** An IAM policy, with placeholders for names of the environment that src/<package>/platform/policies.py fills in. */
function policy(entries: readonly SlotEntry<Permission>[]): string {
  const statements = entries.flatMap(({ key, value }) =>
    value.statements.map((statement, index) => ({
      Sid: `${key[0]!.toUpperCase()}${key.slice(1)}${index === 0 ? '' : index + 1}`,
      ...policyStatement(statement),
    })),
  );
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
}

const define = (id: 'apply-actions' | 'bootstrap-actions', path: string, meaning: string) =>
  defineSlot({
    id,
    meaning,
    path,
    schema: z.object({ types: z.array(z.string()), statements: z.array(statement).min(1) }) as z.ZodType<Permission>,
    sameKey: 'equal',
    owner: 'managed',
    render: policy,
  });

/** How to set up an environment in a real account: required permissions, order of steps, cost, and removal. */
export default definePart({
  slots: [
    define(
      'apply-actions',
      'infra/policies/apply.json',
      'A permission of the user who runs `make infra-apply`. The key is the concern.',
    ).slot,
    define(
      'bootstrap-actions',
      'infra/policies/bootstrap.json',
      'A permission of the administrator who runs `make infra-bootstrap`. The key is the concern.',
    ).slot,
  ],
  sees: {
    awsDatabase: { because: 'a final snapshot remains' },
    imagePush: { because: 'images are pushed before they run' },
    pipelineHost: { because: 'the page describes how to train in the account' },
    trackingHost: { because: 'the page describes where runs are recorded' },
  },
  reads: ['apply-actions', 'bootstrap-actions', 'core.cost'],
  moved: { 'src/__package__/policies.py': 'src/__package__/platform/policies.py' },
  contributes: () => [
    ...mayApply('doctor', 'state', 'storage', 'keys', 'budget'),
    ...mayBootstrap('state', 'keys', 'boundary'),
    {
      slot: 'doctor',
      key: 'aws-4-permissions',
      value: {
        title: 'the actions of make infra-apply are allowed',
        kind: 'account',
        value: 'permissions infra/policies/apply.json',
        hint: 'attach the policies that make infra-policies creates',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/aws-first-run.md',
      value: { title: 'AWS: create and remove an environment' },
    },
  ],
});
