import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { differsInLayoutOnly } from '../../src/core/update/layout.ts';
import { mergeText } from '../../src/core/update/merge.ts';
import { seeded } from '../support/covering.ts';
import { scribble } from '../support/edits.ts';
import { textOf as contentOf, Forge, hashOf, type Values } from '../support/repositories.ts';
import { loadTemplates } from '../support/stacks.ts';

/**
 * `git merge-file` is the upper bound: the merge has no conflict where git has none, and the same text where both are
 * clean. A seed determines the texts, and a failure prints all three. UPDATE_MERGES sets the number of each kind.
 */

const COUNT = Number(process.env['UPDATE_MERGES'] ?? 120);
const SEED = 20261121;
/** The time limit, in milliseconds, of a test that starts git for each text. */
const TIMEOUT = 60_000 + 100 * COUNT;

const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function gitMerge(
  base: string,
  yours: string,
  generated: string,
): { readonly conflicts: number; readonly text: string } {
  for (const [name, text] of Object.entries({ base, yours, generated }))
    writeFileSync(join(folder, name), text, 'latin1');
  const { status, stdout } = spawnSync('git', ['merge-file', '-p', 'yours', 'base', 'generated'], {
    cwd: folder,
    encoding: 'latin1',
  });
  if (status === null || status > 127) throw new Error('git merge-file failed');
  return { conflicts: status, text: stdout };
}

type Random = () => number;
const int = (random: Random, below: number): number => Math.floor(random() * below);
const pick = <T>(random: Random, items: readonly T[]): T => items[int(random, items.length)]!;

/** An edit of some lines by a user or a new version. `word` returns new lines. */
function edited(lines: readonly string[], random: Random, word: () => string): string[] {
  const all = [...lines];
  for (let left = 1 + int(random, 5); left > 0; left--) {
    const at = int(random, all.length + 1);
    const edit = int(random, 4);
    if (edit === 0) all.splice(at, 0, word());
    else if (edit === 1) all.splice(at, 1 + int(random, 3));
    else if (edit === 2) all.splice(at, 1, word());
    // A repeated block: the hard case, in which lines can be matched in several ways.
    else all.splice(at, 0, ...all.slice(at, at + 1 + int(random, 4)));
  }
  return all;
}

const real = [
  'pyproject.toml',
  'Makefile',
  'README.md',
  'params/churn.yaml',
  'src/default_stack/platform/doctor.py',
  'pipelines/prefect/flows.py',
].map((path) =>
  readFileSync(new URL(`../../samples/default-stack/${path}`, import.meta.url), 'utf8')
    .split('\n')
    .slice(0, -1),
);
const KINDS: Readonly<
  Record<string, (random: Random) => { readonly base: readonly string[]; readonly word: () => string }>
> = {
  'lines that differ': (random) => ({
    base: Array.from({ length: 5 + int(random, 60) }, (_, n) => `line ${n}`),
    word: () => `new ${int(random, 1000)}`,
  }),
  'lines that repeat': (random) => {
    const word = (): string => pick(random, ['', '}', '  a', '  b', 'return']);
    return { base: Array.from({ length: 5 + int(random, 60) }, word), word };
  },
  'generated files': (random) => {
    const base = pick(random, real);
    return { base, word: () => (random() < 0.5 ? pick(random, base) : `new ${int(random, 1000)}`) };
  },
};

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
type Tally = { clean: number; conflicts: number; faults: string[] };

/** Compares a merge with git's. */
function compareWithGit(kind: string, merge: typeof mergeText): Tally {
  const tally: Tally = { clean: 0, conflicts: 0, faults: [] };
  for (let n = 0; n < COUNT && tally.faults.length < 5; n++) {
    const random = seeded(SEED + n);
    const { base: lines, word } = KINDS[kind]!(random);
    const [base, yours, generated] = [lines, edited(lines, random, word), edited(lines, random, word)].map(textOf) as [
      string,
      string,
      string,
    ];
    const git = gitMerge(base, yours, generated);
    const ours = merge(base, yours, generated);
    if (git.conflicts > 0) tally.conflicts++;
    else tally.clean++;
    let fault: string | undefined;
    if (git.conflicts === 0 && ours.conflicts > 0) fault = 'a conflict where git has none';
    else if (git.conflicts === 0 && ours.text !== git.text) fault = 'another text than git';
    else if (ours.conflicts === 0 && git.conflicts > 0) fault = 'no conflict where git has one';
    if (fault)
      tally.faults.push(
        `seed ${SEED + n}: ${fault}\n--- base\n${base}--- yours\n${yours}--- generated\n${generated}--- git\n` +
          `${git.text}--- ours\n${ours.text}`,
      );
  }
  return tally;
}

describe('the text merge agrees with git merge-file', () => {
  it.each(Object.keys(KINDS))('on %s', { timeout: TIMEOUT }, (kind) => {
    const { clean, conflicts, faults } = compareWithGit(kind, mergeText);
    expect(faults).toEqual([]);
    // Both outcomes occur.
    expect(Math.min(clean, conflicts)).toBeGreaterThan(COUNT / 10);
  });

  it.each<[string, typeof mergeText]>([
    ['always overwrites', (_, __, generated) => ({ text: generated, conflicts: 0, settled: 0, reports: [] })],
    ['always makes a conflict', (base, yours, generated) => ({ ...mergeText(base, yours, generated), conflicts: 1 })],
    ['always keeps yours', (_, yours) => ({ text: yours, conflicts: 0, settled: 0, reports: [] })],
  ])('a comparison that notices a merge that %s', (_, merge) =>
    expect(compareWithGit('lines that differ', merge).faults).not.toEqual([]),
  );
});

