import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './processes.ts';
import { cleanEnv, dropEnvironment, hasTool, makeStack, must } from './support.ts';

/**
 * Prometheus and Alertmanager monitor the generated service with the generated configuration: it is scraped, alerts
 * fire, and a webhook gets a message when an alert starts and when it ends.
 *
 * The tests change only these values in copies of the files: ports and paths, because several instances run on one
 * computer; the intervals of scraping, evaluation and grouping; and the delays until an alert fires (`for`) and is sent
 * again, reduced to a few seconds. Expressions, their windows, labels, routes and inhibitions are the generated ones.
 *
 * Two Alertmanagers get the same alerts: a current one, and Debian's 0.25, which does not support `url_file`, so its
 * copy contains the address.
 */

const TOOLS = join(import.meta.dirname, '../../.tools/bin');
const DEBIAN = 'prometheus-alertmanager';
const CURRENT = join(TOOLS, 'alertmanager');
const alertmanagers = [
  { name: 'current', command: CURRENT, found: existsSync(CURRENT) },
  { name: 'debian', command: DEBIAN, found: hasTool(DEBIAN) },
];
const WAIT = 60_000;

type Alert = {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type Message = {
  readonly at: number;
  readonly to: string;
  readonly receiver: string;
  readonly status: string;
  readonly alerts: readonly Alert[];
};

const messages: Message[] = [];
const processes: ChildProcess[] = [];
let webhook: Server;
let dir: string;
let run: string;
/** A request with one valid row. */
let row: string;
const ports: Record<string, number> = {};

/** Starts a server that ends with the test. Its output is stored in the run folder. */
function start(name: string, command: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, {
    cwd: dir,
    env: cleanEnv({ MLOPS_ENV: 'local', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => appendFileSync(join(run, `${name}.log`), chunk));
  processes.push(child);
  return child;
}

/** Runs a command that must succeed. The webhook continues to respond. */
async function runs(command: string): Promise<void> {
  const child = start('commands', 'bash', ['-c', command]);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect([command, code], readFileSync(join(run, 'commands.log'), 'utf8').slice(-3000)).toEqual([command, 0]);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(15_000).then(() => child.kill('SIGKILL'))]);
}

/** Waits until the answer is not undefined. The error after a timeout names the awaited event. */
async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + WAIT;
  while (Date.now() < end) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(250);
  }
  const logs = readdirSync(run)
    .filter((file) => file.endsWith('.log'))
    .map((file) => `${file}: ${readFileSync(join(run, file), 'utf8').slice(-1500)}`);
  throw new Error(
    `${what}: not within ${WAIT / 1000} s\n` +
      `${JSON.stringify(messages.map(({ to, receiver, status, alerts }) => [to, receiver, status, alerts.map(({ labels }) => labels['alertname'])]))}\n` +
      `${logs.join('\n')}`,
  );
}

type Series = { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] };

async function query(expression: string): Promise<readonly Series[]> {
  const response = await fetch(
    `http://127.0.0.1:${ports['prometheus']}/api/v1/query?query=${encodeURIComponent(expression)}`,
  );
  return ((await response.json()) as { data: { result: Series[] } }).data.result;
}

const firing = (name: string): Promise<true | undefined> =>
  query(`ALERTS{alertname="${name}", alertstate="firing"}`).then((found) => (found.length > 0 ? true : undefined));

/** The first message since `since` to the webhook of one Alertmanager about an alert. */
const told = (to: string, name: string, status: string, since: number): Promise<{ receiver: string; alert: Alert }> =>
  until(`webhook of ${to}: ${name} ${status}`, () => {
    for (const message of messages) {
      const alert =
        message.to === to && message.at >= since
          ? message.alerts.find(({ labels, status: its }) => labels['alertname'] === name && its === status)
          : undefined;
      if (alert) return { receiver: message.receiver, alert };
    }
    return undefined;
  });

/** Both Alertmanagers send the alert, and its links lead to files of the repository. */
async function allTold(name: string, status: string, since: number, receiver: string): Promise<void> {
  for (const { name: to, found } of alertmanagers) {
    if (!found) continue;
    const { receiver: actual, alert } = await told(to, name, status, since);
    expect([to, name, actual]).toEqual([to, name, receiver]);
    expect(alert.labels).toMatchObject({ environment: 'local', severity: receiver });
    expect(existsSync(join(dir, alert.annotations['runbook_url']!)), alert.annotations['runbook_url']).toBe(true);
    const uid = /\/d\/([\w-]+)/.exec(alert.annotations['dashboard_url']!)?.[1];
    const dashboards = readdirSync(join(dir, 'monitoring/dashboards')).map(
      (file) => (JSON.parse(readFileSync(join(dir, 'monitoring/dashboards', file), 'utf8')) as { uid: string }).uid,
    );
    expect(dashboards).toContain(uid);
  }
}

