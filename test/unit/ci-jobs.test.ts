import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';

/** What the CI of a generated repository checks before a merge, with every CI system and every cloud. */

const catalogue = createCatalogue(await loadTemplates());
const idsOf = (choice: string): string[] => (catalogue.options.get(choice) ?? []).map(({ id }) => id);
const render = (values: Readonly<Record<string, unknown>>): Map<string, string> => {
  const given = givenOf({ label: 'demo', values: { name: 'demo', ...values } });
  return new Map(
    [...renderPlan(prepare(given, catalogue, 'demo').plan)].map(([path, { content }]) => [
      path,
      Buffer.from(content).toString('utf8'),
    ]),
  );
};
const CI = /^\.github\/workflows\/|^\.gitlab-ci\.yml$|^ci\/gitlab\//;
const stacks = idsOf('ci').flatMap((ci) =>
  idsOf('cloud').map((cloud) => ({ ci, cloud, files: render({ ci, cloud, orchestrator: 'none' }) })),
);
const withCi = stacks.filter(({ files }) => [...files.keys()].some((path) => CI.test(path)));
const pick = (files: ReadonlyMap<string, string>, pattern: RegExp): string =>
  [...files].flatMap(([path, text]) => (pattern.test(path) ? [text] : [])).join('\n');
/** The files whose jobs check a change before its merge. */
const ofChanges = (files: ReadonlyMap<string, string>): string =>
  [...files]
    .flatMap(([path, text]) => (CI.test(path) && /^ {2}pull_request:|merge_request_event/m.test(text) ? [text] : []))
    .join('\n');
const isIn = (text: string, target: string): boolean => new RegExp(`^ *- (?:run: )?make ${target}$`, 'm').test(text);

it('has stacks with and without CI', () => {
  expect(withCi.length).toBeGreaterThan(2);
  expect(withCi.length).toBeLessThan(stacks.length);
});

it.each(withCi)('$ci on $cloud refuses a missing or stale uv.lock in every job that installs packages', ({ files }) => {
  const workflows = [...files].filter(([path]) => path.startsWith('.github/workflows/'));
  for (const [path, text] of workflows)
    if (text.includes('make setup')) expect([path, parse(text).env]).toEqual([path, { UV_LOCKED: '1' }]);
  const gitlab = files.get('.gitlab-ci.yml');
  if (gitlab) expect(parse(gitlab).variables).toMatchObject({ UV_LOCKED: '1' });
  expect(workflows.length > 0 || gitlab !== undefined).toBe(true);
});

it.each(withCi)('$ci on $cloud runs every check of the repository before a merge', ({ files }) => {
  const makefiles = pick(files, /^Makefile$|\.mk$/);
  const text = ofChanges(files);
  const checks = ['lock-check', 'pre-commit', 'check', 'coverage', 'infra-check', 'secret-scan', 'scan', 'ci-choices'];
  for (const target of checks)
    if (new RegExp(`^${target}:`, 'm').test(makefiles)) expect([target, isIn(text, target)]).toEqual([target, true]);
  expect(isIn(text, 'no-such-check')).toBe(false);
});

it.each(withCi)('$ci on $cloud gets the programs that a check skips without, from a pinned image', ({ files }) => {
  const makefiles = pick(files, /\.mk$/);
  const skips = [...makefiles.matchAll(/\((\w+) is not installed\)/g)].map((match) => match[1]!);
  const text = pick(files, CI);
  for (const program of skips) {
    // By a make target, or by a job in the image.
    const installs = `${makefiles}${text}`.match(
      new RegExp(`[\\w./-]+@sha256:[0-9a-f]{64}(?:=${program}\\b|[^@]*cp /bin/${program} )`),
    );
    expect([program, installs !== null]).toEqual([program, true]);
    expect(isIn(text, 'monitoring-tools') || text.includes(`cp /bin/${program} .tools/bin/`)).toBe(true);
  }
});

it.each(withCi)('$ci on $cloud moves exclude-newer before a bot proposes a version after it', ({ files }) => {
  const days = Number(/^DAYS := (\d+)$/m.exec(pick(files, /\.mk$/))![1]);
  const dependabot = files.get('.github/dependabot.yml');
  const renovate = files.get('renovate.json');
  const wait = dependabot
    ? (parse(dependabot).updates as { 'package-ecosystem': string; cooldown: { 'default-days': number } }[]).find(
        (update) => update['package-ecosystem'] === 'uv',
      )!.cooldown['default-days']
    : Number.parseInt((JSON.parse(renovate!) as { minimumReleaseAge: string }).minimumReleaseAge, 10);
  // A week until the next run of the job, and a week to merge its result.
  expect(wait).toBeGreaterThanOrEqual(days + 14);
  const jobs = pick(files, CI);
  expect(isIn(jobs, 'bump')).toBe(true);
  if (dependabot) expect(jobs).toMatch(/cron: "\d+ \d+ \* \* [0-6]"[\s\S]*make bump/);
  expect(files.get('docs/supply-chain.md')).toContain(`${wait} days`);
});

it('promises nothing about CI without CI', () => {
  for (const { files } of stacks.filter((stack) => !withCi.includes(stack)))
    expect(files.get('docs/supply-chain.md')).not.toMatch(/\bCI\b/);
});
