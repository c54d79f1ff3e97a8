// Writes docs/slots.md from the slot definitions in templates/ and the slots that the generator fills.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = join(root, 'templates');

/** Every module and part of templates/ by its id, the slots of the generator, and zod, which reads the schemas. */
async function load() {
  const files = readdirSync(templates, { withFileTypes: true })
    .filter((group) => group.isDirectory())
    .flatMap((group) =>
      readdirSync(join(templates, group.name), { withFileTypes: true }).flatMap((entry) =>
        ['module.ts', 'part.ts'].map((name) => ({ id: `${group.name}/${entry.name}`, name })),
      ),
    )
    .filter(({ id, name }) => existsSync(join(templates, id, name)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = files.map(
    ({ id, name }) => `[${JSON.stringify(id)}, (await import(${JSON.stringify(join(templates, id, name))})).default],`,
  );
  const bundle = join(root, 'dist', 'docs-slots.mjs');
  await build({
    absWorkingDir: root,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    stdin: {
      contents:
        "export { CORE_SLOTS } from './src/core/slots.ts';\nexport * as z from 'zod';\n" +
        `export const parts = [${lines.join('\n')}];`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
    logLevel: 'warning',
  });
  const loaded = await import(pathToFileURL(bundle).href);
  rmSync(bundle);
  return loaded;
}

/** Writes a JSON Schema in the notation of TypeScript types. */
function typeOf(schema) {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' | ');
  if (schema.type === 'array') {
    const item = typeOf(schema.items ?? {});
    return / \| /.test(item) ? `(${item})[]` : `${item}[]`;
  }
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  if (schema.type !== 'object') return { integer: 'number', undefined: 'unknown' }[schema.type] ?? schema.type;
  const fields = Object.entries(schema.properties ?? {}).map(
    ([key, field]) => `${key}${(schema.required ?? []).includes(key) ? '' : '?'}: ${typeOf(field)}`,
  );
  if (fields.length > 0) return `{ ${fields.join('; ')} }`;
  return typeof schema.additionalProperties === 'object'
    ? `Record<string, ${typeOf(schema.additionalProperties)}>`
    : '{}';
}

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|');

export async function writeSlots() {
  const { CORE_SLOTS, parts, z } = await load();
  const rows = parts
    .flatMap(([id, part]) => {
      const own = [part, ...Object.values(part.parts ?? {})];
      return own.flatMap(({ slots = [] }) => slots.map((slot) => ({ id, slot })));
    })
    .sort((a, b) => (a.slot.id < b.slot.id ? -1 : 1))
    .map(({ id, slot }) => {
      const value = typeOf(z.toJSONSchema(slot.schema, { unrepresentable: 'any' }));
      const cells = [
        code(slot.id),
        slot.path ? code(slot.path) : '',
        code(value),
        slot.meaning,
        code(`templates/${id}`),
      ];
      return `| ${cells.map(cell).join(' | ')} |`;
    });
  const core = Object.entries(CORE_SLOTS).map(([id, meaning]) => `| ${code(id)} | ${meaning} |`);
  const text = `# Slots

A slot collects entries from several modules. The generator writes them to one file, or hands them to the templates of each part that names the slot in \`reads\`. A module adds an entry in \`contributes\`:

\`\`\`ts
contributes: ({ project }) => [
  { slot: 'gitignore', key: 'mlruns/', value: { why: 'written by training runs' } },
  { slot: 'docs', key: 'docs/tools/acme.md', value: { title: \`Acme in \${project.name}\` } },
],
\`\`\`

An entry with \`environment\` applies to that environment only. Two parts can give a key the same value. Different values for a key are an error, unless the slot is defined with \`sameKey: 'union'\`. \`npm run docs\` writes this page.

## Slots that modules fill

| slot | file | value of an entry | meaning | defined in |
|---|---|---|---|---|
${rows.join('\n')}

## Slots that the generator fills

Parts can read these slots and cannot contribute to them.

| slot | meaning |
|---|---|
${core.join('\n')}
`;
  writeFileSync(join(root, 'docs', 'slots.md'), text);
}
