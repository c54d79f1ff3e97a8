import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs that run until they are stopped, and the ports of this machine that they answer on. */

/** Bounded: a connection that was kept from a server that is gone may never answer. */
const ask = (url: string): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(5_000), headers: { connection: 'close' } });

/** Waits until a URL answers with anything but a fault of the server. */
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

/** A port of this machine that nothing listens on. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Somebody else's service would answer in place of ours. */
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

/** Waits until no other test does what pages say, which name ports. Returns what lets the next one go on. */
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

/** Whether the process whose id a file holds still runs. */
function isRunning(file: string): boolean {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0);
  } catch {
    return false;
  }
}
