import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs that run until they are stopped, and the local ports that they listen on. */

/** Limits the wait, because a kept connection to a stopped server may never answer. */
const ask = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } });

/** Waits until a URL returns anything but a server error. */
export async function answers(url: string, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const ok = await ask(url).then(
      (response) => response.status < 500,
      () => false,
    );
    if (ok) return;
    if (Date.now() > until) throw new Error(`${url} did not answer within ${seconds} s`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

export const isAlive = (child: ChildProcess | undefined): child is ChildProcess =>
  child !== undefined && child.exitCode === null && child.signalCode === null;

export async function stop(child: ChildProcess | undefined): Promise<void> {
  if (!isAlive(child)) return;
  const ended = new Promise((done) => child.once('exit', done));
  process.kill(-child.pid!, 'SIGTERM');
  const late = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 15_000);
  await ended;
  clearTimeout(late);
}

/** A free local port below those that the system gives to clients, so that no connection takes it before the server. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(10_000, 32_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
        .once('error', () => resolve(false))
        .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Error('100 ports are taken');
}

/** Otherwise another user's service could answer instead. */
export async function free(port: number, seconds = 60): Promise<void> {
  const until = Date.now() + seconds * 1000;
  while (
    await ask(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  ) {
    if (Date.now() > until) throw new Error(`port ${port} is taken`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

const HOLDER = join(tmpdir(), 'create-mlops-stack-ports.pid');

/**
 * Waits until no other test runs commands of pages, which use fixed ports. Returns a function that releases the lock.
 */
export async function takePorts(seconds = 1_500): Promise<() => void> {
  for (const until = Date.now() + seconds * 1000; ; await new Promise((done) => setTimeout(done, 500))) {
    try {
      writeFileSync(HOLDER, String(process.pid), { flag: 'wx' });
      return () => rmSync(HOLDER, { force: true });
    } catch (error) {
      if (!isRunning(HOLDER)) rmSync(HOLDER, { force: true });
      else if (Date.now() > until)
        throw new Error(`another test keeps the ports of the pages: ${HOLDER}`, { cause: error });
    }
  }
}

/** Whether the process whose id is in a file still runs. */
function isRunning(file: string): boolean {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0);
  } catch {
    return false;
  }
}
