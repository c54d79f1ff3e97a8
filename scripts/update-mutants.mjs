// Checks the random histories of a team in test/update/teams.test.ts. It plants one fault at a time in the update, in a
// clone of HEAD in the temporary folder of the system, and expects that one of the first histories fails.
//
//   npm run update:mutants             all faults
//   npm run update:mutants -- layout   only this fault
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const UPDATE = 'src/core/update';
/** A fault is found by one of this many histories. */
const HISTORIES = process.env.TEAM_HISTORIES ?? '8';

/** Faults: the file, the text of the correct code, and the text of the fault. */
const FAULTS = {
  layout: {
    what: 'a file that only a formatter changed counts as edited',
    file: `${UPDATE}/edits.ts`,
    from: 'differsInLayoutOnly(entry.path, textOf(base), textOf(file.content)) ||',
    to: 'false ||',
  },
  edits: {
    what: 'a file with edits is overwritten where the new version merges',
    file: `${UPDATE}/merge-file.ts`,
    from: "result('merge', writeText(merged.text, yours)",
    to: "result('merge', next.content",
  },
  move: {
    what: 'a file that the user moved is followed only once',
    file: `${UPDATE}/plan-update.ts`,
    from: '{ ...recorded, path: place, followed: true }',
    to: '{ ...recorded, path: place }',
  },
};

const run = (dir, command, args, env = {}) =>
  spawnSync(command, args, { cwd: dir, encoding: 'utf8', env: { ...process.env, ...env } });

function check(dir, name) {
  const { what, file, from, to } = FAULTS[name];
  const path = join(dir, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) return `${file} does not contain the code of the fault ${name} once`;
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    const built = run(dir, 'node', ['scripts/build.mjs']);
    if (built.status !== 0) return `${name} cannot be built: ${built.stderr}`;
    const args = ['vitest', 'run', 'test/update/teams.test.ts', '--bail', '1'];
    const { status, stdout } = run(dir, 'npx', args, { TEAM_HISTORIES: HISTORIES, NO_COLOR: '1' });
    const found = /×.*history (\d+)/.exec(stdout)?.[1];
    console.log(`${name}: ${what}\n  ${found ? `history ${found} fails` : `no history of ${HISTORIES} fails`}`);
    return status === 0 || !found ? `The histories did not notice the fault ${name}.` : undefined;
  } finally {
    writeFileSync(path, text);
  }
}

const dir = mkdtempSync(join(tmpdir(), 'update-mutant-'));
try {
  run(dir, 'git', ['clone', '--quiet', '--shared', root, '.']);
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  const names = process.argv.slice(2);
  const problems = (names.length > 0 ? names : Object.keys(FAULTS)).map((name) => check(dir, name)).filter(Boolean);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
