import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deflateObject, sha256 } from '../../src/core/lock.ts';
import { type Project, project } from './project.ts';
import { reformat } from './reformat.ts';

/** Bots change a generated repository: Dependabot, Renovate and pre-commit.ci. Then its tools or its release change. */

const GITHUB = ['--set', 'cloud=aws', '--set', 'target=[compose, ecs-fargate]'];
const GITLAB = [...GITHUB, '--set', 'ci=gitlab-ci'];

/** Another hash of the same length. */
const rehash = (hash: string): string => hash.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16));
/** A later version in the same form: `v1.2.3` becomes `v9001.2.3`. */
const later = (version: string): string => version.replace(/\d+/, (major) => String(9000 + Number(major)));

/** A line as a bot changes it; the same line if the bot does not know it. */
type Rule = (line: string) => string;

/** How a bot changes a version. */
type To = (version: string) => string;

const IMAGE = /(?<=(?:FROM|image:|name:|:=) ?\S+:)([\w.-]*\d[\w.-]*)@sha256:([0-9a-f]{64})/;
const image =
  (to: To): Rule =>
  (line) =>
    line.replace(IMAGE, (_, tag: string, hash: string) => `${to(tag)}@sha256:${rehash(hash)}`);

type Rules = readonly (readonly [paths: RegExp, rule: Rule])[];

