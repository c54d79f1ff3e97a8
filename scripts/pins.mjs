// `npm run pins [-- --only name,name]` asks the registries whether every pinned version exists, and lets uv resolve the
// pins that share an environment in a stack of the end-to-end tests. It needs network access and ends within ten
// minutes. A request without an answer by then is an error. `--only` looks up the named packages and resolves nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { collectPins, collectProjects } from './pins/collect.mjs';
import { createClients } from './pins/registries.mjs';

const MINUTES = 10;
const LOOKUPS_AT_ONCE = 8;
/** Each resolution keeps one core busy. */
const LOCKS_AT_ONCE = 2;

const from = Date.now();
const seconds = () => `${Math.round((Date.now() - from) / 1000)} s`;
const lastLines = (text) => text.split('\n').slice(-12).join('\n    ');
const work = mkdtempSync(join(tmpdir(), 'pins-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const all = collectPins();
const pins = only ? all.filter(({ name }) => only.includes(name)) : all;
const unknown = only?.filter((name) => !pins.some((pin) => pin.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`No pin has the name ${unknown.join(', ')}.`);
  process.exit(2);
}

/** Calls `work` for each item, some at a time. */
async function forEach(items, atOnce, work) {
  const queue = [...items];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const clients = createClients(work, from + MINUTES * 60_000);
const faults = [];
const unchecked = pins.filter(({ reason }) => reason);
const nameOf = ({ registry, kind, name, version, from }) => `${registry ?? kind} ${name} ${version} (${from})`;

async function lookUpAll() {
  const wanted = pins.filter(({ registry }) => registry);
  const counts = new Map();
  for (const { registry } of wanted) counts.set(registry, { total: (counts.get(registry)?.total ?? 0) + 1, done: 0 });
  await forEach(wanted, LOOKUPS_AT_ONCE, async (pin) => {
    const { state, text } = await clients.lookUp(pin);
    if (state === 'no client') unchecked.push({ ...pin, reason: text });
    if (state === 'absent') faults.push(`${nameOf(pin)} was not found:\n    ${lastLines(text)}`);
    if (state === 'unanswered') faults.push(`${nameOf(pin)} could not be looked up: ${text}`);
    const count = counts.get(pin.registry);
    count.done += 1;
    if (count.done % 20 === 0 || count.done === count.total)
      console.log(`${pin.registry}: ${count.done} of ${count.total} versions looked up, ${seconds()}`);
  });
}

async function lockAll() {
  const projects = collectProjects();
  for (const pin of pins.filter(({ kind }) => kind === 'python'))
    if (![...projects.keys()].some((text) => new RegExp(`"${pin.name}(\\[.*\\])?==${pin.version}[ "]`).test(text)))
      faults.push(`${nameOf(pin)} is in no stack of the end-to-end tests, so this command does not resolve it`);
  await forEach(projects, LOCKS_AT_ONCE, async ([pyproject, names]) => {
    const { state, text } = await clients.lock(pyproject);
    const stacks = names.join(', ');
    console.log(`${state === 'found' ? 'resolves' : 'does not resolve'}: ${stacks}, ${seconds()}`);
    if (state === 'absent') faults.push(`The pins of ${stacks} do not resolve:\n    ${lastLines(text)}`);
    else if (state !== 'found') faults.push(`The pins of ${stacks} could not be resolved: ${text}`);
  });
}

await clients.findUv(all.find(({ registry, name }) => registry === 'python' && name === 'uv').version);
await lookUpAll();
if (!only) await lockAll();
for (const pin of unchecked) console.log(`not checked: ${nameOf(pin)}: ${pin.reason}`);
for (const line of faults) console.error(`fault: ${line}`);
console.log(
  `${pins.length - unchecked.length} of ${pins.length} pins were checked, ${faults.length} faults, ${seconds()}`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
