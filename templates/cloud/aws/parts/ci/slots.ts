import * as z from 'zod';
import { defineSlot } from '../../../../../src/core/contract.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Slots {
    'aws-deploy': DeployRight;
  }
}

/** `resources` are HCL templates. `via` limits the use of keys to one AWS service: a key ARN contains no name. */
export type DeployRight = { actions: string[]; resources: string[]; via?: string; why?: string };
export const awsDeploy = defineSlot({
  id: 'aws-deploy',
  meaning:
    'A permission of CI jobs that train, promote or deploy. The key is the `Sid` of the statement. ' +
    '`*` in `resources` needs a `why`.',
  schema: z
    .object({
      actions: z.array(z.string().regex(/^[a-z0-9-]+:[A-Za-z]+\*?$/)).min(1),
      resources: z.array(z.string()).min(1),
      via: z
        .string()
        .regex(/^[a-z0-9]+$/)
        .optional(),
      why: z.string().optional(),
    })
    .refine(
      (right) => right.why !== undefined || !right.resources.includes('*'),
      'a statement for all resources needs a reason in `why`',
    ),
  sameKey: 'equal',
  owner: 'managed',
});
