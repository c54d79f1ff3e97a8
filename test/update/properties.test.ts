import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import type { Rendered } from '../../src/core/render.ts';
import { differsInLayoutOnly } from '../../src/core/update/layout.ts';
import { planUpdate } from '../../src/core/update/plan-update.ts';
import type { DiskFile, Outcome } from '../../src/core/update/types.ts';
import { caseOf, factorsOf, SEED } from '../support/cases.ts';
import { seeded } from '../support/covering.ts';
import { pick, type Random, scribble, wordsOf } from '../support/edits.ts';
import { type Engine, Forge, hashOf, isSame, type Repository, type Values } from '../support/repositories.ts';
import { loadTemplates } from '../support/stacks.ts';
import { partOf } from './part.ts';

/**
 * Random sequences: a valid config, edits in all lines of all kinds of files, another config, and back.
 * UPDATE_SEQUENCES sets the number (2,000 in .ci/run, 10,000 in `npm run update:full`), UPDATE_PART=2/4 the part of them
 * that is run. UPDATE_SEED=n repeats the sequence that a failure names.
 */

const PART = partOf(process.env['UPDATE_PART']);
const SEQUENCES = Math.ceil(Number(process.env['UPDATE_SEQUENCES'] ?? 100) / PART.count);
const ONE = process.env['UPDATE_SEED'];

let catalogue: Catalogue;
let forge: Forge;
beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
  forge = new Forge(catalogue);
});

/** A config that resolves, or one that differs from another in a few values. */
function anyValues(random: Random, near?: Values): Values {
  const factors = factorsOf(catalogue);
  for (;;) {
    const row = factors.map(({ levels }) => Math.floor(random() * levels.length));
    const values = caseOf(row, factors, catalogue).values;
    const keys = [...new Set([...Object.keys(values), ...Object.keys(near ?? {})])];
    const changed =
      near &&
      new Set(
        Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
          pick(
            keys.filter((key) => key !== 'name' || random() < 0.1),
            random,
          ),
        ),
      );
    const next = changed
      ? Object.fromEntries(
          keys.map((key) => [key, (changed.has(key) ? values : near)[key]]).filter(([, value]) => value !== undefined),
        )
      : values;
    try {
      if (!forge.resolves(next)) continue;
      forge.make(next);
      return next;
    } catch {
      // These values are incompatible.
    }
  }
}

type Tally = Record<
  'sequences' | 'edits' | 'words' | 'conflicts' | 'merges' | 'parked' | 'deleted' | 'refused',
  number
>;

/** Runs one sequence. Returns descriptions of its problems. */
function faultsOf(seed: number, engine?: Engine, tally?: Tally): string[] {
  const random = seeded(seed);
  const faults: string[] = [];
  const a = anyValues(random);
  const b = anyValues(random, a);
  const created = forge.create(a);
  // Edits are most likely in the files that differ between the two configs.
  const other = forge.make(b).rendered;
  const likely = [...created.files.keys()].filter(
    (path) => !other.has(path) || Buffer.compare(other.get(path)!.content, created.files.get(path)!.content) !== 0,
  );
  const { files, notes } = scribble(created.files, random, seed, likely);
  const edited: Repository = { ...created, files };

  const there = step('A -> B', edited, b);
  const back = there && step('B -> A', there.repository, a);
  const isClean =
    there && back && [there, back].every(({ outcome }) => outcome.conflicts.length === 0 && outcome.open.length === 0);
  if (isClean)
    faults.push(
      ...differences(edited.files, back.repository.files, created.files, other).map((line) => `A -> B -> A: ${line}`),
    );
  if (tally) {
    tally.sequences++;
    tally.edits += notes.length;
    tally.words += wordsOf(files).size;
  }
  return faults.length === 0
    ? []
    : [
        `seed ${seed}: ${JSON.stringify(diffOf(a, b))}`,
        ...notes.map((note) => `    ${note}`),
        ...faults.map((fault) => `  ${fault}`),
      ];

  function step(
    name: string,
    before: Repository,
    values: Values,
  ): { repository: Repository; outcome: Outcome } | undefined {
    const { repository, outcome, rendered } = forge.update(before, values, { engine });
    if (tally) {
      tally.conflicts += outcome.conflicts.length;
      for (const { action } of outcome.actions)
        if (action === 'merge') tally.merges++;
        else if (action === 'park') tally.parked++;
        else if (action === 'delete') tally.deleted++;
      if (outcome.refused.length > 0) tally.refused++;
    }
    // If the second step would change an unresolved conflict of the first, the update is refused and does nothing.
    if (outcome.refused.length > 0) {
      if (!outcome.refused.every(({ kind }) => kind === 'conflict-open' || kind === 'obstacle'))
        faults.push(`${name}: refused for ${outcome.refused.map(({ message }) => message).join('; ')}`);
      return undefined;
    }
    faults.push(...lost(before.files, repository.files, outcome).map((line) => `${name}: ${line}`));
    faults.push(...wrongFiles(before, repository, outcome, rendered).map((line) => `${name}: ${line}`));
    const again = forge.update(repository, values, { engine });
    if (again.outcome.changes.length > 0 || again.outcome.refused.length > 0)
      faults.push(
        `${name}, once more: it still wants to change ` +
          `${again.outcome.changes.map(({ path }) => path).join(', ')} ` +
          `${again.outcome.refused.map(({ message }) => message).join('; ')}`,
      );
    if (JSON.stringify(again.outcome.entries) !== JSON.stringify(outcome.entries))
      faults.push(`${name}, once more: the lock differs`);
    return { repository, outcome };
  }
}