/** Replaces a text that must exist, so that a renamed key makes the test fail. */
function replaced(text: string, pairs: readonly (readonly [RegExp, string])[]): string {
  for (const [pattern, by] of pairs) {
    expect(text).toMatch(pattern);
    text = text.replace(pattern, by);
  }
  return text;
}

function configure(): void {
  const source = join(dir, 'monitoring');
  cpSync(join(source, 'rules'), join(run, 'rules'), { recursive: true });
  for (const file of readdirSync(join(run, 'rules'))) {
    const path = join(run, 'rules', file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/for: \d+[mh]$/gm, 'for: 3s'));
  }
  const read = (path: string): string => readFileSync(join(source, path), 'utf8');
  const running = alertmanagers.filter(({ found }) => found);
  writeFileSync(
    join(run, 'prometheus.yml'),
    replaced(read('prometheus.yml'), [
      [/scrape_interval: 15s/, 'scrape_interval: 1s'],
      [/scrape_timeout: 10s/, 'scrape_timeout: 1s'],
      [/evaluation_interval: 15s/, 'evaluation_interval: 1s'],
      [/\["127\.0\.0\.1:9093"\]/, `[${running.map(({ name }) => `"127.0.0.1:${ports[name]}"`).join(', ')}]`],
    ]),
  );
  mkdirSync(join(run, 'targets'));
  writeFileSync(
    join(run, 'targets/local.yml'),
    replaced(read('targets/local.yml'), [[/127\.0\.0\.1:8000/, `127.0.0.1:${ports['service']}`]]),
  );
  for (const { name } of running) {
    const address = `http://127.0.0.1:${ports['webhook']}/${name}`;
    const secret = join(run, `${name}.secret`);
    writeFileSync(secret, address);
    writeFileSync(
      join(run, `${name}.yml`),
      replaced(read('alertmanager.yml'), [
        [/group_wait: \d+s/g, 'group_wait: 1s'],
        [/group_interval: \d+m/g, 'group_interval: 2s'],
        [/url_file: \/run\/secrets\/alert_webhook_url/g, name === 'debian' ? `url: ${address}` : `url_file: ${secret}`],
      ]),
    );
  }
}

const serve = (): ChildProcess =>
  start('service', join(dir, '.venv/bin/python'), ['-m', 'monitored.serving'], {
    MLOPS_SERVING__PORT: String(ports['service']),
  });
