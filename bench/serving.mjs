// `npm run bench:serving` compares the generated service with other servers, with the same model on one core, and
// writes bench/serving.md. The client runs on the other core: wrk, or `make load-test` of the generated project at a
// constant rate. Linux only.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const OPEN_SECONDS = Number(process.env.BENCH_OPEN_SECONDS ?? 30);
// Environments take minutes to install. If you name a folder, it is kept for the next run.
const work = process.env.BENCH_DIR ?? mkdtempSync(join(tmpdir(), 'bench-serving-'));
const root = fileURLToPath(new URL('..', import.meta.url));
const own = join(work, 'own');
const demo = join(work, 'demo');
const python = join(demo, '.venv/bin/python');
const venv = (name) => join(work, name, 'bin');
const url = (port) => `http://127.0.0.1:${port}`;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const LOAD_CORE = 0;
const SERVER_CORE = 1;
const CONNECTIONS = [16, 64];
const PEERS = {
  mlflow: ['mlflow==3.17.2', 'scikit-learn==1.9.1'],
  mlserver: ['mlserver==1.7.1', 'mlserver-sklearn==1.7.1', 'scikit-learn==1.9.1'],
  bentoml: ['bentoml==1.4.39', 'scikit-learn==1.9.1', 'pandas==3.0.6'],
};
const GOALS = { naive: 40, hello: 0.2, p99: 6, ready: 1, rss: 120, openP99: 20 };

const env = {
  ...process.env,
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  DO_NOT_TRACK: '1',
  BENTOML_DO_NOT_TRACK: 'True',
  BENTOML_HOME: join(work, 'bentoml-home'),
  PYTHONWARNINGS: 'ignore',
};
delete env.PYTHONDONTWRITEBYTECODE;
delete env.VIRTUAL_ENV;

function must(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env, ...options });
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-3).join(' ')}`,
    );
  return stdout;
}

/** A project with a trained champion, created with the commands of the README. */
function project() {
  if (!existsSync(python)) {
    must('node', [join(root, 'dist/bin.js'), demo, '--yes', '--no-git', '--name', 'demo', '--orchestrator', 'none']);
    must('make', ['setup', 'pipeline'], { cwd: demo });
  }
  const told = must(
    python,
    [
      '-c',
      `
