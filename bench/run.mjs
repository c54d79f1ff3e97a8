// `npm run bench`: this command beside other scaffolders, as ratios of one run, to bench/results.md.
// R is what no scaffolder can undercut here: starting Node.js and copying the same files.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'bench-'));
const bin = join(root, 'dist', 'bin.js');
const env = { ...process.env, NO_COLOR: '1', DO_NOT_TRACK: '1', PYTHONDONTWRITEBYTECODE: '' };

const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: work, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });

function must(command, args, options) {
  const { status, stderr, error } = run(command, args, options);
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.split('\n').slice(-3).join(' ')}`);
}

/**
 * Milliseconds of one whole process, into a folder that is made away with outside the measured time. `prepare` is
 * outside of it too.
 */
function once({ command, args, target, options, prepare }) {
  if (target) rmSync(target, { recursive: true, force: true });
  prepare?.();
  const started = process.hrtime.bigint();
  must(command, args, options);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Rounds over all rows in turn, so that a machine that slows down slows them all. */
function measure(rows) {
  const times = new Map(rows.map((row) => [row.name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const row of rows) {
      const ms = once(row);
      if (round >= 0) times.get(row.name).push(ms);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

const count = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

/** Each peer says how it is installed and what makes a project; one that cannot be had is a row with the reason. */
function peers(sample) {
  const npm = join(work, 'npm');
  const venv = join(work, 'venv');
  const python = (name) => join(venv, 'bin', name);
  const list = [
    {
      name: 'create-vite react-ts',
      install: () => must('npm', ['install', '--prefix', npm, '--no-save', 'create-vite']),
      row: (target) => ({
        command: 'node',
        args: [
          join(npm, 'node_modules/create-vite/index.js'),
          'out-vite',
          '--template',
          'react-ts',
          '--no-interactive',
        ],
        target,
      }),
      out: 'out-vite',
    },
    {
      name: 'create-better-t-stack (with a polyfill on Node 20)',
      install: () => {
        must('npm', ['install', '--prefix', npm, '--no-save', 'create-better-t-stack', 'create-vite']);
        writeFileSync(
          join(work, 'polyfill.mjs'),
          'Set.prototype.union ??= function (other) { return new Set([...this, ...other.keys()]); };\n',
        );
      },
      row: (target) => ({
        command: 'node',
        args: [
          '--import',
          join(work, 'polyfill.mjs'),
          join(npm, 'node_modules/create-better-t-stack/dist/cli.mjs'),
          'out-bts',
          '--yes',
          '--no-install',
          '--no-git',
        ],
        target,
      }),
      out: 'out-bts',
    },
    {
      name: 'copier copy',
      install: () => (pip(venv, 'copier'), copierTemplate(sample)),
      row: (target) => ({
        command: python('copier'),
        args: ['copy', '--defaults', '--quiet', join(work, 'copier-template'), target],
        target,
      }),
      out: 'out-copier',
    },
    {
      name: 'cookiecutter',
      install: () => (pip(venv, 'cookiecutter'), cookieTemplate(sample)),
      row: (target) => ({
        command: python('cookiecutter'),
        args: ['--no-input', join(work, 'cookie-template')],
        target,
      }),
      out: 'out-cookie',
    },
    {
      name: 'kedro new',
      install: () => pip(venv, 'kedro'),
      row: (target) => ({
        command: python('kedro'),
        args: ['new', '--name', 'out-kedro', '--tools', 'none', '--example', 'n', '--telemetry', 'no'],
        target,
      }),
      out: 'out-kedro',
    },
  ];
  return list.map((peer) => {
    try {
      peer.install();
      const row = { name: peer.name, ...peer.row(join(work, peer.out)) };
      once(row);
      return { ...row, files: count(join(work, peer.out)) };
    } catch (error) {
      return { name: peer.name, why: error.message };
    }
  });
}

/**
 * `copier update` on a template of the same size: two versions in git, between them the change that a swap of one tool
 * makes.
 * Each round begins with the project as the first version made it.
 */
function copierUpdates(venv, sample, swapped) {
  const copier = join(venv, 'bin', 'copier');
  const template = join(work, 'copier-versions');
  const git = (cwd, ...words) =>
    must('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...words], { cwd });
  const release = (from, version) => {
    for (const name of existsSync(template) ? readdirSync(template).filter((entry) => entry !== '.git') : [])
      rmSync(join(template, name), { recursive: true });
    cpSync(from, template, { recursive: true });
    writeFileSync(join(template, 'copier.yml'), '_exclude: [copier.yml, .git]\n');
    writeFileSync(join(template, '{{ _copier_conf.answers_file }}.jinja'), '{{ _copier_answers|to_nice_yaml }}');
    if (!existsSync(join(template, '.git'))) git(template, 'init', '--quiet');
    git(template, 'add', '--all');
    git(template, 'commit', '--quiet', '--message', version);
    git(template, 'tag', version);
  };
  release(sample, 'v1');
  const made = join(work, 'copier-made');
  must(copier, ['copy', '--defaults', '--quiet', '--vcs-ref', 'v1', template, made]);
  git(made, 'init', '--quiet');
  git(made, 'add', '--all');
  git(made, 'commit', '--quiet', '--message', 'made');
  release(swapped, 'v2');
  const row = (name, version) => {
    const target = join(work, `copier-${version}`);
    return {
      name,
      command: copier,
      args: ['update', '--defaults', '--quiet', '--vcs-ref', version, target],
      target,
      prepare: () => cpSync(made, target, { recursive: true }),
    };
  };
  return [row('copier update, nothing changed', 'v1'), row('copier update, one tool swapped', 'v2')];
}

function pip(venv, name) {
  if (!existsSync(venv)) must('python3', ['-m', 'venv', venv]);
  must(join(venv, 'bin/pip'), ['install', '--quiet', name]);
}

/** The same files for every template engine: ours, without what looks like a tag of theirs. */
function copierTemplate(sample) {
  const dir = join(work, 'copier-template');
  cpSync(sample, dir, { recursive: true });
  writeFileSync(join(dir, 'copier.yml'), '_exclude: [copier.yml]\n');
}

function cookieTemplate(sample) {
  const dir = join(work, 'cookie-template');
  cpSync(sample, join(dir, '{{cookiecutter.name}}'), { recursive: true });
  writeFileSync(join(dir, 'cookiecutter.json'), '{"name": "out-cookie", "_copy_without_render": ["*"]}\n');
}

/** A build of this package whose catalogue is ten times as large. */
function largeCatalogue() {
  const dir = join(work, 'large');
  mkdirSync(dir);
  for (const name of ['src', 'generators', 'scripts', 'templates', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(dir, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  for (const choice of readdirSync(join(dir, 'templates')).filter((name) => !name.startsWith('_'))) {
    for (const option of readdirSync(join(root, 'templates', choice)).filter((name) =>
      existsSync(join(root, 'templates', choice, name, 'module.ts')),
    )) {
      for (let n = 1; n < 10; n++) {
        const copy = join(dir, 'templates', choice, `${option}-${n}`);
        cpSync(join(root, 'templates', choice, option), copy, { recursive: true });
        const file = join(copy, 'module.ts');
        // A slot that the module defines is one of its own in each copy, too.
        const text = readFileSync(file, 'utf8').replace(`id: '${option}'`, `id: '${option}-${n}'`);
        writeFileSync(file, text.replace(/(defineSlot<[^(]*\(\{\s*id: ')([^']+)'/g, `$1$2-${n}'`));
      }
    }
  }
  must('node', [join(dir, 'scripts/build.mjs')]);
  return join(dir, 'dist/bin.js');
}