/** Words of user edits that are in no file, or in a file that the report does not name. */
function lost(
  before: ReadonlyMap<string, DiskFile>,
  after: ReadonlyMap<string, DiskFile>,
  { actions }: Outcome,
): string[] {
  const now = wordsOf(after);
  const moves = new Set(actions.flatMap(({ path, to }) => (to === undefined ? [] : [`${path} ${to}`])));
  return [...wordsOf(before)].flatMap(([word, paths]) => {
    const found = now.get(word) ?? [];
    if (found.length === 0) return [`lost: ${word} of ${paths.join(', ')}`];
    const isTold = paths.every((path) => found.includes(path) || found.some((to) => moves.has(`${path} ${to}`)));
    return isTold ? [] : [`not told: ${word} of ${paths.join(', ')} is now in ${found.join(', ')}`];
  });
}

/**
 * Files with an unexpected state. An unedited file must be as generated, an unknown file must be untouched, and a
 * conflict requires an edit.
 */
function wrongFiles(
  before: Repository,
  after: Repository,
  outcome: Outcome,
  rendered: ReturnType<Forge['make']>['rendered'],
): string[] {
  const faults: string[] = [];
  const entries = new Map(
    before.lock.entries.filter((entry) => entry.state === 'managed').map((entry) => [entry.path, entry]),
  );
  const isAsGenerated = (path: string): boolean => {
    const entry = entries.get(path);
    const file = before.files.get(path);
    return Boolean(
      entry &&
        file &&
        Buffer.compare(file.content, before.base.get(entry.sha256)!) === 0 &&
        Boolean(entry.executable) === Boolean(file.executable),
    );
  };
  for (const [path, file] of before.files) {
    const next = rendered.get(path);
    const now = after.files.get(path);
    if (isAsGenerated(path)) {
      const isHome = outcome.actions.some((action) => action.action === 'unpark' && action.to === path);
      // The user earlier removed the file that had this path with the other choice.
      const isRemoved = after.lock.entries.some((entry) => entry.path === path && entry.state === 'deleted');
      if (next && !isHome && !isRemoved && (!now || Buffer.compare(now.content, next.content) !== 0))
        faults.push(`nobody edited ${path}, and it is not what is generated`);
      if (!next && now) faults.push(`nobody edited ${path}, and it stays though nothing generates it`);
    } else if (
      !entries.has(path) &&
      (!now || !isSame(file, now)) &&
      !outcome.actions.some((action) => action.path === path)
    )
      faults.push(`${path} is no file of the generator's, and it changed`);
  }
  for (const path of rendered.keys())
    if (
      !before.files.has(path) &&
      !after.files.has(path) &&
      !after.lock.entries.some((entry) => entry.path === path && entry.state === 'deleted')
    )
      faults.push(`${path} is new, and not there`);
  const sources = new Set([...rendered.values()].map(({ intent }) => intent.sourceId));
  for (const [path, { source }] of entries) {
    const [was, is] = [before.files.get(path), after.files.get(path)];
    if (!was || !is || sources.has(source)) continue;
    const own = wordsOf(new Map([[path, was]]));
    if ([...wordsOf(new Map([[path, is]])).keys()].some((word) => own.has(word)))
      faults.push(`${path} has another source now, and words of the old one's`);
  }
  for (const { path } of outcome.conflicts)
    if (isAsGenerated(path)) faults.push(`a conflict in ${path}, which nobody edited`);
  return faults;
}

/**
 * The differences that remain after A -> B -> A. Three cases are not differences:
 * - Line endings: a checkout may have CRLF, and a file that is written again has the generator's LF.
 * - A line that the user removed and that B does not contain: in B the file is as if the user had not changed that
 *   place, so A adds the line again. Neither this merge nor git can tell from three texts.
 * - The header of a section that the user removed from a tuned file: its keys follow the choices, so B adds a header.
 *   Blank lines are all equal, so the merge cannot tell which of them was removed.
 */
