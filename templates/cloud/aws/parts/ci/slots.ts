import * as z from 'zod';
import { defineSlot } from '../../../../../src/core/contract.ts';

/**
 * What a job that trains, promotes or deploys may do; the key is the statement's sid. `resources` and `alias` are HCL
 * templates;
 * "*" wants a `why`, a sentence. `alias` limits a right on keys to those with that alias, since ARNs of keys hold no
 * name.
 */
export type DeployRight = { actions: string[]; resources: string[]; alias?: string; why?: string };
export const awsDeploy = defineSlot<DeployRight>({
  id: 'aws-deploy',
  schema: z
    .object({
      actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Za-z]+\*?$/)).min(1),
      resources: z.array(z.string()).min(1),
      alias: z.string().optional(),
      why: z.string().optional(),
    })
    .refine((right) => right.why !== undefined || !right.resources.includes('*'), 'a right on everything says why'),
  sameKey: 'equal',
  owner: 'managed',
});