const create = (name, command) => ({
  name,
  command: 'node',
  args: [command, join(work, name), '--yes', '--no-git', '--name', 'demo'],
  target: join(work, name),
});

must('node', [bin, join(work, 'sample'), '--yes', '--no-git', '--name', 'demo']);
const sample = join(work, 'sample');
// R copies what create writes, the lock and base included.
const floor = {
  name: 'R',
  command: 'sh',
  args: ['-c', `node -e 0 && cp -r ${sample} ${join(work, 'floor')}`],
  target: join(work, 'floor'),
};
const found = peers(sample);
const swap = ['--set', 'tracker=wandb'];
const swapped = join(work, 'swapped');
must('node', [bin, swapped, '--yes', '--no-git', '--name', 'demo', ...swap]);
/** The command inside of a fresh copy of the sample. */
const inside = (name, ...args) => {
  const target = join(work, 'updated');
  return {
    name,
    command: 'node',
    args: [bin, ...args],
    target,
    options: { cwd: target },
    prepare: () => cpSync(sample, target, { recursive: true }),
  };
};
const updates = [
  inside('update, nothing changed', 'update', '--yes'),
  inside('update, one tool swapped', 'update', '--yes', ...swap),
  inside('check', 'check'),
  inside('doctor', 'doctor'),
];
let copierRows = [];
try {
  copierRows = copierUpdates(join(work, 'venv'), sample, swapped);
  copierRows.forEach(once);
} catch (error) {
  copierRows = [{ name: 'copier update', why: error.message }];
}
const rows = [
  ...updates,
  ...copierRows.filter((row) => !row.why),
  { name: 'node -e 0', command: 'node', args: ['-e', '0'] },
  floor,
  { name: '--version', command: 'node', args: [bin, '--version'] },
  { name: '--help', command: 'node', args: [bin, '--help'] },
  create('create', bin),
  create('create, catalogue ten times as large', largeCatalogue()),
  ...found.filter((row) => !row.why),
];
const times = measure(rows);
const R = times.get('R');
const node = times.get('node -e 0');
const files = count(sample);
const unpacked = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