const predict = (): Promise<Response> =>
  fetch(`http://127.0.0.1:${ports['service']}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: row,
  });

describe.skipIf(!hasTool('prometheus') || alertmanagers.every(({ found }) => !found))(
  'prometheus and alertmanager watch the generated service',
  () => {
    let service: ChildProcess;

    beforeAll(async () => {
      dir = makeStack('monitored', '--orchestrator none');
      run = join(dir, '.watched');
      rmSync(run, { recursive: true, force: true });
      mkdirSync(run);
      webhook = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => {
          body += chunk;
        });
        request.on('end', () => {
          messages.push({
            at: Date.now(),
            to: request.url!.slice(1),
            ...(JSON.parse(body) as Omit<Message, 'at' | 'to'>),
          });
          appendFileSync(join(run, 'webhook.log'), `${new Date().toISOString()} ${request.url} ${body}\n`);
          response.end();
        });
      });
      row = must(
        dir,
        '.venv/bin/python -c "import json; from monitored.client.rows import sample; ' +
          "print(json.dumps({'rows': [sample('churn')]}))\"",
      );
      await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
      for (const name of ['service', 'prometheus', ...alertmanagers.map(({ name }) => name)])
        ports[name] = await freePort();
      ports['webhook'] = (webhook.address() as AddressInfo).port;
      configure();
      for (const { name, command, found } of alertmanagers) {
        if (found)
          start(name, command, [
            `--config.file=${join(run, `${name}.yml`)}`,
            `--storage.path=${join(run, `${name}.data`)}`,
            `--web.listen-address=127.0.0.1:${ports[name]}`,
            '--cluster.listen-address=',
          ]);
      }
      service = serve();
      await until('the service lives', async () =>
        (await fetch(`http://127.0.0.1:${ports['service']}/healthz`)).ok ? true : undefined,
      );
      // Prometheus 3, which the compose file starts, expands environment variables in external labels by default.
      // Debian's 2.42 needs a flag.
      // An alert that fires before Prometheus has discovered its Alertmanagers is sent again, here after a second
      // instead of a minute.
      start('prometheus', 'prometheus', [
        `--config.file=${join(run, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(run, 'prometheus.data')}`,
        `--web.listen-address=127.0.0.1:${ports['prometheus']}`,
        '--rules.alert.resend-delay=1s',
        '--enable-feature=expand-external-labels',
      ]);
    });

    afterAll(async () => {
      await Promise.all(processes.map(stop));
      await new Promise((resolve) => webhook?.close(resolve));
      if (dir) dropEnvironment(dir);
    });

    for (const { name, command, found } of alertmanagers)
      it.skipIf(!found)(`${command.split('/').at(-1)!} (${name}) accepts the generated routes`, async () => {
        expect(
          await until(`${name} is ready`, async () =>
            (await fetch(`http://127.0.0.1:${ports[name]}/-/ready`)).ok ? true : undefined,
          ),
        ).toBe(true);
      });

    it('Prometheus scrapes the service, and no rule fails', async () => {
      await until('up', async () => ((await query('up{job="service"} == 1')).length === 1 ? true : undefined));
      const { data } = (await (await fetch(`http://127.0.0.1:${ports['prometheus']}/api/v1/rules`)).json()) as {
        data: { groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[] };
      };
      expect(data.groups.length).toBeGreaterThan(5);
      for (const { rules } of data.groups)
        for (const { name, lastError } of rules) expect([name, lastError ?? '']).toEqual([name, '']);
    });

    it('NoModelLoaded and AvailabilityBudgetBurn page without a model, and a model ends NoModelLoaded', async () => {
      // There was no model from the start, so the page alert may already have fired.
      const since = 0;
      const requests = setInterval(() => void predict().catch(() => undefined), 200);
      try {
        expect((await predict()).status).toBe(503);
        await until('NoModelLoaded fires', () => firing('NoModelLoaded'));
        await until('AvailabilityBudgetBurn fires', () => firing('AvailabilityBudgetBurn'));
        await allTold('NoModelLoaded', 'firing', since, 'page');
        await allTold('AvailabilityBudgetBurn', 'firing', since, 'page');
      } finally {
        clearInterval(requests);
      }
      await runs('make pipeline');
      await allTold('NoModelLoaded', 'resolved', since, 'page');
      // Its windows are longer than this test, so the errors correctly stay in them.
      expect(await firing('AvailabilityBudgetBurn')).toBe(true);
      // The page alert inhibits the tickets of the slower windows.
      expect(
        messages.flatMap(({ receiver, alerts }) =>
          alerts.filter(({ labels }) => labels['alertname'] === 'AvailabilityBudgetBurn').map(() => receiver),
        ),
      ).not.toContain('ticket');
    });

    it('FeatureDrift opens a ticket when the rows have drifted, and ends when they no longer do', async () => {
      const since = Date.now();
      await runs(
        '.venv/bin/python -m monitored.steps.ingest --model churn --variant drifted --out-data ' +
          '.watched/drifted.parquet',
      );
      await runs('make monitor CURRENT=.watched/drifted.parquet');
      await allTold('FeatureDrift', 'firing', since, 'ticket');
      await runs('make monitor CURRENT=$(ls -d .mlops/runs/churn/* | tail -1)/test.parquet');
      await allTold('FeatureDrift', 'resolved', since, 'ticket');
    });

    it('ServiceDown pages and inhibits NoModelLoaded, and ends when the service is back', async () => {
      const since = Date.now();
      await stop(service);
      await allTold('ServiceDown', 'firing', since, 'page');
      await until('NoModelLoaded fires', () => firing('NoModelLoaded'));
      // Longer than the group and repeat intervals: long enough for an unwanted message to arrive.
      await sleep(5000);
      expect(
        messages.filter(
          ({ at, alerts }) =>
            at >= since &&
            alerts.some(({ labels, status }) => labels['alertname'] === 'NoModelLoaded' && status === 'firing'),
        ),
      ).toEqual([]);
      service = serve();
      await allTold('ServiceDown', 'resolved', since, 'page');
    });

    it('each query of the dashboards returns data', async () => {
      const folder = join(dir, 'monitoring/dashboards');
      // The panel has data only while there is a problem.
      const silent = ['Waiting promotion'];
      const requests = setInterval(() => void predict().catch(() => undefined), 200);
      try {
        for (const file of readdirSync(folder)) {
          const { panels } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
            panels: { title: string; targets?: { expr: string }[] }[];
          };
          for (const { title, targets } of panels.filter((panel) => !silent.includes(panel.title))) {
            for (const { expr } of targets ?? []) {
              const expression = expr.replaceAll('$model', '.*').replaceAll('$__rate_interval', '1m');
              await until(`${file}, ${title}: ${expression}`, async () =>
                (await query(expression)).length > 0 ? true : undefined,
              );
            }
          }
        }
      } finally {
        clearInterval(requests);
      }
    });
  },
);
