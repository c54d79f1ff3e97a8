// Lints the prose of this repository: its pages, the pages that it generates for stacks with every option, and the
// comments of its TypeScript and JavaScript. Usage:
//   node scripts/prose.mjs [--warnings] [--shrink] [FILE...]
// Files named in prose/allowance.txt may still have errors. The list can only shrink: a file in it without errors
// fails the check, and --shrink removes such lines. Never add one.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { lintComments } from './prose/comments.mjs';
import { lintText } from './prose/lint.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { warnings: { type: 'boolean' }, shrink: { type: 'boolean' } },
});

/** Sources of generated pages are linted as generated pages, without template tags. */
const SKIPPED = /^(templates\/.*\/files\/|samples\/|test\/fixtures\/)/;
const SOURCE = /\.(?:m?ts|m?js)$/;
const tracked = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', '*.ts', '*.mts', '*.js', '*.mjs'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file && !SKIPPED.test(file) && existsSync(join(root, file)));

const readPages = async () => {
  const { module } = await runnerImport(join(root, 'test/support/generated-pages.ts'), {
    configFile: false,
    root,
    logLevel: 'error',
  });
  return module.generatedPages;
};

/** Texts as {file, key, text, audience}: `key` is the line of the allowance, the same for a page of several stacks. */
const documents = (positionals.length > 0 ? positionals : tracked).map((file) => ({
  file,
  key: file,
  text: readFileSync(join(root, file), 'utf8'),
  audience: 'project',
}));
if (positionals.length === 0)
  for (const { stack, path, text } of await readPages())
    documents.push({ file: `${stack}/${path}`, key: `generated/${path}`, text, audience: 'generated' });

const allowancePath = join(root, 'scripts/prose/allowance.txt');
const lines = readFileSync(allowancePath, 'utf8').split('\n');
const allowed = new Set(lines.filter((line) => line && !line.startsWith('#')));

const WITHOUT = {
  // The glossary itself names the synonyms.
  'GLOSSARY.md': ['glossary'],
  // Cells of this derived table are lists of names, not sentences.
  'docs/support-matrix.md': ['sentence-length'],
};
const lint = ({ file, text, audience }) => {
  if (SOURCE.test(file)) return lintComments(file, text);
  return lintText(text, { audience, skip: WITHOUT[file] ?? [] });
};
const reports = [];
for (const document of documents) reports.push({ ...document, messages: await lint(document) });

const print = (file, { line, column, rule, severity, message }) =>
  console.log(`${file}:${line}:${column} ${severity} ${rule}: ${message}`);
const withErrors = new Set();
let errors = 0;
let warnings = 0;
for (const { file, key, messages } of reports) {
  const isShown = positionals.length > 0 || !allowed.has(key);
  for (const message of messages) {
    const isError = message.severity === 'error';
    if (isError) withErrors.add(key);
    if (!isShown) continue;
    if (isError) errors += 1;
    else warnings += 1;
    if (isError || values.warnings) print(file, message);
  }
}

const clean = positionals.length > 0 ? [] : [...allowed].filter((key) => !withErrors.has(key));
if (values.shrink && clean.length > 0) {
  writeFileSync(allowancePath, lines.filter((line) => !clean.includes(line)).join('\n'));
  console.log(`Removed from scripts/prose/allowance.txt: ${clean.join(', ')}`);
} else {
  for (const key of clean)
    console.log(`${key} has no errors: remove it from scripts/prose/allowance.txt (npm run prose -- --shrink)`);
}
const remaining = allowed.size - (values.shrink ? clean.length : 0);
console.log(
  `${reports.length} files, ${errors} errors, ${warnings} warnings` +
    (allowed.size > 0 ? `; ${remaining} paths may still have errors` : ''),
);
process.exitCode = errors > 0 || (clean.length > 0 && !values.shrink) ? 1 : 0;