const line = (name, what, ratio, goal) => `| ${name} | ${what} | ${ratio} | ${goal} |`;
const ratio = (ms, base) => (ms / base).toFixed(2);
const report = [
  '# Speed',
  '',
  `Written by \`npm run bench\`: medians of ${ROUNDS} interleaved rounds of whole processes, after one that is not counted, as ratios of that run.`,
  `R is \`node -e 0\` plus \`cp -r\` of the same ${files} files (lock and base included). Node.js ${process.versions.node}.`,
  '',
  '| command | files | ratio | goal |',
  '|---|---|---|---|',
  line('`--version`', '', `${ratio(times.get('--version'), node)} × node -e 0`, '1.5'),
  line('`--help`', '', `${ratio(times.get('--help'), node)} × node -e 0`, '1.5'),
  line('create, no install, no git', files, `${ratio(times.get('create'), R)} × R`, '2, at most 3'),
  line(
    'create, catalogue ten times as large',
    files,
    `${ratio(times.get('create, catalogue ten times as large'), times.get('create'))} × create`,
    '1.10',
  ),
  line('update, nothing changed', files, `${ratio(times.get('update, nothing changed'), R)} × R`, 'at most 3'),
  line('update, one tool swapped', files, `${ratio(times.get('update, one tool swapped'), R)} × R`, 'at most 5'),
  line('check', files, `${ratio(times.get('check'), R)} × R`, ''),
  line('doctor', files, `${ratio(times.get('doctor'), R)} × R`, ''),
  ...copierRows.map((row) =>
    line(
      row.name,
      row.why ? '' : files,
      row.why ? `not run: ${row.why.replaceAll('|', '/').slice(0, 160)}` : `${ratio(times.get(row.name), R)} × R`,
      '',
    ),
  ),
  ...found.map((row) =>
    row.why
      ? line(row.name, '', `not run: ${row.why.replaceAll('|', '/').slice(0, 160)}`, '')
      : line(row.name, row.files, `${ratio(times.get(row.name), R)} × R`, ''),
  ),
  '',
  `The package is one package without dependencies, ${(unpacked / 2 ** 20).toFixed(2)} MB unpacked (goal: at most 4 MB).`,
  '',
].join('\n');
writeFileSync(join(root, 'bench', 'results.md'), report);
console.log(report);
rmSync(work, { recursive: true, force: true });