/** Swaps one option of one choice, with edits in the affected files. */
const SWAPS: readonly (readonly [Values, Values])[] = [
  [{ orchestrator: 'prefect' }, { orchestrator: 'dagster' }],
  [{ orchestrator: 'dagster' }, { orchestrator: 'none' }],
  [{ tracker: 'mlflow' }, { tracker: 'wandb' }],
  [{ framework: 'scikit-learn' }, { framework: 'lightgbm' }],
  [{ quality: 'pandera' }, { quality: 'great-expectations' }],
  [{ versioning: 'none' }, { versioning: 'dvc' }],
  [{ ci: 'github-actions' }, { ci: 'gitlab-ci' }],
  [{ monitoring: [] }, { monitoring: ['prometheus'] }],
  [{ environments: ['dev', 'prod'] }, { environments: ['dev', 'test', 'prod'] }],
  [{ models: ['churn'] }, { models: ['churn', 'fraud'] }],
];

describe('every file merged by an update', () => {
  let forge: Forge;
  beforeAll(async () => {
    forge = new Forge(createCatalogue(await loadTemplates()));
  });

  it('has no conflict if git has none, and the same text if both are clean', { timeout: TIMEOUT }, () => {
    const faults: string[] = [];
    const tally = { merged: 0, clean: 0, better: 0, conflicts: 0 };
    for (const [index, [from, to]] of SWAPS.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]).entries()) {
      for (let n = 0; n < COUNT / 50; n++) faults.push(...mergedLikeGit(from, to, SEED + 1000 * index + n, tally));
    }
    console.log(
      `  ${Object.entries(tally)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}`,
    );
    expect(faults).toEqual([]);
    expect(tally.clean).toBeGreaterThan(COUNT / 10);
    expect(tally.better).toBeGreaterThan(0);
  });

  function mergedLikeGit(
    from: Values,
    to: Values,
    seed: number,
    tally: Record<'merged' | 'clean' | 'better' | 'conflicts', number>,
  ): string[] {
    const before = forge.create(from);
    const next = forge.make(to).rendered;
    const likely = [...before.files.keys()].filter(
      (path) => next.has(path) && Buffer.compare(next.get(path)!.content, before.files.get(path)!.content) !== 0,
    );
    const { files } = scribble(before.files, seeded(seed), seed, likely);
    const { repository, outcome } = forge.update({ ...before, files }, to);
    if (outcome.refused.length > 0) return [outcome.refused.map(({ message }) => message).join()];
    return before.lock.entries.flatMap((entry) => {
      const [mine, made, after] = [files.get(entry.path), next.get(entry.path), repository.files.get(entry.path)];
      if (
        !mine ||
        !made ||
        !after ||
        made.intent.sourceId !== entry.source ||
        entry.owner === 'starter' ||
        [mine, made].some(({ content }) => content.includes(0))
      )
        return [];
      const hash = hashOf({ content: made.content, executable: false });
      if (hashOf(mine) === entry.sha256 || hash === entry.sha256 || hash === hashOf(mine)) return [];
      const text = (file: { readonly content: Uint8Array }): string =>
        contentOf({ content: file.content, executable: false }).replaceAll('\r\n', '\n');
      // Another layout is no edit: the generated file takes its place.
      if (differsInLayoutOnly(entry.path, text({ content: before.base.get(entry.sha256)! }), text(mine))) return [];
      const git = gitMerge(text({ content: before.base.get(entry.sha256)! }), text(mine), text(made));
      const isConflict = outcome.conflicts.some(({ path }) => path === entry.path);
      tally.merged++;
      if (isConflict) tally.conflicts++;
      else if (git.conflicts > 0) tally.better++;
      else tally.clean++;
      let fault: string | undefined;
      if (git.conflicts === 0 && isConflict) fault = 'a conflict where git has none';
      else if (git.conflicts === 0 && text(after) !== git.text) fault = 'another text than git';
      return fault
        ? [
            `seed ${seed}, ${JSON.stringify(from)} to ${JSON.stringify(to)}: ${entry.path}: ${fault}\n--- git\n` +
              `${git.text}--- ours\n${text(after)}`,
          ]
        : [];
    });
  }
});

describe('a merge that git reports as a conflict', () => {
  it('is clean if one side changes only the end of the last line', () => {
    expect(mergeText('a\nb\n', 'a\nb', 'a\nb\nc\n')).toMatchObject({ text: 'a\nb\nc', conflicts: 0 });
    expect(mergeText('a\nb\n', 'x\nb\n', 'a\nb')).toMatchObject({ text: 'x\nb', conflicts: 0 });
    expect(gitMerge('a\nb\n', 'a\nb', 'a\nb\nc\n').conflicts).toBe(1);
  });
});
