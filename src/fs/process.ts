import { hostname } from 'node:os';

/** The owner of a lock: a process ID is valid only on its own computer or container. */
export const ME = { pid: process.pid, host: hostname().replaceAll(/[^\w.-]/g, '_') } as const;

/** Whether a process of this computer is alive. A process is also alive if this one is not permitted to signal it. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