import json
from pathlib import Path
import joblib
from demo.platform import artifacts, models
from demo.registry import get_registry
from demo.client.rows import sample
found = get_registry().get("churn")
joblib.dump(models.load("churn").model.load(artifacts.local_copy(found.uri)), "${work}/model.joblib")
print(json.dumps({"row": sample("churn"), "pinned": f"churn:{found.version}={found.uri}#{found.sha256}", "python": __import__("platform").python_version()}))
`,
    ],
    { cwd: demo },
  );
  return JSON.parse(told.trim().split('\n').at(-1));
}

/** The measured servers. `score` reads an answer: all servers must give the same one. */
function servers({ row, pinned }) {
  const body = { rows: [row] };
  const uvicorn = (app, port) => [
    python,
    [
      '-m',
      'uvicorn',
      '--app-dir',
      own,
      app,
      '--port',
      String(port),
      '--loop',
      'uvloop',
      '--http',
      'httptools',
      '--no-access-log',
      '--log-level',
      'warning',
    ],
  ];
  const service = (name, port, extra) => ({
    name,
    port,
    command: [python, ['-m', 'demo.serving']],
    cwd: demo,
    env: {
      MLOPS_SERVING__PORT: String(port),
      MLOPS_SERVING__PREDICTION_LOG: join(work, `predictions-${port}.jsonl`),
      ...extra,
    },
    ready: '/readyz',
    path: '/predict',
    body,
    score: (answer) => answer.predictions[0].score,
  });
  const columns = Object.entries(row);
  const types = { string: 'BYTES', number: 'FP64' };
  return [
    {
      name: 'hello: raw ASGI on uvicorn',
      id: 'hello',
      port: 8801,
      command: uvicorn('hello:app', 8801),
      ready: '/',
      path: '/',
    },
    { ...service('**the generated service**, version pinned', 8802, { MLOPS_SERVING__PINNED: pinned }), id: 'own' },
    { ...service('**the generated service**, following the champion', 8803, {}), id: 'follow' },
    {
      name: 'FastAPI and a DataFrame',
      id: 'naive',
      port: 8804,
      command: uvicorn('naive:app', 8804),
      env: { MODEL: join(work, 'model.joblib') },
      ready: '/healthz',
      path: '/predict',
      body,
      score: (answer) => answer.predictions[0],
    },
    {
      name: '`mlflow models serve` 3.17.2',
      id: 'mlflow',
      port: 8805,
      prepare: () => {
        const folder = join(work, 'mlflow-model');
        rmSync(folder, { recursive: true, force: true });
        must(join(venv('mlflow'), 'python'), [
          join(own, 'mlflow_model.py'),
          join(work, 'model.joblib'),
          JSON.stringify(row),
          folder,
        ]);
      },
      command: [
        join(venv('mlflow'), 'mlflow'),
        [
          'models',
          'serve',
          '-m',
          join(work, 'mlflow-model'),
          '--env-manager',
          'local',
          '-h',
          '127.0.0.1',
          '-p',
          '8805',
        ],
      ],
      env: { PATH: `${venv('mlflow')}:${process.env.PATH}`, MLFLOW_DISABLE_TELEMETRY: 'true' },
      ready: '/ping',
      path: '/invocations',
      body: { dataframe_split: { columns: columns.map(([name]) => name), data: [columns.map(([, value]) => value)] } },
      score: (answer) => answer.predictions[0][1],
    },
    {
      name: 'MLServer 1.7.1',
      id: 'mlserver',
      port: 8806,
      prepare: () => {
        const folder = join(work, 'mlserver-model');
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          join(folder, 'settings.json'),
          JSON.stringify({
            host: '127.0.0.1',
            http_port: 8806,
            grpc_port: 8816,
            metrics_port: 8826,
            parallel_workers: 0,
          }),
        );
        writeFileSync(
          join(folder, 'model-settings.json'),
          JSON.stringify({
            name: 'churn',
            implementation: 'mlserver_sklearn.SKLearnModel',
            parameters: { uri: join(work, 'model.joblib'), version: '1' },
          }),
        );
      },
      command: [join(venv('mlserver'), 'mlserver'), ['start', join(work, 'mlserver-model')]],
      ready: '/v2/models/churn/ready',
      path: '/v2/models/churn/infer',
      body: {
        parameters: { content_type: 'pd' },
        inputs: columns.map(([name, value]) => ({ name, shape: [1, 1], datatype: types[typeof value], data: [value] })),
        outputs: [{ name: 'predict_proba' }],
      },
      score: (answer) => answer.outputs[0].data[1],
    },
    {
      name: 'BentoML 1.4.39',
      id: 'bentoml',
      port: 8807,
      command: [
        join(venv('bentoml'), 'bentoml'),
        ['serve', 'bento:Churn', '--host', '127.0.0.1', '--port', '8807', '--working-dir', own],
      ],
      env: { MODEL: join(work, 'model.joblib'), PATH: `${venv('bentoml')}:${process.env.PATH}` },
      ready: '/readyz',
      path: '/predict',
      body,
      score: (answer) => answer[0],
    },
  ];
}

/** Process ids of a server and of all processes that it started. */
function family(pid) {
  const rows = must('ps', ['-eo', 'pid=,ppid=,rss='])
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = rows.filter(([id]) => id === pid);
  for (const [id] of found) found.push(...rows.filter(([, parent]) => parent === id));
  return found;
}

const signal = (server, name) => {
  for (const [pid] of family(server.process.pid)) {
    try {
      process.kill(pid, name);
    } catch {
      // The process has ended in the meantime.
    }
  }
};

const get = (address) =>
  fetch(address, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => (answer.body?.cancel(), answer.ok),
    () => false,
  );

/** Starts a server on its core. Returns the seconds until it is ready. */
async function start(server) {
  const log = openSync(join(work, `${server.id}.log`), 'w');
  const started = performance.now();
  server.process = spawn('taskset', ['-c', String(SERVER_CORE), server.command[0], ...server.command[1]], {
    cwd: server.cwd ?? work,
    env: { ...env, ...server.env },
    stdio: ['ignore', log, log],
  });
  while (!(await get(url(server.port) + server.ready))) {
    if (server.process.exitCode !== null || performance.now() - started > 90_000)
      throw new Error(
        `${server.id} did not become ready: ${readFileSync(join(work, `${server.id}.log`), 'utf8').slice(-400)}`,
      );
    await sleep(10);
  }
  return (performance.now() - started) / 1000;
}

async function stop(server) {
  if (!server.process || server.process.exitCode !== null) return;
  const ended = new Promise((resolve) => server.process.once('exit', resolve));
  const members = family(server.process.pid);
  server.process.kill('SIGTERM');
  if ((await Promise.race([ended, sleep(15_000, 'late')])) === 'late') signal(server, 'SIGKILL');
  await sleep(300);
  for (const [pid] of members) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The usual case.
    }
  }
}

/** One window of wrk: closed loop, with keep-alive connections. */
function wrk(server, connections, seconds) {
  const script = server.body ? ['-s', join(own, 'post.lua')] : [];
  const text = must(
    'taskset',
    [
      '-c',
      String(LOAD_CORE),
      'wrk',
      '-t1',
      `-c${connections}`,
      `-d${seconds}`,
      '--latency',
      '--timeout',
      '10s',
      ...script,
      url(server.port) + server.path,
    ],
    { env: { ...env, BODY: join(work, `${server.id}.json`) } },
  );
  const bad = text.match(/Non-2xx.*|Socket errors.*/);
  if (bad) throw new Error(`${server.id}: ${bad[0]}`);
  const ms = (label) => {
    const [, value, unit] = text.match(new RegExp(`${label}%\\s+([\\d.]+)(us|ms|s)`));
    return Number(value) * { us: 1e-3, ms: 1, s: 1e3 }[unit];
  };
  return { rps: Number(text.match(/Requests\/sec:\s+([\d.]+)/)[1]), p50: ms('50'), p99: ms('99') };
}

async function answer(server) {
  const found = await fetch(url(server.port) + server.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(server.body),
  });
  const text = await found.text();
  if (!found.ok) throw new Error(`${server.id} answered ${found.status}: ${text.slice(0, 300)}`);
  return server.score(JSON.parse(text));
}

/**
 * Starts each server once to compile its bytecode, then three times for the measurement. The last process stays,
 * stopped until its turn.
 */
async function bring(server) {
  server.prepare?.();
  if (server.body) writeFileSync(join(work, `${server.id}.json`), JSON.stringify(server.body));
  await start(server);
  if (server.body) server.given = await answer(server);
  const times = [];
  for (let n = 0; n < 3; n++) {
    await stop(server);
    times.push(await start(server));
  }
  server.readySeconds = median(times);
  wrk(server, CONNECTIONS[0], 1);
  signal(server, 'SIGSTOP');
}

/** Measures windows of all servers in turn, so that a slowdown of the machine affects all of them. */
function measure(list) {
  for (const server of list) server.windows = new Map(CONNECTIONS.map((count) => [count, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of list) {
      signal(server, 'SIGCONT');
      for (const count of CONNECTIONS) server.windows.get(count).push(wrk(server, count, SECONDS));
      if (round === ROUNDS - 1) server.rss = family(server.process.pid).reduce((sum, [, , rss]) => sum + rss, 0) / 1024;
      signal(server, 'SIGSTOP');
    }
  }
  for (const server of list) {
    for (const [count, windows] of server.windows)
      server[`c${count}`] = {
        rps: median(windows.map((w) => w.rps)),
        p50: median(windows.map((w) => w.p50)),
        p99: median(windows.map((w) => w.p99)),
      };
  }
}

/** A constant rate for half a minute, with the load test of the generated project. */
function openLoop(server, rate) {
  signal(server, 'SIGCONT');
  const text = must(
    'taskset',
    [
      '-c',
      String(LOAD_CORE),
      python,
      '-m',
      'demo.client.load_test',
      '--url',
      url(server.port),
      '--rate',
      String(rate),
      '--seconds',
      String(OPEN_SECONDS),
      '--json',
    ],
    { cwd: demo },
  );
  signal(server, 'SIGSTOP');
  return JSON.parse(text.trim().split('\n').at(-1));
}

function report(list, failed, open, facts) {
  const by = (id) => list.find((server) => server.id === id);
  const [hello, naive, ours] = [by('hello'), by('naive'), by('own')];
  const digits = (value) => (value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 0 : 1));
  const round = (value) => (value >= 1000 ? Math.round(value / 100) * 100 : Math.round(value));
  const times = (server) => (server.c16.rps / naive.c16.rps).toFixed(server === naive ? 0 : 1);
  const share = (server) =>
    `${(100 * (server.c16.rps / hello.c16.rps)).toFixed(server.c16.rps / hello.c16.rps < 0.05 ? 1 : 0)} %`;
  const row = (server) =>
    `| ${server.name} | ${times(server)} × | ${share(server)} | ${round(server.c16.rps)} | ` +
    `${digits(server.c16.p50)} / ${digits(server.c16.p99)} | ${round(server.c64.rps)} | ` +
    `${digits(server.c64.p50)} / ${digits(server.c64.p99)} | ${Math.round(server.rss)} | ` +
    `${server.readySeconds.toFixed(2)} |`;
  const errors = Object.values(open.failures).reduce((sum, count) => sum + count, 0);
  const goals = [
    [
      'times the naive service, 16 connections',
      `at least ${GOALS.naive}`,
      ours.c16.rps / naive.c16.rps,
      (v) => v >= GOALS.naive,
      (v) => v.toFixed(0),
    ],
    [
      'of raw hello, 16 connections',
      `at least ${GOALS.hello * 100} %`,
      ours.c16.rps / hello.c16.rps,
      (v) => v >= GOALS.hello,
      (v) => `${(v * 100).toFixed(0)} %`,
    ],
    [
      'p99, 16 connections',
      `at most ${GOALS.p99} ms`,
      ours.c16.p99,
      (v) => v <= GOALS.p99,
      (v) => `${v.toFixed(1)} ms`,
    ],
    ['ready after', `at most ${GOALS.ready} s`, ours.readySeconds, (v) => v <= GOALS.ready, (v) => `${v.toFixed(2)} s`],
    [
      'resident memory after the load',
      `at most ${GOALS.rss} MB`,
      ours.rss,
      (v) => v <= GOALS.rss,
      (v) => `${v.toFixed(0)} MB`,
    ],
    [
      `p99 of ${open.rate} requests/s for ${OPEN_SECONDS} s, open loop`,
      `below ${GOALS.openP99} ms`,
      open.p99 * 1e3,
      (v) => v < GOALS.openP99,
      (v) => `${v.toFixed(1)} ms`,
    ],
    [`errors of these ${open.requests} requests`, 'none', errors, (v) => v === 0, String],
  ];
  return `# Benchmarks of the generated service