function differences(
  before: ReadonlyMap<string, DiskFile>,
  after: ReadonlyMap<string, DiskFile>,
  generated: ReadonlyMap<string, DiskFile>,
  other: Rendered,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((path) => {
    const [a, b] = [before.get(path), after.get(path)];
    if (
      a &&
      b &&
      (isSame(a, b) ||
        differsInLayoutOnly(path, utf8(a), utf8(b)) ||
        (generated.has(path) && hashOf(a) === hashOf(generated.get(path)!) && isSame(generated.get(path)!, b)))
    )
      return [];
    const [ours, theirs] = [generated.get(path), other.get(path)];
    if (
      a &&
      b &&
      ours &&
      theirs &&
      removes(a, ours).some(
        (line) =>
          line.trim() === '' ||
          removes(theirs, ours).includes(line) ||
          (other.get(path)!.intent.owner === 'tuned' && /:\s*$/.test(line)),
      )
    )
      return [];
    if (!a) return [`${path} was not there before`];
    return [b ? `${path} differs` : `${path} is gone`];
  });
}

const linesOf = (content: Uint8Array): string[] => Buffer.from(content).toString('latin1').split(/\r?\n/);

/** Lines of the generated text that the other text does not contain, as often as they are missing. */
function removes(text: Pick<DiskFile, 'content'>, generated: DiskFile): string[] {
  const left = linesOf(text.content);
  return linesOf(generated.content).filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

const diffOf = (a: Values, b: Values): Record<string, unknown> =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
      .map((key) => [key, [a[key], b[key]]]),
  );

/** Engines with one planted error each. */
const PLANTED: Readonly<Record<string, Engine>> = {
  'always overwrites': (input) => {
    const outcome = planUpdate(input);
    return {
      ...outcome,
      conflicts: [],
      changes: outcome.changes.map((change) =>
        change.after && input.next.has(change.path)
          ? { ...change, after: { ...change.after, content: input.next.get(change.path)!.content } }
          : change,
      ),
    };
  },
  'forgets deletions': (input) => {
    const outcome = planUpdate(input);
    return { ...outcome, changes: outcome.changes.filter(({ after }) => after) };
  },
  'forgets what it parks': (input) => {
    const outcome = planUpdate(input);
    return { ...outcome, changes: outcome.changes.filter(({ path }) => !path.startsWith('kept/')) };
  },
  'does not say where it puts things': (input) => {
    const outcome = planUpdate(input);
    return { ...outcome, actions: outcome.actions.map(({ to: _, ...action }) => action) };
  },
  'keeps the old base': (input) => {
    const outcome = planUpdate(input);
    const was = new Map(input.lock.entries.map((entry) => [`${entry.path} ${entry.source}`, entry]));
    return {
      ...outcome,
      objects: new Map([
        ...outcome.objects,
        ...input.lock.entries.flatMap(({ sha256 }) => [[sha256, input.base.read(sha256)!] as const]),
      ]),
      entries: outcome.entries.map((entry) => was.get(`${entry.path} ${entry.source}`) ?? entry),
    };
  },
  'merges across sources': (input) =>
    planUpdate({
      ...input,
      lock: {
        ...input.lock,
        entries: input.lock.entries.map((entry) => ({
          ...entry,
          source: input.next.get(entry.path)?.intent.sourceId ?? entry.source,
        })),
      },
    }),
  'loses the last line of what it merges': (input) => {
    const outcome = planUpdate(input);
    const merged = new Set(outcome.actions.filter(({ action }) => action === 'merge').map(({ path }) => path));
    return {
      ...outcome,
      changes: outcome.changes.map((change) =>
        change.after && merged.has(change.path)
          ? {
              ...change,
              after: {
                ...change.after,
                content: change.after.content.subarray(0, Buffer.from(change.after.content).lastIndexOf(10, -2) + 1),
              },
            }
          : change,
      ),
    };
  },
};

const utf8 = ({ content }: { readonly content: Uint8Array }): string => Buffer.from(content).toString('utf8');

describe('sequences of edits and changes of choices', () => {
  it.each(Object.entries(PLANTED))(
    'notice an engine that %s',
    (_, engine) => {
      const find = (seed: number): boolean => {
        try {
          return faultsOf(seed, engine).length > 0;
        } catch {
          // A change that no disk could apply.
          return true;
        }
      };
      expect(Array.from({ length: 200 }, (_each, index) => SEED + index).some(find)).toBe(true);
    },
    120_000,
  );

  it(`lose no edit, settle in one run and return (${ONE ? `seed ${ONE}` : SEQUENCES})`, { timeout: 3_600_000 }, () => {
    const tally: Tally = {
      sequences: 0,
      edits: 0,
      words: 0,
      conflicts: 0,
      merges: 0,
      parked: 0,
      deleted: 0,
      refused: 0,
    };
    const faults: string[] = [];
    const from = performance.now();
    for (
      let seed = ONE ? Number(ONE) : SEED + PART.index * SEQUENCES;
      tally.sequences < (ONE ? 1 : SEQUENCES) && faults.length < 60;
      seed++
    )
      faults.push(...faultsOf(seed, undefined, tally));
    console.log(
      `  ${Object.entries(tally)
        .map(([what, count]) => `${count} ${what}`)
        .join(', ')}; ${((performance.now() - from) / tally.sequences).toFixed(0)} ms a sequence`,
    );
    expect(faults).toEqual([]);
  });
});
