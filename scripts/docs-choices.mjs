// Writes docs/choices/<choice>.md and docs/support-matrix.md from the declarations of the modules and
// docs/support.json.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { runnerImport } from 'vite';
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
/** The proofs of an option. A proof is stale if the option or an input of the proof has changed since its date. */
const provers = (id, kind) =>
  Object.entries(support[id]?.[kind] ?? {}).map(([by, digest]) => {
    const proof = proofs[`${kind} by ${by}`];
    const isCurrent = digest === digestOfOption(id) && proof.digest === digestOfShared(proof.shared);
    return isCurrent ? by : `${by} (stale since ${proof.date})`;
  });
const KINDS = [
  ['rendered', 'rendered:'],
  ['validated', 'validated by:'],
  ['tested', 'tested in:'],
  ['run', 'run in:'],
  ['stand-in', 'replaced by a stand-in in:'],
];
const proved = (id) => KINDS.filter(([kind]) => provers(id, kind).length > 0);

/** The number of providers that a part reads. A sight requires no provider. */
const howMany = ({ many, optional }) => {
  if (many) return optional ? 'any number' : 'one or more';
  return optional ? 'at most one' : 'exactly one';
};

/** The table of what tests observed in runs of an option. */
function observations({ observed = {} } = {}) {
  return Object.entries(observed).map(([behavior, each]) => {
    if (each.not)
      return `| ${behavior} | ${cell(each.not)} | ${each.source ? `[source](${each.source})` : 'not shown'} |`;
    const by = each.test ? code(each.test.replace('tests/', '')) : `by hand, ${each.byHand}`;
    return `| ${behavior} | ${cell(each.seen)} | ${by} |`;
  });
}

function optionPage(choice, module, row) {
  const id = `${choice.id}/${module.id}`;
  const lacks = Object.entries(module.lacks ?? {}).map(([cap, why]) => `| ${code(cap)} | ${cell(why)} |`);
  const reads = [
    ...Object.entries(module.needs ?? {}),
    ...Object.entries(module.sees ?? {}).map(([cap, sight]) => [cap, { ...sight, optional: true }]),
  ];
  const needs = reads.map(([cap, read]) => `| ${code(cap)} | ${howMany(read)} | ${cell(read.because)} |`);
  const pins = Object.entries(module.pins ?? {}).flatMap(([name, pin]) =>
    [pin]
      .flat()
      .map(
        (each) =>
          `| ${code(name)} | ${each.version}${each.marker ? `, where ${code(each.marker)}` : ''} | ` +
          `${each.kind ?? (each.groups ?? []).join(', ')} | ${each.checked} |`,
      ),
  );
  const settings = Object.entries(module.settings ?? {}).map(
    ([name, setting]) =>
      `| ${code(`${module.id}.${name}`)} | ${cell(setting.title)} | ` +
      `${setting.at === 'run' ? 'each environment' : 'generation'} |`,
  );
  const leftovers = (module.leftovers ?? []).map(
    ({ what, carry, remove, of }) =>
      `- ${of ? `If you remove the ${of}: ` : ''}${what}.${carry ? ` To migrate: ${carry}.` : ''} To remove it: ${remove}.`,
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
    ...table(['setting', 'description', 'scope'], settings),
    ...table(['needs', 'number', 'reason'], needs),
    ...table(['lacks', 'reason'], lacks),
    ...table(['pin', 'version', 'group', 'last run'], pins),
    ...table(['in a run', 'observed', 'shown by'], observations(row)),
    ...(leftovers.length > 0
      ? ['If you remove this option, these resources remain outside the repository:', '', ...leftovers, '']
      : []),
    ...(facts.length > 0
      ? [
          'Support:',
          '',
          ...facts.flatMap(([kind, title]) => [`- ${title}`, ...provers(id, kind).map((by) => `  - ${by}`)]),
        ]
      : ['Support: no evidence yet.']),
    '',
  ];
}

export async function writeChoicePages() {
  const catalogue = await declarations();
  const { module: plan } = await runnerImport(join(root, 'test', 'e2e', 'run-plan.ts'), {
    configFile: false,
    root,
    logLevel: 'error',
  });
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
      `${code(choice.id)}, in the group ${choice.group}. Default: ${list([given].flat())}. ` +
        `It takes ${choice.takes === 'many' ? 'a list' : 'one option'}` +
        `${choice.per === 'model' ? ', and each model can have its own' : ''}. ` +
        `Every option provides ${list(choice.contract)}.`,
      '',
      ...[...modules]
        .sort(isNoneLast)
        .flatMap((module) => optionPage(choice, module, plan.rows.get(`${choice.id}/${module.id}`))),
      'See also [all choices](../choices.md) and [the support matrix](../support-matrix.md). ' +
        '`npm run docs` writes this page from the declarations in `templates/`.',
    ];
    writeFileSync(join(dir, `${choice.id}.md`), `${text.join('\n').trimEnd()}\n`);
  }
  writeSupport(catalogue);
}

/** One row for each repository or tool that proved something, with the date of its last run. */
function lastRuns() {
  const runs = new Map();
  for (const [name, { date }] of Object.entries(proofs)) {
    const [kind, ...words] = name.split(' by ');
    const key = `${words.join(' by ')} | ${date}`;
    runs.set(key, [...(runs.get(key) ?? []), kind]);
  }
  return [...runs].sort().map(([key, kinds]) => `| ${key} | ${kinds.sort().join(', ')} |`);
}

/** One row for each option. A cell names the test that proved it. */
function writeSupport(catalogue) {
  const rows = catalogue.flatMap(({ choice, modules }) =>
    [...modules].sort(isNoneLast).map((module) => {
      const id = `${choice.id}/${module.id}`;
      const names = (kind) => provers(id, kind).join(', ');
      const run = [names('run'), names('stand-in') && `stand-in: ${names('stand-in')}`].filter(Boolean).join('; ');
      return (
        `| [${choice.id}](choices/${choice.id}.md) | ${code(module.id)} | ` +
        `${names('rendered').replace('matrix', 'yes')} | ${names('validated')} | ${names('tested')} | ${run} |`
      );
    }),
  );
  const text = `# Support matrix

The evidence that the tests have for each option. The tests write evidence, \`npm run support\` collects it in [support.json](support.json), and \`npm run docs\` writes this page. CI fails if the page claims something that CI has disproved, or if an option changed and was not tested again.

*Stale since* a date: the option, the shared files or the tools have changed, and the test last ran on that day. CI always runs the two anchor stacks and the stacks whose own options changed, then further stacks until its time is spent.

| column | meaning of a name in it |
|---|---|
| rendered | The matrix rendered the option with every other option in pairs and in random stacks, and every check passed. |
| validated by | This tool reads such files. It accepted those of the option and rejected a broken file. |
| tested in | The checks and tests of this repository passed after an installation in an empty folder. |
| run in | The option did its work in this repository, and the test read the result back: a row of \`make demo\` is \`ok\`, or a real server answered. If the cell is empty, the option was not run. |

\`npm run prove -- --list\` prints the repositories with their options. The demo uses the first protocol of a repository, and its tests cover the other protocols. Options that need a cloud account or a container engine are never listed as run.

| choice | option | rendered | validated by | tested in | run in |
|---|---|---|---|---|---|
${rows.join('\n')}

## Last runs

CI has no time for some of these tests: \`npm run prove -- --all\` runs them too.

| name | last run | showed |
|---|---|---|
${lastRuns().join('\n')}
`;
  writeFileSync(join(root, 'docs', 'support-matrix.md'), text);
}
