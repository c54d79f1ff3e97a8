import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACCEPTED } from '../support/dotenv-cases.ts';
import { providersOf, writeEvidence } from '../support/evidence.ts';
import { recipesOf, stacksWithEveryMakefile } from '../support/make-folder.ts';
import { hasTool, must, sh } from './support.ts';

/**
 * Validates generated files, without installation, with the tools that read them. A missing tool is a skip with its
 * name, which CI counts as a failure.
 */

const ROOT = join(import.meta.dirname, '../..');
const WORK = join(ROOT, '.e2e', 'validated');
const TOOLS = `PATH=${join(ROOT, '.tools/bin')}:$PATH`;

function generate(name: string, flags: string): string {
  must(WORK, `node ${join(ROOT, 'dist/bin.js')} ${name} --yes --no-git ${flags}`);
  must(join(WORK, name), 'git init -q && git add -A');
  return join(WORK, name);
}

let github: string;
let gitlab: string;
/** The same stack with CI jobs that log in to a cloud. */
let githubAws: string;
let gitlabAws: string;

beforeAll(() => {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  github = generate('validated-github', "--models '[churn, fraud]'");
  gitlab = generate('validated-gitlab', '--ci gitlab-ci --orchestrator dagster');
  githubAws = generate(
    'validated-github-aws',
    '--cloud aws --orchestrator none --target ecs-fargate,lambda --protocols rest,lambda --environments dev,test,prod',
  );
  gitlabAws = generate(
    'validated-gitlab-aws',
    '--cloud aws --orchestrator none --target ecs-fargate,lambda --protocols rest,lambda --ci gitlab-ci ' +
      '--environments dev,test,prod',
  );
});

/** The files that each tool reads. An accepted file is evidence for the options that it comes from. */
const READS: Readonly<Record<string, RegExp>> = {
  actionlint: /^\.github\/workflows\//,
  zizmor: /^\.github\/(?:workflows\/|dependabot)/,
  'check-jsonschema': /^(?:\.gitlab-ci\.yml|ci\/gitlab\/)/,
  hadolint: /^deploy\/Dockerfile$/,
  shellcheck: /(?:^|\/)(?:Makefile|[^/]+\.(?:sh|mk))$/,
  'compose-dotenv': /^scripts\/dotenv\.awk$/,
  dotenv: /^scripts\/dotenv\.awk$/,
  promtool: /^monitoring\/(?:prometheus\.yml|rules|tests)/,
  amtool: /^monitoring\/alertmanager\.yml$/,
};
afterEach(({ task }) => {
  const tool = task.name.split(' ')[0]!;
  if (tool === 'each' || task.result?.state === 'fail') return;
  const reads = READS[tool];
  if (!reads) throw new Error(`The title "${task.name}" does not begin with a tool, so it leaves no evidence.`);
  writeEvidence(
    'validated',
    tool,
    [github, gitlab, githubAws, gitlabAws].flatMap((dir) => providersOf(dir, (path) => reads.test(path))),
  );
});

const has = (name: string): boolean =>
  ['bin', 'python/bin'].some((folder) => existsSync(join(ROOT, '.tools', folder, name))) || hasTool(name);
const needs = (name: string) => it.skipIf(!has(name));

