import * as z from 'zod';
import { defineSlot } from '../../../src/core/contract.ts';

/**
 * An AWS service that is reached from the private network without a way out of it; the key is its name in
 * `com.amazonaws.<region>.<key>`.
 */
export const awsEndpoint = defineSlot<{ why: string }>({
  id: 'aws-endpoint',
  schema: z.object({ why: z.string().regex(/^[^\n]+$/) }),
  sameKey: 'union',
  owner: 'managed',
});

/**
 * What answers inside the private network of an environment alone; the key is its name with an article, `why` what jobs
 * of CI want of it.
 */
export const awsPrivate = defineSlot<{ why: string }>({
  id: 'aws-private',
  schema: z.object({ why: z.string().regex(/^[^\n]+$/) }),
  sameKey: 'equal',
  owner: 'managed',
});

/**
 * An AWS service that uses the key of the environment by itself (log groups, topics, queues); the key is the
 * statement's sid.
 * `principal`, `value`: HCL templates, `${var.region}` stands for the region. `variable`, `operator`: the condition
 * that keeps other accounts out.
 */
export type KeyUser = {
  principal: string;
  actions: string[];
  operator: 'StringEquals' | 'ArnLike';
  variable: string;
  value: string;
  why: string;
};
export const awsKeyUser = defineSlot<KeyUser>({
  id: 'aws-key-user',
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

/** A service that encrypts with the key of the environment on behalf of this account alone. */
export const keyUserOfAccount = (sid: string, principal: string, why: string) =>
  awsKeyUser(sid, {
    principal,
    actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    operator: 'StringEquals',
    variable: 'aws:SourceAccount',
    value: '${var.account_id}',
    why,
  });

/**
 * A value that tasks get from Secrets Manager as the variable that is the key. `secret`: the address of the secret in
 * Terraform,
 * `field`: the key in its JSON, `workloads`: whose tasks get it. Who gives it lets `aws_iam_role.execution` read it.
 */
export type TaskSecret = { secret: string; field: string; workloads: string[] };
export const awsTaskSecret = defineSlot<TaskSecret>({
  id: 'aws-task-secret',
  schema: z.object({
    secret: z.string().regex(/^aws_secretsmanager_secret\.\w+$/),
    field: z.string().regex(/^\w+$/),
    workloads: z.array(z.string()).min(1),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
