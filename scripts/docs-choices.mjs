// Writes docs/choices/<choice>.md and docs/support-matrix.md from the modules' own declarations and docs/support.json.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { digestOfOption, digestOfShared } from './digests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const templates = join(root, 'templates');
const folders = (dir) =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** Every choice with its modules, as declared. */
async function declarations() {
  const found = folders(templates).filter((name) => existsSync(join(templates, name, 'choice.ts')));
  const lines = found.map((choice) => {
    const modules = folders(join(templates, choice)).filter((id) =>
      existsSync(join(templates, choice, id, 'module.ts')),
    );
    const load = (file) => `(await import(${JSON.stringify(join(templates, choice, file))})).default`;
    return `{ choice: ${load('choice.ts')}, modules: [${modules.map((id) => load(join(id, 'module.ts'))).join(', ')}] }`;
  });
  const bundle = join(root, 'dist', 'docs-catalogue.mjs');
  await build({
    absWorkingDir: root,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    stdin: { contents: `export default [${lines.join(',\n')}];`, resolveDir: root, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
  });
  const { default: choices } = await import(pathToFileURL(bundle).href);
  rmSync(bundle);
  return choices.sort((a, b) => a.choice.order - b.choice.order);
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text) => `\`${text}\``;
const list = (values) => (values.length > 0 ? values.map(code).join(', ') : 'none');
const isNoneLast = (a, b) => Number(a.id === 'none') - Number(b.id === 'none') || (a.id < b.id ? -1 : 1);

const { proofs = {}, options: support = {} } = existsSync(join(root, 'docs/support.json'))
  ? JSON.parse(readFileSync(join(root, 'docs/support.json'), 'utf8'))
  : {};
/** Who proved something of an option; with the date where the option, or what it was proved with, has changed since. */
const provers = (id, kind) =>
  Object.entries(support[id]?.[kind] ?? {}).map(([by, digest]) => {
    const proof = proofs[`${kind} by ${by}`];
    const isCurrent = digest === digestOfOption(id) && proof.digest === digestOfShared(proof.shared);
    return isCurrent ? by : `${by} (stale since ${proof.date})`;
  });
const KINDS = [
  ['rendered', 'rendered with every other option, without a fault'],
  ['validated', 'accepted by the tools that read such files'],
  ['tested', 'tests and checks of a repository with it passed'],
  ['run', 'did its work there, read back from outside'],
  ['stand-in', 'its place was taken by a stand-in'],
];
const proved = (id) => KINDS.filter(([kind]) => provers(id, kind).length > 0);

const TAKE = { one: 'exactly one', any: 'at most one', some: 'one or more', all: 'any number' };
function optionPage(choice, module) {
  const id = `${choice.id}/${module.id}`;
  const lacks = Object.entries(module.lacks ?? {}).map(([cap, why]) => `| ${code(cap)} | ${cell(why)} |`);
  const needs = Object.entries(module.needs ?? {}).map(
    ([cap, need]) => `| ${code(cap)} | ${TAKE[need.take ?? 'one']} | ${cell(need.because)} |`,
  );
  const pins = Object.entries(module.pins ?? {}).flatMap(([name, pin]) =>
    [pin]
      .flat()
      .map(
        (each) =>
          `| ${code(name)} | ${each.version}${each.marker ? `, where ${code(each.marker)}` : ''} | ${each.kind ?? (each.groups ?? []).join(', ')} | ${each.checked} |`,
      ),
  );
  const settings = Object.entries(module.settings ?? {}).map(
    ([name, setting]) =>
      `| ${code(`${module.id}.${name}`)} | ${cell(setting.title)} | ${setting.at === 'run' ? 'each environment' : 'generation'} |`,
  );
  const leftovers = (module.leftovers ?? []).map(
    ({ what, carry, remove }) => `- ${what}.${carry ? ` To take it along: ${carry}.` : ''} To remove it: ${remove}.`,
  );
  const status =
    module.status === 'active'
      ? []
      : [
          `**${module.status.legacy ? `Legacy:** ${module.status.legacy}` : `Retired:** ${module.status.retired} Instead: ${module.status.instead}`}`,
          '',
        ];
  const facts = proved(id);
  const table = (head, rows) =>
    rows.length > 0 ? [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows, ''] : [];
  return [
    `## ${module.id}`,
    '',
    `[${module.title}](${module.docs}). ${module.summary}`,
    '',
    ...status,
    ...(module.why ? [`**Why:** ${module.why}`, ''] : []),
    ...(module.watch ? [`**Watch:** ${module.watch}`, ''] : []),
    ...(module.home ? [`In the repository: ${code(module.home.replaceAll('__package__', '<package>'))}`, ''] : []),
    ...table(['setting', 'what', 'asked for'], settings),
    ...table(['needs', 'how many', 'because'], needs),
    ...table(['lacks', 'because'], lacks),
    ...table(['pin', 'version', 'for', 'checked'], pins),
    ...(leftovers.length > 0 ? ['What a swap away leaves outside of the repository:', '', ...leftovers, ''] : []),
    facts.length > 0
      ? `Support: ${facts.map(([kind]) => `${kind} (${provers(id, kind).join(', ')})`).join('; ')}.`
      : 'Support: nothing proved yet.',
    '',
  ];
}

export async function writeChoicePages() {
  const catalogue = await declarations();
  const dir = join(root, 'docs', 'choices');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const { choice, modules } of catalogue) {
    const given = choice.default({});
    const text = [
      `# ${choice.title}`,
      '',
      `*${choice.question}*`,
      '',
      `${code(choice.id)}, in the group ${choice.group}. Default: ${list([given].flat())}. It takes ${choice.takes === 'many' ? 'a list' : 'one option'}${choice.per === 'model' ? ', and each model may have its own' : ''}; every option provides ${list(choice.contract)}.`,
      '',
      ...[...modules].sort(isNoneLast).flatMap((module) => optionPage(choice, module)),
      'Written from the declarations in `templates/` by `npm run docs`. [All choices](../choices.md), [support matrix](../support-matrix.md).',
    ];
    writeFileSync(join(dir, `${choice.id}.md`), `${text.join('\n').trimEnd()}\n`);
  }
  writeSupport(catalogue);
}

