// `npm run try -- <choice>/<option> [--modules DIR] [--render-only]` shows that an option works. It generates a
// repository with the option in .e2e/try/<option>, runs that repository, and runs the matrix rows of the option.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const USAGE = 'npm run try -- <choice>/<option> [--modules DIR] [--render-only]';

function fail(message) {
  console.error(`${message}\nUsage: ${USAGE}`);
  process.exit(2);
}

function readArguments() {
  const options = { modules: { type: 'string' }, 'render-only': { type: 'boolean' } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return fail(error.message);
  }
}

const { positionals, values } = readArguments();
const [choice, option, ...rest] = (positionals[0] ?? '').split('/');
if (!choice || !option || rest.length > 0 || positionals.length !== 1)
  fail('Give one option, for example tracker/mlflow.');
const folder = values.modules && resolve(process.env.INIT_CWD ?? process.cwd(), values.modules);
const home = join(folder ?? join(root, 'templates'), choice, option);
if (!['ts', 'js', 'mjs'].some((extension) => existsSync(join(home, `module.${extension}`))))
  fail(`There is no module in ${home}.`);

const parent = join(root, '.e2e', 'try');
const dir = join(parent, option);
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
for (const name of Object.keys(env))
  if (/^(?:MLOPS_|MLFLOW_|PREFECT_|DAGSTER_|WANDB_|VIRTUAL_ENV|INIT_CWD|npm_)/.test(name)) delete env[name];

/** A project must not have the name of a package or a Python keyword, and options often have such names. */
const name = `try-${option}`;
const cli = join(root, 'dist/bin.js');
const modules = join(parent, '.modules');
const flags = ['--yes', '--no-git', '--name', name, `--${choice}`, option, ...(folder ? ['--modules', modules] : [])];
const git = (...words) => ['git', ['-c', 'user.name=try', '-c', 'user.email=try@example.com', ...words], dir];
const RUFF = 'ruff';

const matrix = { ...env, MATRIX_OPTION: `${choice}/${option}`, ...(folder && { MATRIX_MODULES: folder }) };
const steps = [
  { step: 'build', run: ['node', ['scripts/build.mjs'], root] },
  { step: 'render', run: ['node', [cli, option, ...flags], parent] },
  { step: 'matrix', run: ['npx', ['vitest', 'run', 'test/matrix/option.test.ts'], root], env: matrix },
  ...(values['render-only']
    ? []
    : [
        { step: 'commit', run: git('init', '--quiet') },
        { step: 'commit', run: git('add', '--all') },
        { step: 'commit', run: git('commit', '--quiet', '--message', 'Generated') },
        { step: 'make setup', run: ['make', ['setup'], dir] },
        { step: RUFF, run: ['.venv/bin/ruff', ['check', '.'], dir] },
        { step: RUFF, run: ['.venv/bin/ruff', ['format', '--check', '.'], dir] },
        { step: 'make check', run: ['make', ['check'], dir] },
        { step: 'make test', run: ['make', ['test'], dir] },
        { step: 'make demo', run: ['make', ['demo'], dir] },
      ]),
];

/** A copy of the folder in JavaScript, because not every supported Node.js version loads TypeScript. */
async function compileModules() {
  rmSync(modules, { recursive: true, force: true });
  cpSync(folder, modules, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const entryPoints = readdirSync(folder, { recursive: true }).filter((path) =>
    /(?:^|[\\/])(?:choice|module|part)\.ts$/.test(path),
  );
  await build({
    absWorkingDir: folder,
    entryPoints,
    outdir: modules,
    outbase: folder,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
  });
}

mkdirSync(parent, { recursive: true });
rmSync(dir, { recursive: true, force: true });
if (folder) await compileModules();
const rows = new Map();
let count = 0;
for (const { step, run, env: own } of steps) {
  if (rows.get(step)?.result === 'failed') continue;
  // After a failed setup step, all later steps would fail for the same reason.
  const isBlocked = ['build', 'render', 'commit', 'make setup'].some((before) => rows.get(before)?.result === 'failed');
  if (isBlocked) {
    rows.set(step, { result: 'not run', seconds: 0 });
    continue;
  }
  const [command, args, cwd] = run;
  console.log(`== ${command} ${args.join(' ')}`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd, env: own ?? env, stdio: 'inherit' });
  const seconds = (rows.get(step)?.seconds ?? 0) + (performance.now() - started) / 1000;
  rows.set(step, { result: status === 0 ? 'passed' : 'failed', seconds });
  if (step === 'render' && existsSync(dir))
    count = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

console.log(`\n${choice}/${option} in ${dir} (${count} files)\n`);
for (const [step, { result, seconds }] of rows)
  console.log(`  ${step.padEnd(12)} ${result.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s`);
process.exitCode = [...rows.values()].every(({ result }) => result === 'passed') ? 0 : 1;
