import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import type { LockEntry } from '../../src/core/lock.ts';
import { loadTemplates } from '../support/stacks.ts';
import { type Project, project } from './project.ts';

/** Every `moved` entry of the templates, in a repository that is put back to the old paths and edited. */

const LOCK = '.mlops-stack/lock.json';
const catalogue = createCatalogue(await loadTemplates());
const bare = (source: string): string => source.replace(/@[^@/]*$/, '').replace(/\.ejs$/, '');

type Move = { readonly from: string; readonly to: string };
/** The template of a file before it moved -> its template now. The first entry counts if a file moved twice. */
const moves: Move[] = catalogue.parts.flatMap(({ id, part }) => {
  const [folder, name] = id.split('#') as [string, string?];
  const files = `${folder}${name ? `/parts/${name}` : ''}/files/`;
  return Object.entries(part.moved ?? {}).map(([from, to]) => ({
    from: bare(from.startsWith('/') ? from.slice(1) : files + from),
    to: bare(files + to),
  }));
});

/** Puts the moved files of a repository back to where they were, and edits them. Returns old path -> new path. */
function putBack(made: Project): Map<string, string> {
  const lock = JSON.parse(made.read(LOCK)) as { entries: LockEntry[] };
  const paths = new Map<string, string>();
  const entries = lock.entries.map((entry) => {
    const move = moves.find(({ to }) => to === bare(entry.source));
    if (!move) return entry;
    const template = move.from.split('/files/')[1]!;
    const path = template.replaceAll('__package__', 'demo').replaceAll('__model__', 'churn');
    mkdirSync(dirname(join(made.dir, path)), { recursive: true });
    renameSync(join(made.dir, entry.path), join(made.dir, path));
    made.edit(path, (text) => `${text}\n# mine\n`);
    paths.set(path, entry.path);
    const model = /@[^@/]*$/.exec(entry.source)?.[0] ?? '';
    return { ...entry, path, source: move.from + model };
  });
  made.write(LOCK, `${JSON.stringify({ ...lock, entries }, undefined, 2)}\n`);
  made.commit();
  return paths;
}

it.each([
  ['all protocols', ['--protocols', 'azureml,lambda,rest,sagemaker,v2,vertex']],
  [
    'an account',
    ['--cloud', 'aws', '--target', 'ecs-fargate', '--rollout', 'canary', '--secrets', 'aws-secrets-manager'],
  ],
])('update takes each file with its edits to where it moved, in a stack with %s', async (_, flags) => {
  const made = await project(...flags);
  const paths = putBack(made);
  expect(paths.size).toBeGreaterThan(20);
  expect([...paths.keys()]).toContain('src/demo/serving/client.py');
  const { code, out } = await made.command('update', '--yes');
  expect({ code, lost: /.*(?:moved to kept|conflict).*/.exec(out)?.[0] }).toEqual({ code: 0, lost: undefined });
  for (const [before, after] of paths) {
    expect([after, made.read(after).endsWith('\n# mine\n')]).toEqual([after, true]);
    if (before !== after) expect([before, existsSync(join(made.dir, before))]).toEqual([before, false]);
  }
});
