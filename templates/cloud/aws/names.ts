import { createHash } from 'node:crypto';

/** Enough for every service once its own word is added: S3 takes 63 characters, a load balancer 32. */
const LONGEST = 24;

/** Prefix of all names in one environment. A long one is cut, and keeps a hash of the whole so that two stay two. */
export function namePrefix(project: string, environment: string): string {
  const whole = `${project}-${environment}`;
  if (whole.length <= LONGEST) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 6);
  return `${whole.slice(0, LONGEST - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}
