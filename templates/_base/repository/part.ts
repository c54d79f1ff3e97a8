import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    gitignore: { why: string };
    dockerignore: { why: string };
    env: EnvEntry;
    config: Scalar | Scalar[];
    params: { value: Scalar | Scalar[]; comment: string };
    'compose-include': { path: string };
    port: { name: string; variable: string };
    doctor: DoctorCheck;
    docs: { title: string };
    secret: { title: string; environments: string[]; readers: string[]; optional?: boolean | undefined };
    'ci-secret': { title: string };
    'ci-program': { image: string; path: string; install: string };
  }
}

export type Scalar = string | number | boolean | null;
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const why = z.object({ why: z.string() });

export const gitignore = defineSlot({
  id: 'gitignore',
  meaning:
    'A pattern of `.gitignore`, which is the key. A pattern of the top folder begins with `/`, because a model can have ' +
    'the same name. Patterns with the same reason are grouped. Exceptions (`!`) come last.',
  path: '.gitignore',
  format: 'lines',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
  // For git, the last pattern that matches a file decides.
  arrange: (entries) => entries.toSorted((a, b) => Number(a.key.startsWith('!')) - Number(b.key.startsWith('!'))),
});
export const dockerignore = defineSlot({
  id: 'dockerignore',
  meaning: 'A pattern of `.dockerignore`, which is the key. It applies to the top folder, also without `/`.',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
});
export type EnvEntry = {
  default: string;
  comment: string;
  secret?: true | undefined;
  generate?: true | undefined;
  localBecause?: string | undefined;
};
export const env = defineSlot({
  id: 'env',
  meaning:
    'An environment variable of `.env`. The key is its name. `secret`: never logged. `generate`: ' +
    '`make setup` writes a random value. A secret that workloads read has an entry of the slot `secret` too; ' +
    '`localBecause` says why one has none.',
  path: '.env.example',
  format: 'dotenv',
  header: [
    '`make setup` copies this file to .env. make and compose read .env. Never commit it.',
    "Put a value with $ or # in single quotes: NAME='value'.",
  ],
  schema: z.object({
    // All readers of .env take these characters as they are.
    default: z.string().regex(/^[\w@%+.,:/=-]*$/),
    comment: z.string(),
    secret: z.literal(true).optional(),
    generate: z.literal(true).optional(),
    localBecause: z.string().optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
export const config = defineSlot({
  id: 'config',
  meaning: 'A value of `config/<environment>.yaml`. The key is its path, as `section.name`.',
  path: 'config/{environment}.yaml',
  format: 'yaml',
  header: ['Settings of this environment. MLOPS_<SECTION>__<KEY> overrides a value for one command.'],
  schema: z.union([scalar, z.array(scalar)]),
  sameKey: 'equal',
  owner: 'tuned',
});
export const params = defineSlot({
  id: 'params',
  meaning: 'A parameter of each model, written to `params/<model>.yaml`. The key is its path.',
  schema: z.object({ value: z.union([scalar, z.array(scalar)]), comment: z.string() }),
  sameKey: 'equal',
  owner: 'tuned',
});
export const composeInclude = defineSlot({
  id: 'compose-include',
  meaning: 'A Compose file that `compose.yaml` includes. The key is its path.',
  path: 'compose.yaml',
  header: ['Each concern has its own file. `docker compose up` starts all of them.'],
  schema: z.object({ path: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries) => `include:\n${entries.map((entry) => `  - path: ${q.yaml(entry.value.path)}\n`).join('')}`,
});
export const port = defineSlot({
  id: 'port',
  meaning:
    'A TCP port that a process of this machine listens on, so that two options never take the same one. ' +
    '`variable`: the environment variable that changes it, or an empty string.',
  schema: z.object({ name: z.string(), variable: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

const DOCTOR_KINDS = ['command', 'version', 'import', 'port', 'env', 'file', 'setting', 'account'] as const;
/** `version` is written as `tool --version >= 1.11`. `account` checks run only with ENV=<env>. */
export type DoctorCheck = { title: string; kind: (typeof DOCTOR_KINDS)[number]; value: string; hint: string };
export const doctor = defineSlot({
  id: 'doctor',
  meaning:
    'A check of `make doctor`. The key is its id. `version`: a command and the lowest version that it may ' +
    'print. `setting`: a key of `config/<env>.yaml` that must have a value. `account`: ' +
    'a question that the cloud answers for one environment.',
  path: 'config/doctor.yaml',
  header: ['The checks of `make doctor`.'],
  schema: z.object({ title: z.string(), kind: z.enum(DOCTOR_KINDS), value: z.string(), hint: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries) =>
    entries
      .map(({ key, value }) =>
        [`- id: ${q.yaml(key)}`, ...Object.entries(value).map(([name, text]) => `  ${name}: ${q.yaml(text)}`)].join(
          '\n',
        ),
      )
      .join('\n'),
});
export const docs = defineSlot({
  id: 'docs',
  meaning: 'A page in the index `docs/README.md`. The key is its path.',
  schema: z.object({ title: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const secret = defineSlot({
  id: 'secret',
  meaning:
    'A secret of the running system. The key is its environment variable. `environments` have it, ' +
    '`readers` are the workloads that get it. An `optional` secret can be empty.',
  schema: z.object({
    title: z.string(),
    environments: z.array(z.string()),
    readers: z.array(z.string()),
    optional: z.boolean().optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
export const ciSecret = defineSlot({
  id: 'ci-secret',
  meaning:
    'A secret that CI jobs of an environment need in addition to those of its workloads. ' +
    'The key is its environment variable.',
  schema: z.object({ title: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const ciProgram = defineSlot({
  id: 'ci-program',
  meaning:
    'A program that checks in CI need and that no Python package contains. The key is its name. `image` has it at ' +
    '`path`. The make target `install` copies it from there to `.tools/bin/`.',
  schema: z.object({ image: z.string(), path: z.string(), install: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

/** Files of every repository: README, ignore files, config files, the index of the docs. */
export default definePart({
  slots: [
    gitignore,
    dockerignore,
    env,
    config,
    params,
    composeInclude,
    port,
    doctor,
    docs,
    secret,
    ciSecret,
    ciProgram,
  ].map((define) => define.slot),
  sees: { ciSystem: { because: 'the page for teams says where its files must be' } },
  reads: ['core.choices', 'core.pins', 'docs', 'pipeline-step', 'python-environment', 'secret'],
  contributes: () => [
    gitignore('.env', { why: 'contains secrets' }),
    gitignore('.DS_Store', { why: 'created by macOS' }),
    dockerignore('AGENTS.md', { why: 'not part of an image' }),
    docs('docs/team.md', { title: 'Work in a team: updates on branches, shallow clones, line ends, owners' }),
    docs('docs/versions.md', { title: 'Versions: pinned dependencies and the date of their test' }),
  ],
});
