import { hostname } from 'node:os';

/** Who is at work: a pid means something on its own machine (or container) alone. */
export const ME = { pid: process.pid, host: hostname().replaceAll(/[^\w.-]/g, '_') } as const;

/** Whether a process of this machine is alive. One that may not be signalled is. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
