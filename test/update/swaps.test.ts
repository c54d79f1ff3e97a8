import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { readConfig, showValue } from '../../src/core/config.ts';
import { isBinary } from '../../src/core/lock.ts';
import { createSolver } from '../../src/core/solver.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { Forge, fileOf, type Repository, textOf, type Values } from '../support/repositories.ts';
import { Contents, loadTemplates, type OutputFile, renderCase } from '../support/stacks.ts';

/**
 * Swaps every option of the catalog, in memory, with an edit in every file that the swap changes. The result is checked
 * like a new repository of the matrix, without kept/, which no code loads.
 */

type Swap = { readonly label: string; readonly from: Values; readonly to: Values };

let catalogue: Catalogue;
let forge: Forge;
let inspector: Inspector;
const swaps: Swap[] = [];
const conflicts: string[] = [];
const faults: string[] = [];
const untold: string[] = [];
let edits = 0;
let merged = 0;
let parked = 0;
let leftTold = 0;

beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
  forge = new Forge(catalogue);
  inspector = new Inspector(catalogue);
  swaps.push(...allSwaps());
  const contents = new Contents();
  for (const swap of swaps) {
    const created = forge.create(swap.from);
    untold.push(...unknownTargets(created, swap));
    const edited = editTouched(created, swap);
    const { repository, outcome } = forge.update(edited, swap.to);
    merged += outcome.actions.filter(({ action }) => action === 'merge').length;
    parked += outcome.actions.filter(({ action }) => action === 'park').length;
    faults.push(...outcome.refused.map(({ message }) => `${swap.label}: ${message}`));
    if (outcome.conflicts.length > 0)
      conflicts.push(`${swap.label}: ${outcome.conflicts.map(({ path }) => path).join(', ')}`);
    else inspect(swap, repository, contents);
    const back = forge.update(repository, swap.from);
    if (outcome.conflicts.length + back.outcome.conflicts.length === 0)
      faults.push(
        ...differing(edited, back.repository).map((path) => `${swap.label}, and back: ${path} is not what it was`),
      );
  }
  await inspector.finish();
  console.log(
    `  ${swaps.length} swaps, ${edits} files edited, ${merged} merged, ${parked} parked, ` +
      `${conflicts.length} swaps with a conflict${conflicts.map((line) => `\n    ${line}`).join('')}`,
  );
}, 600_000);

/**
 * In a choice with more options than this, each option is swapped with the default, in both directions, and with the
 * next option. The number of swaps therefore grows linearly with the number of options.
 */
const MOST_IN_ALL_SWAPS = 5;
const isNear = (ids: readonly string[], from: string, to: string, choice: Catalogue['choices'][number]): boolean =>
  [from, to].includes(String(choice.default({}))) || (ids.indexOf(from) + 1) % ids.length === ids.indexOf(to);

/**
 * Swaps each option of a choice for each other. In a list, each option is added and removed. The other options that a
 * swap needs are added too.
 */
function allSwaps(): Swap[] {
  const { config } = readConfig(
    { values: { name: 'demo' }, where: () => ({}), explicit: new Set() },
    catalogue,
    'demo',
  );
  const solver = createSolver(config, catalogue);
  const valuesWith = (picks: Values): Values | undefined => {
    const found = solver.complete({ fixed: picks as Record<string, string>, wished: config.choices });
    return found.kind === 'found' ? { name: 'demo', ...found.picks } : undefined;
  };
  return catalogue.choices.flatMap((choice) => {
    const ids = (catalogue.options.get(choice.id) ?? []).map((module) => module.id);
    const values: (string | readonly string[])[] = choice.takes === 'one' ? ids : [...ids.map((id) => [id]), [...ids]];
    if (choice.takes === 'many' && valuesWith({ [choice.id]: [] })) values.push([]);
    return values.flatMap((from) =>
      values.flatMap((to): Swap[] => {
        if (from === to || showValue(from) === showValue(to)) return [];
        if (
          choice.takes === 'one' &&
          ids.length > MOST_IN_ALL_SWAPS &&
          !isNear(ids, from as string, to as string, choice)
        )
          return [];
        // In a list, only swaps from all options to a single one and back. A swap of two single options combines them.
        if (choice.takes === 'many' && ids.length > 2 && ![from, to].some((value) => value.length === ids.length))
          return [];
        const [before, after] = [valuesWith({ [choice.id]: from }), valuesWith({ [choice.id]: to })];
        return before && after
          ? [{ label: `${choice.id}: ${showValue(from)} -> ${showValue(to)}`, from: before, to: after }]
          : [];
      }),
    );
  });
}

/**
 * An edit in every file that differs between the two versions: a line of the user, at a place that the swap does not
 * change.
 */
