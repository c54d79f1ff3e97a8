import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { differsInLayoutOnly } from '../../src/core/update/layout.ts';
import { environment, sandbox } from '../cli/harness.ts';
import { open, type Project, project } from './project.ts';
import { reformat } from './reformat.ts';

/**
 * Random histories of a team: clones of one repository in which users edit, reformat, raise pins, move and delete
 * files, change parameters and swap choices, there and back or with a patch of `diff`, and then merge in different ways.
 * Afterwards the repository must be the one that made all choices at once, with every edit, or say where it is not.
 * `TEAM_HISTORIES` is the number of histories, `TEAM_SEED` the first seed. scripts/update-mutants.mjs plants faults in
 * the update, which histories must notice.
 */
const HISTORIES = Number(process.env['TEAM_HISTORIES'] ?? 2);
const SEED = Number(process.env['TEAM_SEED'] ?? 1);

/** Each person swaps other choices, so that the final choices do not depend on the order of the merges. */
const SWAPS: readonly (readonly string[])[] = [
  ['tracker=wandb', 'framework=xgboost', 'quality=none'],
  ['orchestrator=dagster', 'monitoring=none', 'ci=gitlab-ci'],
  ['environments=[dev, staging, prod]', 'versioning=dvc', 'cloud=aws'],
];
const DEFAULTS: Readonly<Record<string, string>> = {
  tracker: 'mlflow',
  framework: 'scikit-learn',
  quality: 'pandera',
  orchestrator: 'prefect',
  monitoring: 'prometheus',
  ci: 'github-actions',
  environments: '[dev, prod]',
  versioning: 'none',
  cloud: 'local',
};
const EDITED = [
  'README.md',
  'Makefile',
  'docs/operations.md',
  'src/demo/steps/train.py',
  'src/demo/metrics.py',
  'mk/pipeline.mk',
  'src/demo/tracking/mlflow.py',
  'src/demo/tracking/__init__.py',
];
/** Each person moves, deletes and tunes something else. */
const MOVED = ['docs/parameters.md', 'docs/versions.md', 'docs/runbooks/README.md'];
const DELETED = ['docs/cost.md', 'docs/decisions.md', 'docs/supply-chain.md'];
const TUNED = ['test_fraction', 'max_age_days', 'psi'];
const PARAMETERS = 'params/churn.yaml';
const PIN = /"([\w.-]+)(?:\[[^\]]*\])?==([\d.]+)"/g;
const RAISED = '999.0';
type Random = (below: number) => number;

/** Mulberry32, a small generator of pseudorandom numbers: the same seed gives the same history. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

/** What the team did, which the repository must contain at the end. */
type Team = {
  readonly log: string[];
  readonly edits: string[];
  /** The files with the edits. */
  readonly edited: Set<string>;
  /** The values that differ from the defaults, by choice. */
  readonly choices: Map<string, string>;
  readonly deleted: string[];
  /** Values of parameters, by key. */
  readonly tuned: Map<string, string>;
  readonly raised: Set<string>;
  /** Files in which the update wrote a conflict. */
  readonly reported: Set<string>;
  /** The team swapped a choice there and back: raised pins of its tool left with it. */
  wentBack: boolean;
};

const git = (made: Project, ...args: string[]): number | null =>
  spawnSync('git', args, {
    cwd: made.dir,
    env: { ...environment(), GIT_EDITOR: 'true' },
    encoding: 'utf8',
  }).status;

/** Runs an update. Its conflicts are resolved with the generated side and remembered: the update said where. */
async function update(made: Project, team: Team, ...args: string[]): Promise<string> {
  const { code, out, err } = await made.command('update', '--yes', ...args);
  team.log.push(`update ${args.join(' ')} -> ${code}`);
  if (code === 4) {
    const named = /^Conflicts to resolve: (.*)$/m.exec(out)![1]!.split(', ');
    for (const path of named) {
      team.reported.add(path);
      team.log.push(`  conflict in ${path}`);
      const text = made.read(path);
      const beside = `${path}.generated`;
      if (existsSync(join(made.dir, beside))) {
        made.write(path, `${made.read(beside)}${text.match(/^.*edit\dx\d.*$/gm)?.join('\n') ?? ''}`);
        rmSync(join(made.dir, beside));
        continue;
      }
      made.write(path, text.replace(/^<{7} .*\n([^]*?)(?:^\|{7} .*\n[^]*?)?^={7}\n([^]*?)^>{7} .*\n/gm, '$1$2'));
    }
  } else expect([code, err], team.log.join('\n')).toEqual([0, expect.any(String)]);
  return out;
}

type Step = (made: Project, who: number, random: Random, team: Team) => Promise<void> | void;

/** Records the patches that were applied, which a user does before the next change of a choice and before a merge. */
async function record(made: Project, team: Team): Promise<void> {
  await update(made, team);
  if (made.git('status', '--porcelain')) made.commit();
}

