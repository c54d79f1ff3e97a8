import { createHash } from 'node:crypto';

/** Enough for every service once its own word is added: S3 takes 63 characters, a load balancer 32. */
export const LONGEST = 24;

/** What some service refuses at the start of a name: `internal-` a load balancer, the others S3. */
const RESERVED = /^(?:internal|sthree|xn|amzn)-/;

/**
 * Prefix of all names in one environment. A long one is cut, and keeps a hash of the whole so that two stay two; so
 * does
 * one that a service would refuse, like ECR and RDS two hyphens in a row.
 */
export function namePrefix(project: string, environment: string): string {
  const whole = `${project}-${environment}`;
  const plain = whole.replace(/-{2,}/g, '-').replace(RESERVED, 'ml-$&');
  if (plain === whole && whole.length <= LONGEST) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 6);
  return `${plain.slice(0, LONGEST - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}
