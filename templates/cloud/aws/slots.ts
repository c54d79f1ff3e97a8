import * as z from 'zod';
import { defineSlot } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'aws-endpoint': { why: string };
    'aws-private': { why: string };
    'aws-key-user': KeyUser;
    'aws-task-secret': TaskSecret;
  }
}

export const awsEndpoint = defineSlot({
  id: 'aws-endpoint',
  meaning:
    'An AWS service that workloads reach from the private network through an endpoint. ' +
    'The key is its name in `com.amazonaws.<region>.<key>`.',
  schema: z.object({ why: z.string().regex(/^[^\n]+$/) }),
  sameKey: 'union',
  owner: 'managed',
});

export const awsPrivate = defineSlot({
  id: 'aws-private',
  meaning:
    'A service that answers only inside the private network of an environment. The key is its name with an ' +
    'article, `why` is what CI jobs need it for.',
  schema: z.object({ why: z.string().regex(/^[^\n]+$/) }),
  sameKey: 'equal',
  owner: 'managed',
});

/** `principal` and `value` are HCL templates, such as `${var.region}`. */
export type KeyUser = {
  principal: string;
  actions: string[];
  operator: 'StringEquals' | 'ArnLike';
  variable: string;
  value: string;
  why: string;
};
export const awsKeyUser = defineSlot({
  id: 'aws-key-user',
  meaning:
    'An AWS service that uses the encryption key of the environment. The key is the `Sid` of the statement. ' +
    '`variable` and `operator` form the condition that keeps other accounts out.',
  schema: z.object({
    principal: z.string(),
    actions: z.array(z.string().regex(/^kms:[A-Za-z*]+$/)).min(1),
    operator: z.enum(['StringEquals', 'ArnLike']),
    variable: z.string(),
    value: z.string(),
    why: z.string(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});

/** Returns the entry for a service that uses the key of the environment for this account only. */
export const keyUserOfAccount = (sid: string, principal: string, why: string) =>
  awsKeyUser(sid, {
    principal,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    operator: 'StringEquals',
    variable: 'aws:SourceAccount',
    value: '${var.account_id}',
    why,
  });

/** `secret` is the Terraform address of the secret, `field` is its JSON key; tasks of `workloads` receive the value. */
export type TaskSecret = { secret: string; field: string; workloads: string[] };
export const awsTaskSecret = defineSlot({
  id: 'aws-task-secret',
  meaning:
    'A value that tasks get from Secrets Manager. The key is the environment variable. ' +
    'The part that adds it also lets `aws_iam_role.execution` read it.',
  schema: z.object({
    secret: z.string().regex(/^aws_secretsmanager_secret\.\w+$/),
    field: z.string().regex(/^\w+$/),
    workloads: z.array(z.string()).min(1),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