/** Each bot: the files that it changes, and how. The comments name the ecosystem or the manager of the bot. */
const BOTS: Readonly<Record<string, { readonly flags: readonly string[]; readonly rules: (to: To) => Rules }>> = {
  'Dependabot, in groups': {
    flags: GITHUB,
    rules: (to) => [
      // uv
      [
        /^pyproject\.toml$/,
        (line) =>
          line.replace(/(?<=^ +"[\w.-]+(?:\[[^\]]*\])?==)[\d.]+/, to).replace(/uv_build>=[^"]+/, 'uv_build>=9.1,<10'),
      ],
      // github-actions
      [
        /^\.github\/workflows\//,
        (line) =>
          line.replace(/@([0-9a-f]{40}) # (\S+)/, (_, hash: string, tag: string) => `@${rehash(hash)} # ${to(tag)}`),
      ],
      // docker, docker-compose
      [/Dockerfile$|^deploy\/compose\//, image(to)],
      // terraform
      [/\.tf$/, (line) => line.replace(/(?<=^ +version = "~> )\d+\.\d+/, to)],
      // pip
      [/requirements\.txt$/, (line) => line.replace(/(?<===)[\d.]+/, to)],
    ],
  },
  'Renovate, in GitHub': {
    flags: GITHUB,
    rules: (to) => [
      // pep621
      [/^pyproject\.toml$/, (line) => line.replace(/(?<=^ +"(?:mlflow|pandera|numpy|ruff)\S*==)[\d.]+/, to)],
      // github-actions, with the digest alone
      [/^\.github\/workflows\//, (line) => line.replace(/(?<=checkout@)[0-9a-f]{40}/, rehash)],
      // the inputs of actions
      [/^\.github\/workflows\//, (line) => line.replace(/(?<=^ +(?:version|terraform_version): "?)\d+\.\d+\.\d+/, to)],
      // dockerfile, docker-compose, and a manager for mk/
      [/Dockerfile$|^deploy\/compose\/|^mk\//, image(to)],
      // a manager for scripts, which needs a comment
      [
        /^scripts\/setup\.sh$/,
        (line) =>
          line.startsWith('UV_VERSION=')
            ? `# renovate: datasource=pypi depName=uv\n${line.replace(/[\d.]+/, to)}`
            : line,
      ],
      // terraform
      [
        /\.tf$/,
        (line) =>
          line.replace(/(?<=required_version = ">= )\d+\.\d+/, '1.99').replace(/(?<=^ +version = "~> )\d+\.\d+/, to),
      ],
    ],
  },
  'Renovate, in GitLab': {
    flags: GITLAB,
    rules: (to) => [
      // gitlabci, also a digest alone
      [/^\.gitlab-ci\.yml$|^ci\/gitlab\/main/, image(to)],
      [/^ci\/gitlab\/merge-request/, (line) => line.replace(/(?<=sha256:)[0-9a-f]{64}/, rehash)],
      // a manager for the download of Terraform
      [
        /^ci\/gitlab\/infrastructure/,
        (line) =>
          line
            .replace(/terraform\/[\d.]+\/terraform_[\d.]+_/, 'terraform/1.99.1/terraform_1.99.1_')
            .replace(/(?<=echo ")[0-9a-f]{64}/, rehash),
      ],
      [/^deploy\//, image(to)],
    ],
  },
};

type Raised = ReadonlyMap<string, ReadonlyMap<string, string>>;

const filesOf = (made: Project): string[] =>
  made
    .git('ls-files')
    .split('\n')
    .filter((path) => path && !path.startsWith('.mlops-stack/'));

/** What the bot changes in the repository: path -> line -> changed line. */
function raisedOf(made: Project, rules: Rules): Raised {
  const raised = new Map<string, ReadonlyMap<string, string>>();
  for (const path of filesOf(made)) {
    const own = rules.filter(([paths]) => paths.test(path)).map(([, rule]) => rule);
    const lines = made.read(path).split('\n');
    const changed = lines.map((line) => [line, own.reduce((text, rule) => rule(text), line)] as const);
    const found = changed.filter(([was, now]) => was !== now);
    if (found.length > 0) raised.set(path, new Map(found));
  }
  return raised;
}

/** Applies these changes where their lines are. */
function apply(made: Project, raised: Raised): void {
  for (const [path, lines] of raised) {
    if (!existsSync(join(made.dir, path))) continue;
    const text = made.read(path);
    made.write(
      path,
      text
        .split('\n')
        .map((line) => lines.get(line) ?? line)
        .join('\n'),
    );
  }
  if (made.git('status', '--porcelain')) made.commit();
}

const texts = (made: Project): Record<string, string> =>
  Object.fromEntries(filesOf(made).map((path) => [path, made.read(path)]));

/** The locks of package managers, which no template writes. */
const LOCKS = { 'uv.lock': 'version = 1\n', 'infra/terraform/.terraform.lock.hcl': 'provider "a" {}\n' };

describe.each(Object.entries(BOTS))('%s', (_, { flags, rules }) => {
  it.each([
    ['a tracker', ['tracker=wandb']],
    ['most of the stack', ['cloud=local', 'target=[]', 'monitoring=none', 'orchestrator=none', 'ci=none']],
  ])('keeps its versions where their entries stay, and is told which leave: %s', async (_what, changes) => {
    const set = changes.flatMap((change) => ['--set', change]);
    const made = await project(...flags);
    const raised = raisedOf(made, rules(later));
    expect(raised.size).toBeGreaterThan(3);
    for (const [path, text] of Object.entries(LOCKS)) writeFileSync(join(made.dir, path), text);
    apply(made, raised);
    const { code, out, err } = await made.command('update', '--yes', ...set);
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toMatch(/^ +(?:park|conflict) /m);
    made.commit();

    const direct = await project(...flags);
    await direct.command('update', '--yes', ...set);
    direct.commit();
    const plain = texts(direct);
    apply(direct, raised);
    expect(texts(made)).toEqual({ ...texts(direct), ...LOCKS });
    for (const [path, lines] of raised) {
      const left = [...lines.keys()].filter((line) => !plain[path]?.split('\n').includes(line));
      if (plain[path] === undefined) expect(out).toMatch(new RegExp(`delete +${path} .*versions of pins`));
      else if (left.length > 0) expect(out).toMatch(new RegExp(`^${path}: \\S+ is removed, with the version`, 'm'));
    }
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

/** The line of an older release. A version that begins with 0 is the same. */
const older: Rule = (line) => {
  const found = line.replace(/(?<=== ?|# v?|"~> |:v?)[1-9]\d*(?=[.\d]*\b(?:[^:/]|$))/, '0');
  return found === line
    ? line
    : found.replace(/\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b/, (hash) => [...hash].reverse().join(''));
};

/** Records the texts of an older release for these files, and writes them. Next to each pin, another line changes. */
function makeOlder(made: Project, raised: Raised): void {
  const lock = JSON.parse(made.read('.mlops-stack/lock.json')) as { entries: { path: string; sha256: string }[] };
  for (const entry of lock.entries) {
    const pins = raised.get(entry.path);
    if (!pins) continue;
    const text = made
      .read(entry.path)
      .split('\n')
      .flatMap((line) =>
        pins.has(line) ? [`${/^\s*/.exec(line)![0]}# a comment of that release`, older(line)] : [line],
      )
      .join('\n');
    const content = Buffer.from(text);
    entry.sha256 = sha256(content);
    writeFileSync(join(made.dir, '.mlops-stack/base', entry.sha256), deflateObject(content));
    made.write(entry.path, text);
  }
  made.write('.mlops-stack/lock.json', `${JSON.stringify(lock, undefined, 2)}\n`);
  made.commit();
}

describe('a new release', () => {
  const minor: To = (version) => version.replace(/(\d+)\.(\d+)/, (_, a, b) => `${a}.${Number(b) + 1}`);
  it.each<[string, readonly string[], Rules, To]>([
    ['keeps the higher versions of', GITHUB, BOTS['Dependabot, in groups']!.rules(later), later],
    ['replaces the lower versions of', GITHUB, BOTS['Dependabot, in groups']!.rules(minor), minor],
    ['keeps the higher images of', GITLAB, BOTS['Renovate, in GitLab']!.rules(later).slice(0, 1), later],
  ])('%s bots, without a conflict', async (_, flags, rules, to) => {
    const made = await project(...flags);
    const known = raisedOf(made, rules);
    const wanted = texts(made);
    makeOlder(made, known);
    apply(made, raisedOf(made, rules));
    const { code, out, err } = await made.command('update', '--yes');
    expect([code, err]).toEqual([0, '']);
    made.commit();
    const rule = (path: string, line: string): string =>
      rules.filter(([paths]) => paths.test(path)).reduce((text, [, each]) => each(text), line);
    for (const [path, lines] of known)
      wanted[path] = wanted[path]!.split('\n')
        .map((line) => (lines.has(line) && (to === later || older(line) === line) ? rule(path, older(line)) : line))
        .join('\n');
    expect(texts(made)).toEqual(wanted);
    expect(out).toMatch(
      / changed on both sides: \S+ is kept, the higher of your version \(\S+\) and the generated version/,
    );
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});

describe('pre-commit.ci', () => {
  it('raises revisions and formats in one commit, and no swap conflicts', async () => {
    const made = await project(...GITHUB);
    const hook = '\n  - repo: https://github.com/a/hook\n    rev: v1.0.0\n    hooks:\n      - id: hook\n';
    made.edit('.pre-commit-config.yaml', (text) => text.trimEnd() + hook);
    made.commit();
    apply(made, raisedOf(made, BOTS['Dependabot, in groups']!.rules(later)));
    made.edit('.pre-commit-config.yaml', (text) => text.replace('rev: v1.0.0', 'rev: v2.0.0'));
    for (const path of filesOf(made)) {
      const text = /^(?:src|docs|deploy|monitoring|\.github|\.pre)/.test(path)
        ? await reformat(path, made.read(path), 1)
        : undefined;
      if (text !== undefined) made.write(path, text);
    }
    made.commit();
    for (const change of ['tracker=wandb', 'orchestrator=dagster', 'monitoring=none', 'ci=none']) {
      const { code, out, err } = await made.command('update', '--yes', '--set', change);
      expect([code, err, out]).toEqual([0, '', expect.not.stringMatching(/^ +(?:park|conflict) /m)]);
      made.commit();
      expect(made.read('.pre-commit-config.yaml')).toContain('rev: v2.0.0');
    }
    expect(made.read('deploy/Dockerfile')).toMatch(/^FROM python:9\d{3}\./m);
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });
});
