import type { Merged } from './merge.ts';

export function mergeTuned(base: string, yours: string, generated: string): Merged | undefined {
  return undefined;
}
