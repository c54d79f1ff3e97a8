import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';

const word = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/);

/**
 * What a workload may do, in words that a cloud turns into roles. The key is free: `<workload> <what>`.
 * `workload`: the part of the running system that gets the right (`train`: every step of a pipeline, `serve`: the
 * service).
 * `paths`: folders below the environment's root of the store, each with a slash at its end; without it, the whole of
 * it.
 */
export type Grant = {
  workload: string;
  to: 'artifactStore';
  verbs: ('read' | 'write')[];
  paths?: string[] | undefined;
  why: string;
};
export const grant = defineSlot<Grant>({
  id: 'grant',
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
 * Where a workload runs: the key is its name, `host` the service that starts it, as the cloud calls it (`ecs-tasks`,
 * `lambda`). A workload without a host gets no role.
 */
export type Workload = { host: string };
export const workload = defineSlot<Workload>({
  id: 'workload',
  schema: z.object({ host: z.string().regex(/^[a-z][a-z0-9.-]*$/) }),
  sameKey: 'union',
  owner: 'managed',
});

/** Who may do what with what is stored. The parts that read and write say it; a cloud makes roles of it. */
export default definePart({ slots: [grant.slot, workload.slot] });