/** One row for each option; a cell names who proved it. */
function writeSupport(catalogue) {
  const rows = catalogue.flatMap(({ choice, modules }) =>
    [...modules].sort(isNoneLast).map((module) => {
      const id = `${choice.id}/${module.id}`;
      const names = (kind) => provers(id, kind).join(', ');
      const run = [names('run'), names('stand-in') && `stand-in: ${names('stand-in')}`].filter(Boolean).join('; ');
      return `| [${choice.id}](choices/${choice.id}.md) | ${code(module.id)} | ${names('rendered').replace('matrix', 'yes')} | ${names('validated')} | ${names('tested')} | ${run} |`;
    }),
  );
  const text = `# Support matrix

What the tests have proved about each option. Nobody edits this page by hand: the tests write evidence, \`npm run support\` gathers it in [support.json](support.json), and \`npm run docs\` writes this page. CI fails when the page claims something that CI has disproved, or when an option has changed and was not proved again.

*Stale since* a date means: the option, the shared files or the tools have changed, and this proof was last run on that day. CI always runs the two anchor stacks and the stacks whose own options changed, then further stacks until its time is spent.

| column | a name in it means |
|---|---|
| rendered | the matrix rendered it with every other option in pairs and in random stacks, and every check passed |
| validated by | this tool reads such files and accepted those of the option; it refused a broken file |
| tested in | the checks and tests of this repository passed, installed from an empty folder |
| run in | it did its work in this repository, and the result was read back from outside: rows of \`make demo\` that are \`ok\`, or a real server that answered. An empty cell means that nothing of it was run |

\`npm run prove -- --list\` prints the repositories with their options. When a repository has several protocols, the loop uses the first one; the tests of the repository cover the others. What needs a cloud account or a container engine is never claimed as run.

| choice | option | rendered | validated by | tested in | run in |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
  writeFileSync(join(root, 'docs', 'support-matrix.md'), text);
}