\`npm run bench:serving\` writes this page. Each service has one worker on one core, and the load generator has another core. A request has one row with 12 inputs. All services have the same scikit-learn pipeline, and a test compared their responses first.
The absolute figures depend on the computer (${facts.cpu}, Python ${facts.python}). Compare the ratios of one run instead.

Closed loop: wrk 4.1, keep-alive, medians of ${ROUNDS} windows of ${SECONDS} s, interleaved over all rows. Only the measured service runs. p50 and p99 are in ms. Memory is that of all processes after the load. Readiness is the median of three starts after a first start.
Each service validates its input in its default way. The generated service also counts and logs every prediction.${facts.priority ? ' Server and load generator had priority over other processes.' : ''}

| service | × the naive one | of hello | requests/s, 16 connections | p50 / p99 | requests/s, 64 connections | p50 / p99 | MB | ready, s |
|---|---|---|---|---|---|---|---|---|
${list.map(row).join('\n')}
${failed.map((server) => `| ${server.name} | not run: ${server.why.replaceAll('|', '/').replaceAll('\n', ' ').slice(0, 200)} | | | | | | | |`).join('\n')}

Open loop: \`make load-test\` of the generated repository sends requests to its service with a pinned version, at half of the highest rate in the table. Latency counts from the time at which a request was due.
p50 ${(open.p50 * 1e3).toFixed(1)} ms, p95 ${(open.p95 * 1e3).toFixed(1)} ms, p99 ${(open.p99 * 1e3).toFixed(1)} ms, longest ${(open.max * 1e3).toFixed(1)} ms; ${(open.late * 100).toFixed(2)} % of the requests were sent more than 5 ms late by the generator itself.

| goal, version pinned | required | measured | met |
|---|---|---|---|
${goals.map(([name, asked, value, kept, show]) => `| ${name} | ${asked} | ${show(value)} | ${kept(value) ? 'yes' : '**no**'} |`).join('\n')}

## Run the benchmark

\`npm run bench:serving\` needs two cores, wrk (\`apt-get install wrk\`), make and a package index; it installs each of the other services in its own virtual environment. \`BENCH_DIR\` names a folder that keeps them for the next time.
`.replace('\n\n\nOpen', '\n\nOpen');
}

