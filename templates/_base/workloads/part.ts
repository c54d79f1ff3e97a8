import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    grant: Grant;
    workload: Workload;
  }
}

const word = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/);

/**
 * `workload` is the part of the running system that gets the permission: `train` (each step of a pipeline), `serve`.
 */
export type Grant = {
  workload: string;
  to: 'artifactStore';
  verbs: ('read' | 'write')[];
  paths?: string[] | undefined;
  why: string;
};
export const grant = defineSlot({
  id: 'grant',
  meaning:
    'A right of a workload to the artifact store, which a cloud turns into roles. The key is free, ' +
    'as `<workload> <what>`. `paths`: folders below the root of the environment, each with a trailing slash; ' +
    'without it, all of them.',
  schema: z.object({
    workload: word,
    to: z.literal('artifactStore'),
    verbs: z.array(z.enum(['read', 'write'])).min(1),
    paths: z
      .array(z.string().regex(/^[\w-]+\/([\w-]+\/)*$/))
      .min(1)
      .optional(),
    why: z.string(),
  }),
  sameKey: 'union',
  owner: 'managed',
});

/**
 * `host` is the service that runs the workload, such as `ecs-tasks` or `lambda`. A workload without a host gets no
 * role.
 */
export type Workload = { host: string };
export const workload = defineSlot({
  id: 'workload',
  meaning:
    'A workload that runs in a cloud. The key is its name. `host`: the service that starts it, ' +
    'in the words of the cloud.',
  schema: z.object({ host: z.string().regex(/^[a-z][a-z0-9.-]*$/) }),
  sameKey: 'union',
  owner: 'managed',
});

/**
 * The permissions of workloads for stored data. The parts that read and write declare them; a cloud makes roles of
 * them.
 */
export default definePart({ slots: [grant.slot, workload.slot] });
