// Collects the evidence of the tests (.e2e/evidence) into docs/support.json, from which `npm run docs` writes pages. A
// claim contains the digest of the proved option. Claims of proofs that did not run are kept, and become stale when
// their inputs change.
// With --check it writes nothing, and fails if docs/support.json contains a claim whose proof ran and did not prove it.
// A claim whose proof did not run is not an error: if its digest is old, the pages mark it as stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOfOption } from './digests.mjs';
import { collectRealData } from './docs-real-data.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const evidence = join(root, '.e2e', 'evidence');
const target = join(root, 'docs', 'support.json');
if (!existsSync(evidence)) {
  console.error('There is no .e2e/evidence: run npm test and npm run prove first.');
  process.exit(2);
}

const reports = readdirSync(evidence)
  .sort()
  .map((name) => JSON.parse(readFileSync(join(evidence, name), 'utf8')));
const claimed = JSON.parse(existsSync(target) ? readFileSync(target, 'utf8') : '{}');

/** Every claim as a row. */
const rowsOf = ({ options = {} }) =>
  Object.entries(options).flatMap(([option, kinds]) =>
    Object.entries(kinds).flatMap(([kind, proofs]) =>
      Object.entries(proofs).map(([by, digest]) => ({ option, kind, by, digest })),
    ),
  );
const proved = reports.flatMap(({ kind, by, options }) =>
  Object.entries(options).map(([option, digest]) => ({ option, kind, by, digest })),
);
const keyOf = ({ option, kind, by }) => `${option}: ${kind} by ${by}`;
const provedKeys = new Set(proved.filter(({ option, digest }) => digest === digestOfOption(option)).map(keyOf));
const ran = new Set(reports.map(({ kind, by }) => `${kind} ${by}`));

if (process.argv.includes('--check')) {
  const unproved = rowsOf(claimed).filter(
    (claim) => !provedKeys.has(keyOf(claim)) && ran.has(`${claim.kind} ${claim.by}`),
  );
  const known = new Set(rowsOf(claimed).map((claim) => `${keyOf(claim)} ${claim.digest}`));
  for (const claim of unproved) console.error(`not proved: ${keyOf(claim)}`);
  if (unproved.length > 0)
    console.error('docs/support.json claims more than was proved: npm run support && npm run docs');
  else if (proved.some((claim) => !known.has(`${keyOf(claim)} ${claim.digest}`)))
    console.log('More was proved than docs/support.json says: npm run support && npm run docs');
  process.exit(unproved.length > 0 ? 1 : 0);
}

const stacksFile = join(root, '.e2e', 'run', 'stacks.json');
/** The options of each stack, by its name. */
const stacks = new Map(Object.entries(existsSync(stacksFile) ? JSON.parse(readFileSync(stacksFile, 'utf8')) : {}));
/** Keeps the claims of proofs that did not run, unless the stack or the option is gone, or the stack lost the option. */
const isKept = ({ option, kind, by }) => {
  const stack = /[\w-]+-stack\b/.exec(by)?.[0];
  const hasOption = stack === undefined || stacks.get(stack)?.includes(option);
  return !ran.has(`${kind} ${by}`) && existsSync(join(root, 'templates', option)) && hasOption;
};
const claims = [...rowsOf(claimed).filter(isKept), ...proved].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
const options = {};
for (const { option, kind, by, digest } of claims) ((options[option] ??= {})[kind] ??= {})[by] = digest;
const names = [...new Set(claims.map(({ kind, by }) => `${kind} by ${by}`))].sort();
const fresh = new Map(
  reports.map(({ kind, by, date, shared, digest }) => [
    `${kind} by ${by}`,
    { date, digest, ...(shared ? { shared } : {}) },
  ]),
);
const proofs = Object.fromEntries(names.map((name) => [name, fresh.get(name) ?? claimed.proofs[name]]));
const timesFile = join(root, '.e2e', 'run', 'times.json');
const times = existsSync(timesFile) ? JSON.parse(readFileSync(timesFile, 'utf8')) : [];
/** How long each stack took, from which a run with a time limit knows which stacks it has time for. */
const measured = { ...claimed.seconds, ...Object.fromEntries(times.map(({ name, seconds }) => [name, seconds])) };
const seconds = Object.fromEntries(
  [...stacks.keys()].filter((name) => measured[name]).map((name) => [name, measured[name]]),
);
/** The checks that prove more than one stack, with the digest of their subject. */
const checks = Object.fromEntries(
  [
    ...Object.entries(claimed.checks ?? {}),
    ...reports
      .filter(({ kind }) => kind === 'check')
      .map(({ by, date, digest, seconds: spent }) => [by, { date, digest, seconds: spent }]),
  ].sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(target, `${JSON.stringify({ proofs, checks, seconds, options }, null, 2)}\n`);
console.log(`${Object.keys(options).length} options in docs/support.json`);
collectRealData();
