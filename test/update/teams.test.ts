import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { differsInLayoutOnly } from '../../src/core/update/layout.ts';
import { environment, sandbox } from '../cli/harness.ts';
import { open, type Project, project } from './project.ts';
import { reformat } from './reformat.ts';

/**
 * Random histories of a team: clones of one repository in which users edit, reformat, raise pins, move files and swap
 * choices, and then merge in different ways. Afterwards the repository must be the one that made all choices at once,
 * with every edit, or say where it is not. `TEAM_HISTORIES` is the number of histories, `TEAM_SEED` the first seed.
 */
const HISTORIES = Number(process.env['TEAM_HISTORIES'] ?? 2);
const SEED = Number(process.env['TEAM_SEED'] ?? 1);

/** Each person swaps other choices, so that the final choices do not depend on the order of the merges. */
const SWAPS: readonly (readonly string[])[] = [
  ['tracker=wandb', 'framework=xgboost', 'quality=none'],
  ['orchestrator=dagster', 'monitoring=none', 'ci=gitlab-ci'],
  ['environments=[dev, staging, prod]', 'versioning=dvc', 'cloud=aws'],
];
const EDITED = [
  'README.md',
  'Makefile',
  'docs/operations.md',
  'src/demo/steps/train.py',
  'src/demo/metrics.py',
  'mk/pipeline.mk',
];
const MOVED = ['docs/parameters.md', 'docs/versions.md', 'docs/data.md'];
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

type Team = {
  readonly log: string[];
  readonly edits: string[];
  readonly choices: string[];
  readonly reported: Set<string>;
};

const git = (made: Project, ...args: string[]): number | null =>
  spawnSync('git', args, {
    cwd: made.dir,
    env: { ...environment(), GIT_EDITOR: 'true' },
    encoding: 'utf8',
  }).status;

/** Runs an update. Its conflicts are resolved with the generated side and remembered: the update said where. */
async function update(made: Project, team: Team, ...args: string[]): Promise<void> {
  const { code, out, err } = await made.command('update', '--yes', ...args);
  team.log.push(`update ${args.join(' ')} -> ${code}`);
  if (code === 4) {
    const named = /^Conflicts to resolve: (.*)$/m.exec(out)![1]!.split(', ');
    for (const path of named) {
      team.reported.add(path);
      team.log.push(`  conflict in ${path}`);
      const text = made.read(path);
      made.write(path, text.replace(/^<{7} .*\n([^]*?)(?:^\|{7} .*\n[^]*?)?^={7}\n([^]*?)^>{7} .*\n/gm, '$1$2'));
    }
  } else expect([code, err], team.log.join('\n')).toEqual([0, expect.any(String)]);
}

/** One person works in a clone. */
async function work(made: Project, who: number, random: Random, team: Team): Promise<void> {
  const swaps = [...SWAPS[who]!];
  for (let step = 0, steps = 2 + random(3); step < steps; step++) {
    const kind = random(5);
    if (kind === 0 || step === 0) {
      const [swap] = swaps.splice(random(swaps.length), 1);
      if (swap === undefined) continue;
      await update(made, team, '--set', swap);
      team.choices.push(swap);
      team.log.push(`${who} swaps ${swap}`);
    } else if (kind === 1) {
      const path = EDITED[random(EDITED.length)]!;
      const word = `edit${who}x${step}x${random(1000)}`;
      if (!existsSync(join(made.dir, path))) continue;
      const mark = path.endsWith('.md') ? `\nNote ${word}.\n` : `\n# ${word}\n`;
      made.edit(path, (text) => (random(2) === 0 ? `${text}${mark}` : text.replace('\n\n', `\n${mark}\n`)));
      team.edits.push(word);
      team.log.push(`${who} edits ${path}: ${word}`);
    } else if (kind === 2) {
      for (const path of made.git('ls-files', 'src', 'docs', 'config').split('\n').filter(Boolean)) {
        const text = await reformat(path, made.read(path), who);
        if (text !== undefined) made.write(path, text);
      }
      team.log.push(`${who} reformats`);
    } else if (kind === 3) {
      const text = made.read('pyproject.toml');
      const pins = [...text.matchAll(/"([\w.-]+)(?:\[[^\]]*\])?==([\d.]+)"/g)];
      const [pin, name, version] = pins[random(pins.length)]! as unknown as [string, string, string];
      made.write('pyproject.toml', text.replace(pin, pin.replace(version, '999.0')));
      team.log.push(`${who} raises ${name}`);
    } else {
      const path = MOVED[who]!;
      if (!existsSync(join(made.dir, path))) continue;
      mkdirSync(join(made.dir, 'docs/reference'), { recursive: true });
      made.git('mv', path, `docs/reference/${path.split('/').at(-1)}`);
      await update(made, team, '--follow-moves', '--allow-dirty');
      team.log.push(`${who} moves ${path}`);
    }
    if (made.git('status', '--porcelain')) made.commit();
  }
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
  await update(made, team);
  if (made.git('status', '--porcelain')) made.commit();
}

async function clone(made: Project): Promise<Project> {
  const dir = join(sandbox(), 'demo');
  cpSync(made.dir, dir, { recursive: true, preserveTimestamps: true });
  return open(dir);
}

describe('a team', () => {
  it.each(Array.from({ length: HISTORIES }, (_, index) => SEED + index))(
    'has one repository with all choices and edits after its merges: history %i',
    async (seed) => {
      const random = randomOf(seed);
      const team: Team = { log: [], edits: [], choices: [], reported: new Set() };
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

      const direct = await project();
      await update(direct, { ...team, log: [] }, ...team.choices.flatMap((choice) => ['--set', choice]));
      const lock = JSON.parse(first.read('.mlops-stack/lock.json')) as {
        entries: { path: string; source: string; state: string }[];
      };
      const wanted = JSON.parse(direct.read('.mlops-stack/lock.json')) as typeof lock;
      expect(lock.entries.map(({ source }) => source).sort(), story()).toEqual(
        wanted.entries.map(({ source }) => source).sort(),
      );
      const different = wanted.entries.filter(({ path, source }) => {
        const own = lock.entries.find((entry) => entry.source === source)!;
        if (team.reported.has(own.path) || own.state !== 'managed') return false;
        const [a, b] = [direct.read(path), first.read(own.path)];
        if (a === b || differsInLayoutOnly(path, a, b)) return false;
        // Without the lines of the edits, and the versions of raised pins.
        const bare = (text: string): string =>
          text
            .split('\n')
            .filter((line) => line.trim() !== '' && !/edit\dx\d/.test(line))
            .join('\n')
            .replaceAll(/==[\d.]+/g, '==');
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
