// Reads what the tests have proved (.e2e/evidence) and writes docs/support.json, from which `npm run docs` makes pages.
// With --check it writes nothing, and fails if docs/support.json claims what the tests at hand have not proved.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const evidence = join(root, '.e2e', 'evidence');
const target = join(root, 'docs', 'support.json');
if (!existsSync(evidence)) {
  console.error('There is no .e2e/evidence: run npm test and npm run test:e2e first.');
  process.exit(2);
}

const proved = {};
for (const name of readdirSync(evidence).sort()) {
  const { kind, by, options } = JSON.parse(readFileSync(join(evidence, name), 'utf8'));
  for (const option of options) ((proved[option] ??= {})[kind] ??= []).push(by);
}
const sorted = (value) =>
  Array.isArray(value)
    ? [...new Set(value)].sort()
    : Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)]),
      );
const now = sorted(proved);

if (process.argv.includes('--check')) {
  const claimed = JSON.parse(readFileSync(target, 'utf8'));
  const unproved = Object.entries(claimed).flatMap(([option, kinds]) =>
    Object.entries(kinds).flatMap(([kind, names]) =>
      names.filter((by) => !now[option]?.[kind]?.includes(by)).map((by) => `${option}: ${kind} by ${by}`),
    ),
  );
  for (const line of unproved) console.error(`not proved: ${line}`);
  if (unproved.length > 0)
    console.error('docs/support.json claims more than these tests proved: npm run support && npm run docs');
  else if (JSON.stringify(claimed) !== JSON.stringify(now))
    console.log('More was proved than docs/support.json says: npm run support && npm run docs');
  process.exit(unproved.length > 0 ? 1 : 0);
}
writeFileSync(target, `${JSON.stringify(now, null, 2)}\n`);
console.log(`${Object.keys(now).length} options in docs/support.json`);
