// Runs the end-to-end tests, several files or stacks at a time, and prints where the time went.
//
//   npm run prove                    everything; a stack executes the tests that no stack before it has proved
//   npm run prove -- --all           everything, and every stack executes all of its tests
//   npm run prove -- <name>…         the stacks or test files with these names (dagster-stack, swaps)
//   npm run prove -- --until <time>  anchors, changed rows, checks, and what else ends before that Unix time: further stacks,
//                                    and checks whose subject is the one that they last proved
//   npm run prove -- --bail <name>…  ends a stack or test file at its first failed test
//   npm run prove -- --list          prints the stacks and test files
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { digestOfOption } from './digests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = join(root, '.e2e', 'run');
const results = process.env.VITEST_JSON ?? join(run, 'results');
const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    bail: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    until: { type: 'string' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});

const load = async (file) =>
  (await runnerImport(join(root, 'test', 'e2e', file), { configFile: false, root, logLevel: 'error' })).module;
const { stacks, anchors } = await load('run-plan.ts');
const { orderOf } = await load('rows-to-run.ts');
const { cpuSeconds } = await load('cpu-seconds.ts');

/** The test files that do not prove a single stack, the longest first. */
const LONGEST = ['swaps', 'terraform', 'image', 'delivery', 'tutorial', 'terraform-pairs', 'monitoring'];
const rankOf = (name) => LONGEST.indexOf(name) + 1 || LONGEST.length + 1;
const checks = readdirSync(join(root, 'test', 'e2e'))
  .filter((file) => file.endsWith('.test.ts') && file !== 'stacks.test.ts')
  .map((file) => file.slice(0, -'.test.ts'.length))
  .sort((a, b) => rankOf(a) - rankOf(b));
if (flags.list) {
  for (const { name, options } of stacks) console.log(`${name.padEnd(28)} ${options.join(' ')}`);
  for (const name of checks) console.log(name);
  process.exit(0);
}
const unknown = names.filter((name) => !checks.includes(name) && !stacks.some((stack) => stack.name === name));
if (unknown.length > 0) {
  console.error(`There is no stack and no test file ${unknown.join(', ')}. npm run prove -- --list prints them.`);
  process.exit(2);
}

const support = join(root, 'docs', 'support.json');
const known = existsSync(support) ? JSON.parse(readFileSync(support, 'utf8')) : {};
const { always, ifTime } = orderOf(stacks, anchors, known, digestOfOption, flags.seed);
/** Test files that CI has no time for. They run if they are named, or with --all. */
const isLong = (name) => name.endsWith('-all');
const isWanted = (name) => (names.length === 0 ? flags.all || !isLong(name) : names.includes(name));
/**
 * Checks with a file `<name>.subject.ts`, which computes the digest of all that the check proves. If docs/support.json
 * has the same one, the check passed with it.
 */
const subjects = new Map();
const hasSubject = (name) => existsSync(join(root, 'test', 'e2e', `${name}.subject.ts`));
for (const name of checks.filter((each) => isWanted(each) && hasSubject(each)))
  subjects.set(name, (await load(`${name}.subject.ts`)).subject());
const isProved = (name) => subjects.has(name) && known.checks?.[name]?.digest === subjects.get(name);
const provedAt = (name) =>
  isProved(name) ? `${name} (its subject has not changed since ${known.checks[name].date})` : name;
const order = [...always, ...ifTime].filter(isWanted);
const deadline = flags.until ? Number(flags.until) * 1000 : Number.POSITIVE_INFINITY;
const STACK_FILE = 'stacks.test.ts';
/** The time of a stack that was never measured. */
const USUAL_SECONDS = 900;
/** Whether a stack or a check ends before the time limit, if it takes as long as docs/support.json says. */
const hasTime = (name) =>
  Date.now() + (known.seconds?.[name] ?? known.checks?.[name]?.seconds ?? USUAL_SECONDS) * 1000 <= deadline;
const unit = (name, file, isOptional = false, env = {}) => ({ name, file, isOptional, env });
const stackUnit = (name, isOptional) =>
  unit(name, STACK_FILE, isOptional, {
    E2E_STACK: name,
    // A stack that you name executes all of its tests, as in a run of all stacks.
    ...(flags.all || names.length > 0 ? {} : { E2E_ORDER: order.join() }),
  });
const hasLimit = deadline !== Number.POSITIVE_INFINITY;
const checkUnit = (name, isOptional) => unit(name, `${name}.test.ts`, isOptional);
const [proved, due] = [true, false].map((is) => checks.filter((name) => isWanted(name) && isProved(name) === is));
const queue = [
  ...always.filter(isWanted).map((name) => stackUnit(name, false)),
  ...due.map((name) => checkUnit(name, false)),
  ...ifTime.filter(isWanted).map((name) => stackUnit(name, hasLimit)),
  ...proved.map((name) => checkUnit(name, hasLimit)),
];

