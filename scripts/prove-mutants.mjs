// Checks the test selection of `npm run prove`. It breaks a template, and expects that CI runs a stack with that
// template and that this stack fails. It works in a clone of HEAD in the temporary folder of the system, and takes a
// few minutes for each mutant.
//
//   npm run prove:mutants            a template of one stack that is no anchor, then a shared one
//   npm run prove:mutants -- own     only the first of them; `shared` for the second
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { digestOfOption } from './digests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const load = async (file) =>
  (await runnerImport(join(root, 'test', 'e2e', file), { configFile: false, root, logLevel: 'error' })).module;
const { stacks, anchors } = await load('run-plan.ts');
const { orderOf } = await load('rows-to-run.ts');

const filesOf = (folder) =>
  readdirSync(join(root, 'templates', folder, 'files'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(?!__|test_).*\.py(?:\.ejs)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();

/** An orchestrator (the demo imports its files) that occurs in exactly one stack, which is not an anchor. */
function ownMutant() {
  for (const stack of stacks.filter(({ name }) => !anchors.has(name))) {
    const option = stack.options.find(
      (id) =>
        id.startsWith('orchestrator/') &&
        stacks.filter(({ options }) => options.includes(id)).length === 1 &&
        existsSync(join(root, 'templates', id, 'files')) &&
        filesOf(id).length > 0,
    );
    if (option) return { option, file: filesOf(option)[0], stack: stack.name };
  }
  throw new Error('No orchestrator belongs to one stack alone that is no anchor.');
}
const artifacts = filesOf('_base/package').find((file) => file.endsWith('/artifacts.py'));
const MUTANTS = { own: ownMutant(), shared: { file: artifacts, stack: stacks[0].name } };

/** The content of docs/support.json when every stack has just been proved. */
const proved = {
  options: Object.fromEntries(
    stacks
      .flatMap(({ options }) => options)
      .map((id) => {
        const holders = stacks.filter(({ options }) => options.includes(id));
        return [id, { tested: Object.fromEntries(holders.map(({ name }) => [name, digestOfOption(id)])) }];
      }),
  ),
};

function check(name) {
  const { option, file, stack } = MUTANTS[name];
  const digest = (id) => (id === option ? 'another digest' : digestOfOption(id));
  const { always } = orderOf(stacks, anchors, proved, digest, 'seed');
  console.log(`\n${name}: ${file} raises an error\n  CI always runs ${always.join(', ')}`);
  if (!always.includes(stack)) return `${stack} would not run`;
  const dir = mkdtempSync(join(tmpdir(), 'mutant-'));
  try {
    const run = (command, args) => spawnSync(command, args, { cwd: dir, encoding: 'utf8' });
    run('git', ['clone', '--quiet', '--shared', root, '.']);
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    appendFileSync(join(dir, file), '\nraise RuntimeError("a mutant")\n');
    run('node', ['scripts/build.mjs']);
    const { status, stdout } = run('node', ['scripts/prove.mjs', '--bail', stack]);
    const why = /a mutant/.test(stdout) ? 'the mutant is named in its log' : 'its log does not name the mutant';
    console.log(`  ${stack} ${status === 0 ? 'passed' : 'failed'}: ${why}`);
    return status === 0 || !/a mutant/.test(stdout) ? `${stack} did not notice the mutant` : undefined;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const names = process.argv.slice(2);
const problems = (names.length > 0 ? names : Object.keys(MUTANTS)).map(check).filter(Boolean);
for (const problem of problems) console.error(problem);
console.log(problems.length > 0 ? 'A mutant survived.' : 'Every mutant was caught.');
process.exitCode = problems.length > 0 ? 1 : 0;
