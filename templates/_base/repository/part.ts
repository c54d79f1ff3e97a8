import * as z from 'zod';
import { definePart, defineSlot, type SlotEntry } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const why = z.object({ why: z.string() });

export const gitignore = defineSlot<{ why: string }>({
  id: 'gitignore',
  path: '.gitignore',
  format: 'lines',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
});
export const dockerignore = defineSlot<{ why: string }>({
  id: 'dockerignore',
  schema: why,
  sameKey: 'equal',
  owner: 'managed',
});
/** `secret`: never logged. `generate`: make setup writes a random value, so that no password is everybody's. */
export type EnvEntry = { default: string; comment: string; secret?: true | undefined; generate?: true | undefined };
export const env = defineSlot<EnvEntry>({
  id: 'env',
  path: '.env.example',
  format: 'dotenv',
  header: ['Copied to .env by make setup; .env is read by make and by compose, and never committed.'],
  schema: z.object({
    default: z.string(),
    comment: z.string(),
    secret: z.literal(true).optional(),
    generate: z.literal(true).optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
});
export const config = defineSlot<unknown>({
  id: 'config',
  path: 'config/{environment}.yaml',
  format: 'yaml',
  header: ['Where things run in this environment. MLOPS_<SECTION>__<KEY> overrides a value for one command.'],
  schema: z.union([scalar, z.array(scalar)]),
  sameKey: 'equal',
  owner: 'tuned',
});
export const params = defineSlot<{ value: unknown; comment: string }>({
  id: 'params',
  schema: z.object({ value: z.union([scalar, z.array(scalar)]), comment: z.string() }),
  sameKey: 'equal',
  owner: 'tuned',
});
export const composeInclude = defineSlot<{ path: string }>({
  id: 'compose-include',
  path: 'compose.yaml',
  header: ['One file a concern; `docker compose up` starts them all.'],
  schema: z.object({ path: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries) => `include:\n${entries.map((entry) => `  - path: ${q.yaml(entry.value.path)}\n`).join('')}`,
});
export const port = defineSlot<{ name: string; variable: string }>({
  id: 'port',
  schema: z.object({ name: z.string(), variable: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

const DOCTOR_KINDS = ['command', 'version', 'import', 'port', 'env', 'file', 'setting', 'account'] as const;
/**
 * `version`: a command line and the least that it may print, `tool --version >= 1.11`. `setting`: one of
 * config/<env>.yaml that has to have a value where it is listed. `account`: asked of the cloud's module account.py,
 * with ENV=<env> only.
 */
export type DoctorCheck = { title: string; kind: (typeof DOCTOR_KINDS)[number]; value: string; hint: string };
export const doctor = defineSlot<DoctorCheck>({
  id: 'doctor',
  path: 'config/doctor.yaml',
  header: ['What `make doctor` looks at on this machine.'],
  schema: z.object({ title: z.string(), kind: z.enum(DOCTOR_KINDS), value: z.string(), hint: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries: readonly SlotEntry<DoctorCheck>[]) =>
    entries
      .map(({ key, value }) =>
        [`- id: ${q.yaml(key)}`, ...Object.entries(value).map(([name, text]) => `  ${name}: ${q.yaml(text)}`)].join(
          '\n',
        ),
      )
      .join('\n'),
});
export const docs = defineSlot<{ title: string }>({
  id: 'docs',
  schema: z.object({ title: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});
export const secret = defineSlot<{ title: string; environments: string[]; readers: string[] }>({
  id: 'secret',
  schema: z.object({ title: z.string(), environments: z.array(z.string()), readers: z.array(z.string()) }),
  sameKey: 'equal',
  owner: 'managed',
});
/**
 * What jobs of CI need to act in an environment, beside the secrets of its workloads: an account of their own
 * somewhere. The key is the variable.
 */
export const ciSecret = defineSlot<{ title: string }>({
  id: 'ci-secret',
  schema: z.object({ title: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

/** What every repository has whatever is chosen: README, ignore files, config files, the docs' index. */
export default definePart({
  slots: [gitignore, dockerignore, env, config, params, composeInclude, port, doctor, docs, secret, ciSecret].map(
    (define) => define.slot,
  ),
  reads: ['core.choices', 'core.pins', 'docs', 'secret'],
  contributes: () => [
    gitignore('.env', { why: 'secrets of this machine' }),
    gitignore('.DS_Store', { why: 'made by operating systems' }),
    docs('docs/versions.md', { title: 'Versions: what is pinned, and when it was checked' }),
  ],
});
