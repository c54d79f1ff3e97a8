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

/**
 * Faults: the file, the text of the correct code, and the text of the fault. `seed`: the first history to run, if it is
 * not the first of all.
 */
const FAULTS = {
  layout: {
    what: 'a file that only a formatter changed counts as edited',
    file: `${UPDATE}/edits.ts`,
    from: 'isOnlyLayout(entry.path, base, file.content) ||',
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
  base: {
    what: 'the record keeps the old version of a file that was merged',
    file: `${UPDATE}/update-actions.ts`,
    from: '  if (done.isRelaid) builder.relaid.push(home);\n  record(builder, x);\n',
    to: "  if (done.isRelaid) builder.relaid.push(home);\n  if (done.kind === 'merge') builder.entries.push({ ...entry, path: home });\n  else record(builder, x);\n",
  },
  applied: {
    what: 'a file that left with a merged change counts as deleted by the user',
    file: `${UPDATE}/plan-update.ts`,
    from: 'if (going.some(isThere)) return false;',
    to: 'if (going.length > 0) return false;',
    seed: 3,
  },
  deletion: {
    what: 'a file that the user deleted is generated again',
    file: `${UPDATE}/decision-table.ts`,
    from: "{ entry: 'managed', here: 'absent', row: 'becomes-deleted' }",
    to: "{ entry: 'managed', here: 'absent', row: 'restore' }",
    seed: 3,
  },
  park: {
    what: 'an edited file leaves with its tool',
    file: `${UPDATE}/decision-table.ts`,
    from: "{ entry: 'managed', here: 'edited', next: 'gone', row: 'park' }",
    to: "{ entry: 'managed', here: 'edited', next: 'gone', row: 'delete' }",
  },
  pins: {
    what: 'a pin that the user raised is lowered',
    file: `${UPDATE}/raised-pins.ts`,
    from: 'return raised && { ...merged, ...raised, reports: [...merged.reports, ...raised.reports] };',
    to: 'return raised && { ...merged, left: raised.left };',
  },
  tuned: {
    what: 'a value of a parameter is overwritten',
    file: `${UPDATE}/merge-file.ts`,
    from: '(/\\.ya?ml$/.test(intent.path) ? mergeTuned(base, yours, generated, stays) : undefined)',
    to: '(/\\.ya?ml$/.test(intent.path) ? mergeTuned(base, base, generated, stays) : undefined)',
  },
  resolve: {
    what: 'the lock of one branch is taken for that of a merge',
    file: `${UPDATE}/merge-locks.ts`,
    from: "    ...theirs.entries.filter((entry) => isWanted(entry, 'theirs')),\n",
    to: '',
  },
};

const run = (dir, command, args, env = {}) =>
  spawnSync(command, args, { cwd: dir, encoding: 'utf8', env: { ...process.env, ...env } });

function check(dir, name) {
  const { what, file, from, to, seed = 1 } = FAULTS[name];
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
    const { status, stdout } = run(dir, 'npx', args, {
      TEAM_HISTORIES: HISTORIES,
      TEAM_SEED: String(seed),
      NO_COLOR: '1',
    });
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
