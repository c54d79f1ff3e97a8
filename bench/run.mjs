// `npm run bench` compares this command with other scaffolders and writes bench/results.md. All figures are ratios of
// one run. R is the lower bound for any scaffolder: start Node.js, and copy the same files.
// BENCH_ROUNDS is the number of rounds. BENCH_SHORT=1 is for CI and only shows that the benchmark works: it installs no
// other scaffolder, enlarges the catalog less, and prints its report instead of writing it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largeCatalogue } from './large-catalogue.mjs';
import { copierUpdates, peers } from './peers.mjs';
import { countFiles, must } from './processes.mjs';

const SHORT = Boolean(process.env.BENCH_SHORT);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
const TIMES = SHORT ? 2 : 10;
const LARGE = `create, catalog ${TIMES} times as large`;
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const bin = join(root, 'dist', 'bin.js');

/** Milliseconds of one whole process. `prepare` and the removal of the folder of the last round are not measured. */
function once({ command, args, target, options, prepare }) {
  if (target) rmSync(target, { recursive: true, force: true });
  prepare?.();
  const started = process.hrtime.bigint();
  must(command, args, { cwd: work, ...options });
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Every round runs all rows, so that a slowdown of the machine affects all of them. The first round is not counted. */
function measure(rows) {
  const times = new Map(rows.map((row) => [row.name, []]));
  for (let round = SHORT ? 0 : -1; round < ROUNDS; round++) {
    for (const row of rows) {
      const ms = once(row);
      if (round >= 0) times.get(row.name).push(ms);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

/** The output of the matrix test for one case. */
function matrixCase() {
  const { stdout } = spawnSync('npx', ['vitest', 'run', 'test/matrix/matrix.test.ts'], { cwd: root, encoding: 'utf8' });
  return /resolve \+ plan \+ render of a case +(median .*)/.exec(stdout)?.[1] ?? 'the matrix test did not end';
}

const sample = join(work, 'sample');
const swapped = join(work, 'swapped');
const flags = ['--yes', '--no-git', '--name', 'demo'];
const swap = ['--set', 'tracker=wandb'];
const create = (name, command) => {
  const target = join(work, name);
  return { name, command: 'node', args: [command, target, ...flags], target };
};
/** Runs the command in a fresh copy of the sample. */
const inside = (name, ...args) => {
  const target = join(work, 'updated');
  const prepare = () => cpSync(sample, target, { recursive: true });
  return { name, command: 'node', args: [bin, ...args], target, options: { cwd: target }, prepare };
};

must('node', [bin, sample, ...flags]);
must('node', [bin, swapped, ...flags, ...swap]);
const found = SHORT ? [] : peers(work, sample, once);
let copierRows = [];
try {
  copierRows = SHORT ? [] : copierUpdates(work, sample, swapped);
  copierRows.forEach((row) => {
    once(row);
  });
} catch (error) {
  copierRows = [{ name: 'copier update', why: error.message }];
}
const floor = join(work, 'floor');
const times = measure([
  inside('update, nothing changed', 'update', '--yes'),
  inside('update, one tool swapped', 'update', '--yes', ...swap),
  inside('check', 'check'),
  inside('doctor', 'doctor'),
  ...copierRows.filter((row) => !row.why),
  { name: 'node -e 0', command: 'node', args: ['-e', '0'] },
  { name: 'R', command: 'sh', args: ['-c', `node -e 0 && cp -r ${sample} ${floor}`], target: floor },
  { name: '--version', command: 'node', args: [bin, '--version'] },
  { name: '--help', command: 'node', args: [bin, '--help'] },
  create('create', bin),
  create(LARGE, largeCatalogue(root, join(work, 'large'), TIMES)),
  ...found.filter((row) => !row.why),
]);

const files = countFiles(sample);
const unpacked = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
const line = (name, what, result, goal) => `| ${name} | ${what} | ${result} | ${goal} |`;
const ratio = (name, base) => `${(times.get(name) / times.get(base)).toFixed(2)} × ${base}`;
const other = ({ name, why, files: written }) =>
  why
    ? line(name, '', `not run: ${why.replaceAll('|', '/').slice(0, 160)}`, '')
    : line(name, written ?? files, ratio(name, 'R'), '');
const report = [
  '# Benchmarks of the generator',
  '',
  `\`npm run bench\` writes this page. Each ratio is the median of ${ROUNDS} interleaved rounds of complete ` +
    'processes, after one warm-up round.',
  `R is the time of \`node -e 0\` plus \`cp -r\` of the same ${files} files, with lock and base. ` +
    `Node.js ${process.versions.node}.`,
  '',
  '| command | files | ratio | goal |',
  '|---|---|---|---|',
  line('`--version`', '', ratio('--version', 'node -e 0'), '1.5'),
  line('`--help`', '', ratio('--help', 'node -e 0'), '1.5'),
  line('create, no install, no git', files, ratio('create', 'R'), '2, at most 3'),
  line(LARGE, files, ratio(LARGE, 'create'), '1.10'),
  line('update, nothing changed', files, ratio('update, nothing changed', 'R'), 'at most 3'),
  line('update, one tool swapped', files, ratio('update, one tool swapped', 'R'), 'at most 5'),
  line('check', files, ratio('check', 'R'), ''),
  line('doctor', files, ratio('doctor', 'R'), ''),
  ...[...copierRows, ...found].map(other),
  '',
  ...(SHORT
    ? []
    : [
        `A case of the matrix (resolve, plan and render in memory) takes ${matrixCase()}. The goal is at most 10 ms.`,
        '',
      ]),
  `The npm package has no dependencies. Its unpacked size is ${(unpacked / 2 ** 20).toFixed(2)} MB (goal: ` +
    'at most 4 MB).',
  '',
].join('\n');
if (!SHORT) writeFileSync(join(root, 'bench', 'results.md'), report);
console.log(report);