describe('the tools that read the generated files', () => {
  needs('actionlint')('actionlint accepts the GitHub workflows', () => {
    // GitHub added `queue` in May 2026: https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues
    const known = `actionlint -ignore 'unexpected key "queue" for "concurrency" section'`;
    for (const dir of [github, githubAws]) expect(must(dir, `${TOOLS} ${known}`)).toBe('');
  });

  needs('zizmor')('zizmor accepts the GitHub workflows with strict collection', () => {
    for (const dir of [github, githubAws])
      expect(must(dir, `${TOOLS} zizmor --offline --strict-collection --no-progress . 2>&1`)).toMatch(/No findings/);
  });

  needs('check-jsonschema')('check-jsonschema accepts the GitLab CI files', () => {
    for (const dir of [gitlab, gitlabAws])
      must(
        dir,
        `${TOOLS} check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci $(git ls-files ` +
          "'.gitlab-ci.yml' 'ci/*.yml')",
      );
  });

  needs('hadolint')('hadolint accepts the Dockerfile', () => {
    must(github, `${TOOLS} hadolint deploy/Dockerfile`);
  });

  needs('shellcheck')('shellcheck accepts the scripts', () => {
    for (const dir of [github, githubAws]) must(dir, `${TOOLS} shellcheck $(git ls-files '*.sh')`);
  });

  needs('shellcheck')('shellcheck accepts every script and every recipe of make', async () => {
    const dir = join(WORK, 'recipes');
    mkdirSync(dir);
    const stacks = await stacksWithEveryMakefile();
    const scripts = stacks.flatMap(({ files }) => [...files.values()].filter(({ path }) => path.endsWith('.sh')));
    const texts = new Set(scripts.map(({ content }) => content.text!));
    for (const recipe of stacks.flatMap((stack) => [...recipesOf(stack)])) texts.add(`#!/bin/sh\n${recipe}\n`);
    expect(texts.size).toBeGreaterThan(100);
    for (const [index, text] of [...texts].entries()) writeFileSync(join(dir, `${index}.sh`), text);
    // SC2046: a parameter can hold several words.
    must(dir, `${TOOLS} shellcheck --format gcc --exclude SC2046,SC1091 *.sh`);
  });

  /** What a program prints that reads the accepted texts as files. */
  function dotenvBy(program: string): unknown {
    const dir = join(WORK, 'dotenv');
    mkdirSync(dir, { recursive: true });
    for (const [index, [text]] of ACCEPTED.entries()) writeFileSync(join(dir, `${index}.env`), text);
    return JSON.parse(must(dir, `${TOOLS} ${program} ${ACCEPTED.map((_, index) => `${index}.env`).join(' ')}`));
  }
  const values = ACCEPTED.map(([, given]) => given);

  needs('compose-dotenv')('compose-dotenv reads .env as make does, with the library of Docker Compose', () => {
    expect(dotenvBy('compose-dotenv')).toEqual(values);
  });

  needs('dotenv')('dotenv reads .env as make does, with the library of Python tools', () => {
    const python = join(ROOT, '.tools/python/bin/python');
    // Without its encoding, it takes the mark of UTF-8 for a letter.
    const script =
      'import dotenv, json, sys; print(json.dumps([dotenv.dotenv_values(file, ' +
      'encoding="utf-8-sig") for file in sys.argv[1:]]))';
    expect(dotenvBy(`${existsSync(python) ? python : 'python3'} -c '${script}'`)).toEqual(values);
  });

  needs('promtool')(
    'promtool accepts the scrape configuration and the rules, and the rules pass its unit tests',
    () => {
      must(github, 'promtool check config --syntax-only monitoring/prometheus.yml');
      must(github, 'promtool check rules monitoring/rules/*.yml');
      must(github, 'promtool test rules monitoring/tests/*.yml');
      expect(readdirSync(join(github, 'monitoring/tests')).length).toBeGreaterThan(0);
    },
  );

  needs('amtool')('amtool accepts the alert routes', () => {
    must(github, `${TOOLS} amtool check-config monitoring/alertmanager.yml`);
  });

  it('each tool rejects a broken file', () => {
    const broken: [string, string, string][] = [
      ['actionlint', github, `sed -i 's/runs-on:/runs_on:/' .github/workflows/*.yml; ${TOOLS} actionlint`],
      ['shellcheck', github, `echo 'echo $1' >> scripts/setup.sh; ${TOOLS} shellcheck scripts/*.sh`],
      ['zizmor', github, `${TOOLS} zizmor --offline --strict-collection --no-progress .`],
      [
        'hadolint',
        github,
        `sed -i 's/^FROM .*/FROM python:latest/' deploy/Dockerfile; ${TOOLS} hadolint deploy/Dockerfile`,
      ],
      [
        'promtool',
        github,
        `sed -i 's/expr: /expr: sum(/' monitoring/rules/*.yml; promtool check rules monitoring/rules/*.yml`,
      ],
    ];
    for (const [tool, dir, command] of broken)
      if (has(tool)) expect([tool, sh(dir, command).code]).not.toEqual([tool, 0]);
  });
});
