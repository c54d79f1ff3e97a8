import * as z from 'zod';
import { defineSlot } from '../../../../../src/core/contract.ts';
import { SERVICES, type Service } from './services.ts';

/** A service in which infra/terraform makes something, by the prefix of its actions: what the apply role of CI may write. */
export const awsService = defineSlot<Service>({
  id: 'aws-service',
  schema: z.object({ resources: z.array(z.string()), why: z.string().optional() }),
  sameKey: 'equal',
  owner: 'managed',
});

/**
 * What a job that trains, promotes or deploys may do; the key is the statement's sid. `resources` and `alias` are HCL templates;
 * "*" wants a `why`, a sentence. `alias` limits a right on keys to those with that alias, since ARNs of keys hold no name.
 */
export type DeployRight = { actions: string[]; resources: string[]; alias?: string; why?: string };
export const awsDeploy = defineSlot<DeployRight>({
  id: 'aws-deploy',
  schema: z
    .object({ actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Za-z]+\*?$/)).min(1), resources: z.array(z.string()).min(1), alias: z.string().optional(), why: z.string().optional() })
    .refine((right) => right.why !== undefined || !right.resources.includes('*'), 'a right on everything says why'),
  sameKey: 'equal',
  owner: 'managed',
});

/** Contributions for services by name. */
export const awsServices = (...names: (keyof typeof SERVICES & string)[]) => names.map((name) => awsService(name, SERVICES[name]!));
