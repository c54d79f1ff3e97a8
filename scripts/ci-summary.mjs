// Prints the end of a CI log: skipped tests, the time of each step, and "N passed, N failed" as the last line.
//   node scripts/ci-summary.mjs <folder of Vitest's JSON reports> <number of failed commands> <times of the steps>
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findMirror } from '../test/support/terraform/mirror.mjs';

const [dir, failedCommands, timesFile] = process.argv.slice(2);
/**
 * Tools that no package registry offers. Tests that need them are listed as skipped and do not count as failures
 * without them.
 */
const LACKING = [
  {
    what: 'no folder with Terraform providers',
    tests: /, where a provider is mirrored, /,
    lacks: () => findMirror() === undefined,
  },
];

let passed = 0;
let failed = 0;
const skipped = [];
for (const name of readdirSync(dir)) {
  const report = JSON.parse(readFileSync(`${dir}/${name}`, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  for (const file of report.testResults ?? []) {
    // The file failed before its first test.
    if (file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')) failed += 1;
    for (const { status, fullName } of file.assertionResults)
      if ((status === 'pending' || status === 'skipped') && !isOfAnotherStack(name, fullName)) skipped.push(fullName);
  }
}

/** A report of one stack lists the tests of the other stacks as skipped. */
function isOfAnotherStack(report, fullName) {
  return report.endsWith('-stack.json') && report !== 'default-stack.json' && fullName.startsWith('the default stack ');
}

for (const name of skipped) {
  const lack = LACKING.find(({ tests, lacks }) => tests.test(name) && lacks());
  // CI requires every other check.
  if (!lack) failed += 1;
  console.log(`skipped: ${name}${lack ? ` (this machine has ${lack.what})` : ''}`);
}

const inMinutes = (seconds) =>
  `${String(Math.floor(seconds / 60)).padStart(3)} min ${String(seconds % 60).padStart(2)} s`;
const row = (name, seconds, cpu) =>
  console.log(`${name.padEnd(36)} ${inMinutes(seconds)}${cpu === undefined ? '' : `   CPU ${inMinutes(cpu)}`}`);
console.log('\nWhere the time went');
for (const line of readFileSync(timesFile, 'utf8').trim().split('\n')) {
  const [name, seconds] = line.split('\t');
  row(name, Number(seconds));
  const units = '.e2e/run/times.json';
  if (name === 'end-to-end tests' && existsSync(units))
    for (const unit of JSON.parse(readFileSync(units, 'utf8'))) row(`  ${unit.name}`, unit.seconds, unit.cpu);
}

// A command that failed without a failed test, such as an installation, counts as one.
if (failed === 0 && (Number(failedCommands) > 0 || passed === 0)) failed = Math.max(1, Number(failedCommands));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