rmSync(run, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
mkdirSync(join(run, 'logs'), { recursive: true });
writeFileSync(
  join(run, 'stacks.json'),
  JSON.stringify(Object.fromEntries(stacks.map(({ name, options }) => [name, options]))),
);

const times = [];
const failed = [];
const skipped = [];

/** Runs `npx` with the arguments, and writes the CPU time of all its processes to the file descriptor 3. */
const MEASURED = 'npx "$@" 3>&-; code=$?; times >&3; exit $code';

function prove({ name, file, env }) {
  const from = performance.now();
  const log = join(run, 'logs', `${name}.log`);
  return new Promise((done) => {
    const args = [
      'vitest',
      'run',
      '--config',
      'vitest.e2e.config.ts',
      ...(flags.bail ? ['--bail=1'] : []),
      `test/e2e/${file}`,
    ];
    const child = spawn('bash', ['-c', MEASURED, 'prove', ...args], {
      cwd: root,
      env: { ...process.env, ...env, E2E_RUN: run, E2E_JSON: join(results, `${name}.json`), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let cpu = '';
    child.stdio[3].setEncoding('utf8').on('data', (text) => {
      cpu += text;
    });
    const output = createWriteStream(log);
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once('close', (code) => {
      output.end();
      const seconds = Math.round((performance.now() - from) / 1000);
      times.push({ name, seconds, cpu: cpuSeconds(cpu) });
      if (code !== 0) failed.push(name);
      else if (subjects.has(name) && ranAll(name)) recordCheck(name, seconds);
      console.log(`-- ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
      if (code !== 0) console.log(readFileSync(log, 'utf8').slice(-12_000));
      done();
    });
  });
}

/** Whether no test of a check was skipped, because its tool is missing, for example. */
const ranAll = (name) => JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8')).numPendingTests === 0;

/** Evidence that a check passed, for `npm run support`. */
function recordCheck(name, seconds) {
  const evidence = { kind: 'check', by: name, date: new Date().toISOString().slice(0, 10), digest: subjects.get(name) };
  const folder = join(root, '.e2e', 'evidence');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `check.${name}.json`), `${JSON.stringify({ ...evidence, seconds, options: {} })}\n`);
}

/** Tests often wait for servers and processes, so two workers more than processors keep these busy. */
const WORKERS = Number(process.env.E2E_WORKERS ?? availableParallelism() + 2);
/**
 * Stacks that run at the same time. They take longer than the other tests, so all that must run start early. The commands
 * of their pages use fixed ports, for which they wait.
 */
const STACKS = availableParallelism() + 1;
let running = 0;

/** Takes the next item of the queue that may run now. */
function take() {
  const at = queue.findIndex(({ file }) => file !== STACK_FILE || running < STACKS);
  return at < 0 ? undefined : queue.splice(at, 1)[0];
}

async function worker() {
  for (let next = take(); next; next = take()) {
    if (next.isOptional && !hasTime(next.name)) skipped.push(next.name);
    else if (next.file !== STACK_FILE) await prove(next);
    else {
      running++;
      await prove(next);
      running--;
    }
  }
}
await Promise.all(Array.from({ length: WORKERS }, worker));

times.sort((a, b) => b.seconds - a.seconds);
writeFileSync(join(run, 'times.json'), JSON.stringify(times));
console.log(`\n${'end-to-end tests'.padEnd(32)} seconds    CPU (${WORKERS} run at a time)`);
for (const { name, seconds, cpu } of times)
  console.log(`${name.padEnd(32)} ${String(seconds).padStart(7)} ${String(cpu).padStart(6)}`);
const commands = join(run, 'commands.jsonl');
if (existsSync(commands)) {
  const rows = readFileSync(commands, 'utf8').trim().split('\n').map(JSON.parse);
  console.log(`\n${'the most expensive commands'.padEnd(64)} seconds    CPU`);
  for (const { repository, command, seconds, cpu } of rows.sort((a, b) => b.cpu - a.cpu).slice(0, 25)) {
    const label = `${repository}: ${command}`.replaceAll(/\s+/g, ' ').slice(0, 62);
    console.log(`${label.padEnd(64)} ${String(seconds).padStart(7)} ${String(cpu).padStart(6)}`);
  }
}
if (skipped.length > 0) console.log(`Not run, the time was spent: ${skipped.map(provedAt).join(', ')}`);
if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}. The logs are in .e2e/run/logs.`);
process.exitCode = failed.length > 0 ? 1 : 0;