/** Swaps a choice, by an update or with the patch of `diff`, which records nothing until the next update. */
const swap: Step = async (made, who, random, team) => {
  await record(made, team);
  const left = SWAPS[who]!.filter((each) => !team.choices.has(each.split('=')[0]!));
  const chosen = left[random(left.length)];
  const isPatch = random(4) === 0;
  if (!chosen) return;
  team.log.push(`${who} swaps ${chosen}${isPatch ? ' with a patch' : ''}`);
  if (isPatch) {
    const { code, out } = await made.command('diff', '--set', chosen);
    const patch = join(dirname(made.dir), 'update.patch');
    writeFileSync(patch, out);
    if (code === 0 && git(made, 'apply', patch) === 0) {
      await update(made, team, '--allow-dirty');
      team.choices.set(...(chosen.split('=') as [string, string]));
      return;
    }
    team.log.push('  which does not apply');
  }
  await update(made, team, '--set', chosen);
  team.choices.set(...(chosen.split('=') as [string, string]));
};

/** Formats all files as another formatter does. */
const formatAll: Step = async (made, who, _, team) => {
  for (const path of made.git('ls-files', 'src', 'docs', 'config').split('\n').filter(Boolean)) {
    if (!existsSync(join(made.dir, path))) continue;
    const text = await reformat(path, made.read(path), who);
    if (text !== undefined) made.write(path, text);
  }
  team.log.push(`${who} reformats`);
};

const STEPS: readonly Step[] = [
  swap,
  swap,
  function edit(made, who, random, team) {
    const path = EDITED[random(EDITED.length)]!;
    const word = `edit${who}x${team.edits.length}x${random(1000)}`;
    if (!existsSync(join(made.dir, path))) return;
    const mark = path.endsWith('.md') ? `\nNote ${word}.\n` : `\n# ${word}\n`;
    made.edit(path, (text) => (random(2) === 0 ? `${text}${mark}` : text.replace('\n\n', `\n${mark}\n`)));
    team.edits.push(word);
    team.edited.add(path);
    team.log.push(`${who} edits ${path}: ${word}`);
  },
  formatAll,
  function raise(made, who, random, team) {
    const text = made.read('pyproject.toml');
    const pins = [...text.matchAll(PIN)];
    const [pin, name, version] = pins[random(pins.length)]! as unknown as [string, string, string];
    made.write('pyproject.toml', text.replaceAll(pin, pin.replace(version, RAISED)));
    team.raised.add(name);
    team.log.push(`${who} raises ${name}`);
  },
  async function move(made, who, _, team) {
    const path = MOVED[who]!;
    if (!existsSync(join(made.dir, path))) return;
    mkdirSync(join(made.dir, 'docs/reference'), { recursive: true });
    made.git('mv', path, `docs/reference/${path.split('/').at(-1)}`);
    await update(made, team, '--follow-moves', '--allow-dirty');
    team.log.push(`${who} moves ${path}`);
  },
  function remove(made, who, _, team) {
    const path = DELETED[who]!;
    if (!existsSync(join(made.dir, path))) return;
    made.git('rm', '--quiet', path);
    team.deleted.push(path);
    team.log.push(`${who} deletes ${path}`);
  },
  function tune(made, who, random, team) {
    const key = TUNED[who]!;
    const value = `0.${1 + random(8)}${1 + random(8)}`;
    made.write(PARAMETERS, made.read(PARAMETERS).replace(new RegExp(`^( *${key}: ).*$`, 'm'), `$1${value}`));
    team.tuned.set(key, value);
    team.log.push(`${who} sets ${key} to ${value}`);
  },
  async function goBack(made, who, random, team) {
    const choice = [...team.choices.keys()].filter((each) => SWAPS[who]!.some((one) => one.startsWith(`${each}=`)));
    const key = choice[random(choice.length)];
    if (!key) return;
    await record(made, team);
    team.log.push(`${who} swaps ${key} back`);
    team.wentBack = true;
    await update(made, team, '--set', `${key}=${DEFAULTS[key]!}`);
    team.choices.delete(key);
  },
];

/** One person works in a clone. */
async function work(made: Project, who: number, random: Random, team: Team): Promise<void> {
  for (let step = 0, steps = 2 + random(4); step < steps; step++) {
    const chosen = STEPS[step === 0 ? 0 : random(STEPS.length)]!;
    await chosen(made, who, random, team);
    if (made.git('status', '--porcelain')) made.commit();
  }
  await record(made, team);
}

/** Brings the work of a clone into the first one. */
async function bring(made: Project, from: Project, how: number, team: Team): Promise<void> {
  made.git('fetch', '--quiet', from.dir, 'main:other', '--force');
  const ways: readonly (readonly string[])[] = [
    ['merge', '--no-edit', 'other'],
    ['merge', '--squash', 'other'],
    ['rebase', 'other'],
  ];
  team.log.push(`git ${ways[how]!.join(' ')}`);
  let status = git(made, ...ways[how]!);
  for (let round = 0; status !== 0 && round < 20; round++) {
    if (made.git('ls-files', '--unmerged')) await update(made, team, '--resolve', '--allow-dirty');
    made.git('add', '--all');
    status =
      how === 2 ? git(made, 'rebase', '--continue') : git(made, 'commit', '--quiet', '--no-edit', '-m', 'merged');
    if (how !== 2) break;
  }
  expect(git(made, 'diff', '--check', 'HEAD'), team.log.join('\n')).toBe(0);
  if (made.git('status', '--porcelain')) made.commit();
  // If check says that the repository is complete, the update has nothing to do but its records.
  const { code, out } = await made.command('check');
  const done = await update(made, team);
  const changed = made.git('status', '--porcelain', '--', '.', ':!.mlops-stack');
  if (code === 0) expect([changed, out + done], team.log.join('\n')).toEqual(['', expect.any(String)]);
  if (made.git('status', '--porcelain')) made.commit();
}

