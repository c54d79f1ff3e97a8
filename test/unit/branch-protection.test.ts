import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { givenOf } from '../support/cases.ts';
import { deliveryCheck } from '../support/checks/delivery.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
});

type Files = ReadonlyMap<string, string>;
type Values = Readonly<Record<string, unknown>>;

/** One case for each CI system that has files. */
const systems = (): string[] =>
  (catalogue.options.get('ci') ?? []).map(({ id }) => id).filter((ci) => pageOf(rendered({ ci })) !== undefined);

function rendered(values: Values): Files {
  const { plan } = prepare(givenOf({ label: 'demo', values: { name: 'demo', ...values } }), catalogue, 'demo');
  return new Map([...renderPlan(plan)].map(([path, { content }]) => [path, Buffer.from(content).toString('utf8')]));
}

const pageOf = (files: Files): string | undefined =>
  [...files].find(([path]) => path.endsWith('-branch-protection.md'))?.[1];

type Jobs = Readonly<Record<string, { readonly name?: string; readonly script?: unknown }>>;

/** Names that the CI system shows for the jobs of a file: of GitHub the `name`, of GitLab the key. */
function jobNames(text: string): string[] {
  const file = parse(text) as { readonly jobs?: Jobs };
  const named = Object.values(file.jobs ?? {}).map(({ name }) => String(name));
  const keys = Object.entries(file as Jobs).filter(([id, job]) => !id.startsWith('.') && job.script !== undefined);
  return [...named, ...keys.map(([id]) => id)].sort();
}

/** The checks in the table of a page, and the jobs of the file that it names. */
function checksAndJobs(files: Files): [checks: string[], jobs: string[]] {
  const page = pageOf(files)!;
  const source = /^.*jobs of `([^`]+)`:$/m.exec(page)![1]!;
  const checks = [...page.matchAll(/^\| \*([^*]+)\* \|/gm)].map(([, name]) => name!);
  return [checks.sort(), jobNames(files.get(source)!)];
}

describe('the page on branch protection', () => {
  it.each([
    ['with an image', ['compose']],
    ['without an image', []],
  ])('lists exactly the jobs of a pull request, %s', (_, target) => {
    expect(systems().length).toBeGreaterThan(1);
    for (const ci of systems()) {
      const [checks, jobs] = checksAndJobs(rendered({ ci, target }));
      expect(checks, ci).toEqual(jobs);
      expect(checks.length).toBeGreaterThan(4);
    }
  });

  it('is wrong if a job is renamed or added', () => {
    for (const ci of systems()) {
      const files = new Map(rendered({ ci }));
      for (const [path, text] of files)
        files.set(path, text.replace(/^ {4}name: Test$/m, '    name: Tests').replace(/^test:$/m, 'tests:'));
      const [checks, jobs] = checksAndJobs(files);
      expect(checks, ci).not.toEqual(jobs);
    }
  });

  it('names the trunk and links the page for teams', () => {
    for (const ci of systems()) {
      const page = pageOf(rendered({ ci, trunk: 'trunk-x7' }))!;
      expect(page).toContain('`trunk-x7`');
      expect(page).toContain('(../team.md)');
    }
  });
});

/** Lines of CODEOWNERS that name owners: a pattern, and one owner or more. */
const ownerLines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('CODEOWNERS', () => {
  const fileOf = (files: Files): string => [...files].find(([path]) => path.endsWith('/CODEOWNERS'))![1];

  it('is valid and names nobody if there is no owner', () => {
    for (const ci of systems()) {
      const text = fileOf(rendered({ ci }));
      expect(ownerLines(text)).toEqual([]);
      expect(text).toContain('# * @');
    }
  });

  it('names the owners of the config', () => {
    const owners = ['@acme/ml-team', 'ada@example.com'];
    for (const ci of systems())
      expect(ownerLines(fileOf(rendered({ ci, owners })))).toEqual(['* @acme/ml-team ada@example.com']);
  });
});

describe('the last environment', () => {
  const ENVIRONMENTS = [['prod'], ['dev', 'prod'], ['dev', 'staging', 'prod']];
  const faults = (values: Values, change = (text: string): string => text): string[] => {
    const contents = new Contents();
    const stack = renderCase({ label: 'demo', values: { name: 'demo', ...values } }, catalogue, contents);
    const files = new Map(
      [...stack.files].map(([path, file]) => [
        path,
        { ...file, content: contents.of(Buffer.from(change(file.content.bytes.toString('utf8')))) },
      ]),
    );
    return deliveryCheck.find({ ...stack, files }).map(({ path, message }) => `${path}: ${message}`);
  };

  it.each(ENVIRONMENTS.map((environments) => [environments.length, environments]))(
    'is changed only by a job that a user starts or approves, with %i environments',
    (_, environments) => {
      for (const { id: ci } of catalogue.options.get('ci') ?? [])
        for (const cloud of ['local', 'aws'])
          for (const target of [['compose'], ...(cloud === 'aws' ? [['ecs-fargate']] : [])])
            expect(faults({ ci, cloud, target, environments }), `${ci} ${cloud}`).toEqual([]);
    },
  );

  it('is not guarded without the manual start or the protected environment', () => {
    const changes = (text: string): string =>
      text.replaceAll(/^( +)when: manual$/gm, '$1when: on_success').replaceAll(/^ {4}environment: prod$/gm, '');
    for (const ci of systems()) expect(faults({ ci, environments: ['prod'] }, changes), ci).not.toEqual([]);
  });

  it('is trained for and deployed to in separate manual jobs of one pipeline if it is the only one', () => {
    const files = rendered({ ci: 'gitlab-ci', cloud: 'aws', target: ['ecs-fargate'], environments: ['prod'] });
    const jobs = parse(files.get('ci/gitlab/main.yml')!) as Record<string, { extends?: string[]; rules?: unknown[] }>;
    expect(jobs['train']!.extends).toContain('.guarded');
    expect(jobs['deploy-to-prod']!.extends).toContain('.guarded');
    expect(jobs['.guarded']!.rules).toContainEqual({
      if: '$CI_COMMIT_BRANCH == "main"',
      when: 'manual',
      allow_failure: false,
    });
    const schedule = parse(files.get('ci/gitlab/schedule.yml')!) as Record<string, { rules: { when?: string }[] }>;
    expect(schedule['retrain']!.rules[0]!.when).toBe('manual');
    expect(JSON.stringify(schedule['drift'])).not.toContain('ci-retrain');
  });
});

describe('a project in a folder', () => {
  it('has checks with its own names', () => {
    for (const ci of systems()) {
      const [checks, jobs] = checksAndJobs(rendered({ ci, folder: 'services/demo' }));
      expect(checks, ci).toEqual(jobs);
    }
  });

  it('has a page that says where the CI system reads its files', () => {
    for (const ci of systems()) {
      const files = rendered({ ci, folder: 'services/demo' });
      expect(files.get('docs/team.md')).toMatch(/only at the root of the git repository/);
      expect(rendered({ ci }).get('docs/team.md')).not.toContain('## A folder');
    }
  });
});
