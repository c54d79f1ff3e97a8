// Writes all documents that are derived from tables: docs/errors, docs/choices, the support matrix, and the links in
// package.json.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = join(root, 'dist', 'docs-tables.mjs');
await build({
  absWorkingDir: root,
  stdin: {
    contents: "export { ERRORS } from './src/core/errors.ts'; export { withLinks } from './src/project.ts';",
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  outfile: bundle,
});
const { ERRORS, withLinks } = await import(pathToFileURL(bundle).href);
rmSync(bundle);

const manifest = join(root, 'package.json');
writeFileSync(manifest, `${JSON.stringify(withLinks(JSON.parse(readFileSync(manifest, 'utf8'))), null, 2)}\n`);

const errors = join(root, 'docs', 'errors');
rmSync(errors, { recursive: true, force: true });
mkdirSync(errors, { recursive: true });
const EXIT_MEANING = {
  2: 'invalid input',
  3: 'the target folder cannot be used',
  130: 'interrupted',
};
for (const [id, { title, exit, hint, page }] of Object.entries(ERRORS)) {
  const text = [
    `# ${id}: ${title}`,
    `Exit code ${exit}: ${EXIT_MEANING[exit]}.`,
    page,
    '## What to do',
    `\`\`\`text\n${hint}\n\`\`\``,
  ];
  writeFileSync(join(errors, `${id}.md`), `${text.join('\n\n')}\n`);
}
const names = readdirSync(errors).sort();
writeFileSync(
  join(errors, 'README.md'),
  '# Errors\n\nEvery error has a permanent id. `create-mlops-stack explain <id>` prints the text of its ' +
    'page.\n\n' +
    names.map((name) => `- [${name.replace('.md', '')}](${name}): ${ERRORS[name.replace('.md', '')].title}\n`).join(''),
);

const { execFileSync } = await import('node:child_process');
const { choices } = JSON.parse(
  execFileSync(process.execPath, [join(root, 'dist', 'bin.js'), 'list', '--json'], { encoding: 'utf8' }),
);
const shown = (value) => (Array.isArray(value) ? value.join(', ') || 'none' : value);
const sections = choices.map((choice) => {
  const traits = [
    `default: \`${shown(choice.default)}\``,
    ...(choice.takes === 'many' ? ['takes a list'] : []),
    ...(choice.per === 'model' ? ['each model can have its own'] : []),
  ];
  const rows = choice.options.map((option) => `| \`${option.id}\` | ${option.title} | ${option.summary} |`);
  return (
    `## [${choice.id}](choices/${choice.id}.md)\n\n${choice.title}: ${traits.join(', ')}.\n\n` +
    `| option | tool | description |\n|---|---|---|\n${rows.join('\n')}\n`
  );
});
const { properties } = JSON.parse(
  execFileSync(process.execPath, [join(root, 'dist', 'bin.js'), 'schema'], { encoding: 'utf8' }),
);
const isChoice = (key) => choices.some((choice) => choice.id === key);
const others = Object.entries(properties)
  // The settings of an option are on the page of its choice.
  .filter(([key, { type }]) => !isChoice(key) && type !== 'object')
  .map(([key, { description, default: value }]) => {
    const preset = value === undefined ? '' : `\`${shown(value)}\``;
    return `| \`${key}\` | ${description} | ${preset} |`;
  });
writeFileSync(
  join(root, 'docs', 'choices.md'),
  '# Choices\n\nThe list of choices and their options. Each title links to a page with settings, ' +
    'requirements and versions. `npm run docs` writes this page from the declarations in `templates/`.\n\n' +
    `${sections.join('\n')}\n## Other keys\n\n` +
    'These keys of `mlops-stack.yaml` are not choices. `create` in an existing git repository takes the defaults of ' +
    '`trunk` and `folder` from it.\n\n' +
    `| key | description | default |\n|---|---|---|\n${others.join('\n')}\n`,
);

const { writeChoicePages } = await import('./docs-choices.mjs');
await writeChoicePages();

const { writeRealData } = await import('./docs-real-data.mjs');
writeRealData();

const { writeSlots } = await import('./docs-slots.mjs');
await writeSlots();
