import { createHash } from 'node:crypto';

/** Leaves room for the suffix of each service: S3 allows 63 characters, a load balancer 32. */
export const LONGEST = 24;

/** Starts of names that a service refuses: a load balancer refuses `internal-`, S3 the others. */
const RESERVED = /^(?:internal|sthree|xn|amzn)-/;

/**
 * Returns the prefix of all resource names in one environment. A long name is cut and gets a hash of the whole name, so
 * that different names stay different. A name that a service would refuse gets the hash too: for example, ECR and RDS
 * refuse two hyphens in a row.
 */
export function namePrefix(project: string, environment: string): string {
  const whole = `${project}-${environment}`;
  const plain = whole.replace(/-{2,}/g, '-').replace(RESERVED, 'ml-$&');
  if (plain === whole && whole.length <= LONGEST) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 6);
  return `${plain.slice(0, LONGEST - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}
