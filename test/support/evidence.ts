import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfOption, digestOfShared } from '../../scripts/digests.mjs';

/**
 * The results of tests, as files that `npm run support` collects for the support matrix. A claim contains the digest of
 * the proved option and the date, so that stale claims are detectable.
 */

const ROOT = join(import.meta.dirname, '../..');
const EVIDENCE = join(ROOT, '.e2e', 'evidence');

/**
 * rendered: the matrix rendered it with every other option and found no problem.
 * validated: a tool that reads such files accepted the files of the option.
 * tested: the tests and checks of a repository with the option passed.
 * run: the option did its work, and a test read the result from outside.
 * stand-in: a stand-in replaced the hosted service, and the report names the stand-in.
 */
export type Kind = 'rendered' | 'validated' | 'tested' | 'run' | 'stand-in';

/**
 * `by` names the tool or the repository. `options` are `<choice>/<option>`. `shared` contains the shared parts that the
 * proof used; without it, the proof used all of them.
 */
export function writeEvidence(kind: Kind, by: string, options: readonly string[], shared?: readonly string[]): void {
  mkdirSync(EVIDENCE, { recursive: true });
  const claims = Object.fromEntries([...new Set(options)].sort().map((id) => [id, digestOfOption(id)]));
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(
    join(EVIDENCE, `${kind}.${by.replace(/[^\w-]+/g, '-')}.json`),
    `${JSON.stringify({ kind, by, date, shared, digest: digestOfShared(shared), options: claims })}\n`,
  );
}

type Planned = {
  files: { path: string; modules: string[] }[];
};
const planOf = (dir: string): Planned =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [join(ROOT, 'dist/bin.js'), 'plan', '--config', join(dir, 'mlops-stack.yaml'), '--json'],
      { encoding: 'utf8', maxBuffer: 2 ** 26 },
    ),
  ) as Planned;
const isOption = (id: string): boolean => !id.startsWith('_');

/** The options that files of a repository come from. */
export const providersOf = (dir: string, isRead: (path: string) => boolean): string[] =>
  planOf(dir)
    .files.filter(({ path }) => isRead(path))
    .flatMap(({ modules }) => modules.map((id) => id.split('#')[0]!).filter(isOption));

type Row = { readonly name: string; readonly status: string };
/**
 * The rows of the demo that show an option of a choice at work. Rows with `?` are optional. The demo does not run
 * choices without a row (targets, CI systems).
 */
const SHOWN_BY: Readonly<Record<string, readonly string[]>> = {
  cloud: ['ingest', 'register', 'object store?'],
  orchestrator: ['ingest', 'validate', 'split', 'train', 'evaluate', 'gate', 'promote'],
  tracker: ['register', 'lineage'],
  registry: ['register', 'promote', 'rollback'],
  framework: ['train', 'export', 'predict'],
  versioning: ['register', 'lineage'],
  quality: ['validate', 'refuse corrupted data'],
  server: ['serve', 'predict', 'follow'],
  protocols: ['predict'],
  drift: ['no drift', 'drift'],
};

type Proved = { readonly name: string; readonly options: readonly string[]; readonly shared: readonly string[] };

/** Only rows with the status `ok` count. If there are several protocols, the demo uses the first. */
export function writeRun({ name, options: all, shared }: Proved, rows: readonly Row[]): void {
  const found: Record<'run' | 'stand-in', string[]> = { run: [], 'stand-in': [] };
  for (const choice of new Set(all.map((id) => id.split('/')[0]!))) {
    const options = all.filter((id) => id.startsWith(`${choice}/`));
    const needed = SHOWN_BY[choice]
      ?.filter((row) => !row.endsWith('?') || rows.some(({ name: each }) => `${each}?` === row))
      .map((row) => row.replace('?', ''));
    if (!needed) continue;
    const states = needed.map((row) => rows.filter((each) => each.name === row).map(({ status }) => status));
    const shown = choice === 'protocols' ? options.slice(0, 1) : options;
    if (states.every((each) => each.length > 0 && each.every((status) => status === 'ok'))) found.run.push(...shown);
    else if (states.flat().includes('substituted')) found['stand-in'].push(...shown);
  }
  for (const [kind, options] of Object.entries(found) as ['run' | 'stand-in', string[]][])
    if (options.length > 0) writeEvidence(kind, name, options, shared);
}
