// Collects the rows that test/e2e/real-data*.test.ts measured (.e2e/real-data-rows) into docs/real-data.json, and writes
// docs/real-data.md from that file. Rows that did not run are kept.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const measured = join(root, '.e2e', 'real-data-rows');
const stored = join(root, 'docs', 'real-data.json');

const read = () => (existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')) : []);

export function collectRealData() {
  if (!existsSync(measured)) return;
  const rows = new Map(read().map((row) => [row.row, row]));
  for (const name of readdirSync(measured)) {
    const row = JSON.parse(readFileSync(join(measured, name), 'utf8'));
    rows.set(row.row, row);
  }
  const sorted = [...rows.values()].sort((a, b) => (a.row < b.row ? -1 : 1));
  writeFileSync(stored, `${JSON.stringify(sorted, null, 2)}\n`);
  console.log(`${sorted.length} rows in docs/real-data.json`);
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

export function writeRealData() {
  const rows = read();
  const cells = rows.map((row) => [
    row.set,
    row.rows.toLocaleString('en-US'),
    row.columns,
    percent(row.missing),
    row.task,
    row.framework,
    row.metric,
    row.value.toFixed(4),
    row.plain.toFixed(4),
    row.served,
    `${row.seconds} s`,
  ]);
  const header = [
    'data set',
    'rows',
    'columns',
    'missing',
    'task',
    'framework',
    'metric',
    'pipeline',
    'plain script',
    'served by',
    'time',
  ];
  const line = (values) => `| ${values.join(' | ')} |\n`;
  writeFileSync(
    join(root, 'docs', 'real-data.md'),
    '# Real data\n\n' +
      'Each row is a data set that a Python package brings, in a raw file. `make contract` and `make pipeline` trained ' +
      'and promoted the model without an edit of Python code. A plain script with the same estimator and the same ' +
      'split measured the same rows. The service answered for the test rows, `make monitor` read its log, and ' +
      '`make smoke`, `make check` and `make test` passed.\n\n' +
      '`npm run prove -- real-data real-data-all` measures all rows, `npm run support` collects the results in ' +
      '`docs/real-data.json`, and `npm run docs` writes this page. CI measures four of the rows in each run.\n\n' +
      line(header) +
      line(header.map(() => '---')) +
      cells.map(line).join(''),
  );
}