async function clone(made: Project): Promise<Project> {
  const dir = join(sandbox(), 'demo');
  cpSync(made.dir, dir, { recursive: true, preserveTimestamps: true });
  return open(dir);
}

type Recorded = { readonly path: string; readonly source: string; readonly state: string; readonly sha256: string };
const recordsOf = (made: Project): Recorded[] =>
  (JSON.parse(made.read('.mlops-stack/lock.json')) as { entries: Recorded[] }).entries.sort((a, b) =>
    a.source < b.source ? -1 : 1,
  );

/** Without the lines of the edits, and the versions of raised pins. */
const bare = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/edit\dx\d/.test(line))
    .join('\n')
    .replaceAll(/==[\d.]+/g, '==');

describe('a team', () => {
  it.each(Array.from({ length: HISTORIES }, (_, index) => SEED + index))(
    'has one repository with all choices and edits after its merges: history %i',
    async (seed) => {
      const random = randomOf(seed);
      const team: Team = {
        log: [],
        edits: [],
        edited: new Set(),
        choices: new Map(),
        deleted: [],
        tuned: new Map(),
        raised: new Set(),
        reported: new Set(),
        wentBack: false,
      };
      const first = await project();
      const people = [first, ...(await Promise.all(Array.from({ length: 1 + random(2) }, () => clone(first))))];
      for (const [who, made] of people.entries()) await work(made, who, random, team);
      for (const other of people.slice(1)) await bring(first, other, random(3), team);
      const story = (): string => team.log.join('\n');

      const { code, out } = await first.command('check');
      expect([code, out], story()).toEqual([0, expect.any(String)]);
      expect(await first.command('doctor'), story()).toMatchObject({
        out: expect.not.stringMatching(/^wrong (?!pins)/m) as string,
      });
      const text = first
        .git('ls-files')
        .split('\n')
        .filter((path) => path && !path.startsWith('.mlops-stack/'))
        .map((path) => first.read(path))
        .join('\n');
      const lost = team.edits.filter((word) => !text.includes(word));
      expect(lost, story()).toEqual([]);
      expect(
        team.deleted.filter((path) => !team.reported.has(path) && existsSync(join(first.dir, path))),
        story(),
      ).toEqual([]);
      for (const [key, value] of team.tuned)
        expect(first.read(PARAMETERS), story()).toMatch(new RegExp(`^ *(?:# kept: [\\w.]*)?${key}: ${value}$`, 'm'));
      if (!team.wentBack && !team.reported.has('pyproject.toml'))
        for (const [, name, version] of first.read('pyproject.toml').matchAll(PIN))
          expect([name, version === RAISED], story()).toEqual([name, team.raised.has(name!)]);

      const direct = await project();
      const settings = [...team.choices].flatMap(([key, value]) => ['--set', `${key}=${value}`]);
      await update(direct, { ...team, log: [] }, ...settings);
      const own = new Map(recordsOf(first).map((entry) => [entry.source, entry]));
      const wanted = recordsOf(direct);
      const stateOf = ({ source, path, sha256 }: Recorded, state: string) => ({ source, path, sha256, state });
      const isDeleted = ({ path }: Recorded): boolean => team.deleted.includes(path) && !team.reported.has(path);
      const isKept = ({ state }: Recorded): boolean => state === 'kept';
      // Nothing but an edit keeps a file of a tool that left.
      expect(
        [...own.values()].filter((entry) => isKept(entry) && !team.edited.has(entry.path)),
        story(),
      ).toEqual([]);
      expect(
        [...own.values()].filter((entry) => !isKept(entry)).map((entry) => stateOf(entry, entry.state)),
        story(),
      ).toEqual(
        wanted.map((entry) => ({
          ...stateOf(entry, isDeleted(entry) ? 'deleted' : 'managed'),
          path: own.get(entry.source)?.path,
        })),
      );
      const different = wanted.filter(({ path, source }) => {
        const { path: place, state } = own.get(source)!;
        if (team.reported.has(place) || state !== 'managed') return false;
        const [a, b] = [direct.read(path), first.read(place)];
        if (path === PARAMETERS || a === b || differsInLayoutOnly(path, a, b)) return false;
        const isSame = bare(a) === bare(b) || differsInLayoutOnly(path, bare(a), bare(b));
        if (!isSame) team.log.push(createPatch(path, bare(a), bare(b), '', '', { context: 1 }));
        return !isSame;
      });
      expect(
        different.map(({ path }) => path),
        story(),
      ).toEqual([]);
      rmSync(dirname(first.dir), { recursive: true, force: true });
    },
    300_000,
  );
});