function editTouched(created: Repository, { to }: Swap): Repository {
  const next = forge.make(to).rendered;
  const files = new Map(created.files);
  for (const [path, file] of created.files) {
    const other = next.get(path)?.content;
    if (isBinary(file.content) || (other && Buffer.compare(other, file.content) === 0)) continue;
    edits++;
    files.set(
      path,
      fileOf(withLine(path, textOf(file), other && Buffer.from(other).toString('latin1')), file.executable),
    );
  }
  return { ...created, files };
}

/**
 * The text with a comment before a line that is the same in both versions, like its neighboring lines; without such a
 * line, at the end.
 */
function withLine(path: string, text: string, other: string | undefined): string {
  const lines = text.split('\n').slice(0, -1);
  const around = (at: number): string => lines.slice(at - 2, at + 2).join('\n');
  const isOnce = (place: string): boolean =>
    text.split(place).length === 2 && (other === undefined || other.split(place).length === 2);
  // After a blank line, so that no table or statement is split.
  const isApart = (line: string, index: number): boolean =>
    index >= 2 && index < lines.length - 2 && line !== '' && isOnce(around(index));
  const behindBlank = lines.findIndex((line, index) => lines[index - 1] === '' && isApart(line, index));
  // Also before a key of YAML or JSON if no line is blank: at the end, both sides may add text.
  const at =
    behindBlank >= 0 || !hasKeys(path)
      ? behindBlank
      : lines.findIndex((line, index) => /^ *(?:- )?"?[\w-]+"?:/.test(line) && isApart(line, index));
  const place = at < 0 ? lines.length : at;
  const indent = /^\s*/.exec(lines[place] ?? '')![0];
  let comment = `${path.endsWith('.py') || isIndented(path) ? indent : ''}# ours, by hand`;
  if (path.endsWith('.md')) comment = 'Ours, by hand.\n';
  else if (path.endsWith('.json')) comment = `${indent}"ours, by hand": 1,`;
  return [...lines.slice(0, place), comment, ...lines.slice(place), ''].join('\n');
}

const isIndented = (path: string): boolean => /\.ya?ml$/.test(path);
const hasKeys = (path: string): boolean => /\.(?:ya?ml|json)$/.test(path);

/** The commands of the leftovers that the repository before the swap does not have. */
function unknownTargets({ files }: Repository, { label, from, to }: Swap): string[] {
  const recipes = [...files]
    .filter(([path]) => /^(?:Makefile|mk\/[^/]+\.mk)$/.test(path))
    .map(([, file]) => textOf(file))
    .join('\n');
  const leaving = catalogue.choices.flatMap(({ id: choice }) =>
    [from[choice]]
      .flat()
      .filter((id) => ![to[choice]].flat().includes(id))
      .map((id) => (catalogue.options.get(choice) ?? []).find((option) => option.id === id)!),
  );
  return leaving.flatMap((module) =>
    (module.leftovers ?? []).flatMap(({ carry, remove }) => {
      const targets = [...`${carry ?? ''} ${remove}`.matchAll(/\bmake ([a-z][\w-]*)/g)].map(([, target]) => target!);
      leftTold += 1;
      return targets
        .filter((target) => !new RegExp(`^${target}:`, 'm').test(recipes))
        .map(
          (target) => `${label}: ${module.choice}/${module.id} leaves something to make ${target}, which is no target`,
        );
    }),
  );
}

function inspect({ label, to }: Swap, { files }: Repository, contents: Contents): void {
  const stack = renderCase({ label, values: to }, catalogue, contents);
  const present = [...files]
    .filter(([path]) => !path.startsWith('kept/'))
    .map(([path, file]): [string, OutputFile] => {
      const fresh = stack.files.get(path);
      return [
        path,
        {
          ...(fresh ?? { path, source: `yours:${path}`, kind: 'copy' as const, executable: false }),
          content: contents.of(file.content),
        },
      ];
    });
  const config = [...stack.files].filter(([, file]) => file.source === 'core:config');
  inspector.inspect({ ...stack, files: new Map([...config, ...present]) });
}

const differing = (before: Repository, after: Repository): string[] =>
  [...new Set([...before.files.keys(), ...after.files.keys()])].filter((path) => {
    const [a, b] = [before.files.get(path), after.files.get(path)];
    return !a || !b || Buffer.compare(a.content, b.content) !== 0;
  });

/** A failure shows the first problems in full, and the number of all problems. */
const none = (problems: readonly string[]): void =>
  expect(problems.length > 30 ? [...problems.slice(0, 30), `and ${problems.length - 30} more`] : problems).toEqual([]);

describe('every swap of the catalog, with an edit in each file that it changes,', () => {
  it('exists for more than 20 pairs of options', () => expect(swaps.length).toBeGreaterThan(20));
  it('succeeds, and the reverse swap restores the earlier files', () => none(faults));
  it('leaves only resources that a printed command removes', () => {
    none(untold);
    expect(leftTold).toBeGreaterThan(10);
  });
  it.each(CHECKS)('passes the check: %s', (check) => none(inspector.problems(check)));
  it('makes no conflict with added lines', () => none(conflicts));
});
