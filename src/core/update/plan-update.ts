import type { Outcome, UpdateInput } from './types.ts';

/**
 * Lock + disk + what is generated now -> everything that an update does. Pure: it reads through `disk` and `base` alone and
 * writes nothing. With `refused` not empty, nothing of the outcome must be carried out.
 */
export function planUpdate(input: UpdateInput): Outcome {
  return { actions: [], changes: [], entries: input.lock.entries, objects: new Map(), conflicts: [], open: [], refused: [], reports: [] };
}