if (availableParallelism() < 2) throw new Error('two cores are needed: one for the servers, one for the load');
let priority = true;
try {
  writeFileSync('/proc/self/autogroup', '-20');
} catch {
  priority = false;
}
mkdirSync(work, { recursive: true });
cpSync(join(root, 'bench', 'serving'), own, { recursive: true });
const facts = project();
for (const [name, requirements] of Object.entries(PEERS)) {
  if (existsSync(join(work, name, '.done'))) continue;
  must(python, ['-m', 'venv', join(work, name)]);
  must(join(venv(name), 'pip'), ['install', '--quiet', ...requirements]);
  writeFileSync(join(work, name, '.done'), '');
}
const all = servers(facts);
const failed = [];
try {
  for (const server of all) {
    try {
      await bring(server);
    } catch (error) {
      failed.push({ ...server, why: error.message });
      await stop(server);
    }
  }
  const list = all.filter((server) => !failed.some(({ id }) => id === server.id));
  const expected = list.find(({ id }) => id === 'own').given;
  for (const { id, given } of list)
    if (given !== undefined && !(Math.abs(given - expected) <= 1e-6))
      throw new Error(`${id} scored ${given}, not ${expected}`);
  measure(list);
  const ours = list.find(({ id }) => id === 'own');
  const open = openLoop(ours, Math.round(Math.max(ours.c16.rps, ours.c64.rps) / 200) * 100);
  const text = report(list, failed, open, { cpu: cpus()[0].model, python: facts.python, priority });
  writeFileSync(join(root, 'bench', 'serving.md'), text);
  console.log(text);
} finally {
  for (const server of all) await stop(server);
  if (!process.env.BENCH_DIR) rmSync(work, { recursive: true, force: true });
}
