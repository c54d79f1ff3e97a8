import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesOf, sandbox, warm } from '../cli/harness.ts';
import { addOther, FOLDER, monorepo, rootFile, sh } from '../support/monorepo.ts';
import { open, type Project } from './project.ts';

const yaml = (demo: Project, path: string): Record<string, unknown> =>
  parse(demo.read(path)) as Record<string, unknown>;

const WORKFLOWS = '.github/workflows';

/** Paths that the steps of a workflow name, which GitHub reads from the root of the git repository. */
const pathsOf = (workflow: unknown): string[] =>
  Object.values((workflow as { jobs: Record<string, { steps: { with?: { path?: string } }[] }> }).jobs)
    .flatMap(({ steps }) => steps.flatMap((step) => step.with?.path?.trim().split('\n') ?? []))
    .map((path) => path.trim());

describe('create in a subfolder of a git repository', () => {
  it('records the folder and makes no git repository of its own', async () => {
    const { root, demo } = await monorepo();
    expect(demo.read('mlops-stack.yaml')).toContain(`\nfolder: ${FOLDER}\n`);
    expect(existsSync(join(demo.dir, '.git'))).toBe(false);
    expect(filesOf(root).filter((path) => !path.startsWith('services/'))).toEqual(['README.md']);
    expect((await demo.command('check')).code).toBe(0);
  });

  it('makes a repository of its own if the folder is .', async () => {
    const root = sandbox();
    sh(root, 'git init --quiet');
    const { code } = await warm([FOLDER, '--yes', '--folder', '.'], { cwd: root });
    expect(code).toBe(0);
    const demo = open(join(root, FOLDER));
    expect(demo.read('mlops-stack.yaml')).not.toContain('folder:');
    expect(demo.read(`${WORKFLOWS}/main.yml`)).not.toContain('working-directory');
  });

  it.each(['/abs', '../up', 'a/../b', 'a b', "a'b", 'a/', ''])('refuses the folder %j', async (folder) => {
    const { code, err } = await warm(['demo', '--yes', '--folder', folder], { cwd: sandbox() });
    expect([code, err]).toEqual([2, expect.stringContaining('it must be a path from the root of the git repository')]);
  });
});

describe('the workflows of a subfolder', () => {
  it('run in the folder, for its changes, with its paths and with names of their own', async () => {
    const { demo } = await monorepo('--cloud', 'aws');
    const names = readdirSync(join(demo.dir, WORKFLOWS));
    expect(names.sort()).toEqual([
      'bump.yml',
      'infrastructure.yml',
      'main.yml',
      'promotion.yml',
      'pull-request.yml',
      'schedule.yml',
    ]);
    for (const name of names) {
      const workflow = yaml(demo, `${WORKFLOWS}/${name}`);
      expect(workflow['defaults'], name).toEqual({ run: { 'working-directory': FOLDER } });
      expect(workflow['name'], name).toMatch(/ \(demo\)$/);
      for (const path of pathsOf(workflow)) expect(path, name).toMatch(/^services\/demo\//);
      for (const [, key] of demo.read(`${WORKFLOWS}/${name}`).matchAll(/^ +(?:key|restore-keys|group): (.*)$/gm))
        expect(key, name).toMatch(/^demo-/);
    }
    expect(yaml(demo, `${WORKFLOWS}/main.yml`)['on']).toMatchObject({ push: { paths: [`${FOLDER}/**`] } });
    expect(yaml(demo, `${WORKFLOWS}/pull-request.yml`)['on']).toMatchObject({
      pull_request: { paths: [`${FOLDER}/**`, '.github/workflows/demo-*.yml'] },
    });
    expect(yaml(demo, `${WORKFLOWS}/infrastructure.yml`)['on']).toMatchObject({
      push: { paths: [`${FOLDER}/config/**`, `${FOLDER}/infra/**`] },
    });
  });

  it('of a local store pass the paths of the folder in the cache', async () => {
    const { demo } = await monorepo();
    const paths = pathsOf(yaml(demo, `${WORKFLOWS}/main.yml`));
    expect(paths).toContain(`${FOLDER}/.mlops/dev`);
    for (const path of paths) expect(path).toMatch(/^services\/demo\//);
  });

  it('are copied to the root, checked there and updated', async () => {
    const { root, demo } = await monorepo();
    const check = () => sh(demo.dir, 'make ci-root-check');
    expect(check()).toMatchObject({ code: 2, out: expect.stringContaining('run make ci-root') as string });
    expect(sh(demo.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, WORKFLOWS)).sort()).toEqual(
      readdirSync(join(demo.dir, WORKFLOWS))
        .map((name) => `demo-${name}`)
        .sort(),
    );
    expect(check()).toEqual({ code: 0, out: '' });
    sh(root, 'git add --all && git commit --quiet --message copies');
    expect((await demo.command('update', '--yes', '--set', 'trunk=release')).code).toBe(0);
    expect(check()).toMatchObject({ code: 2, out: expect.stringContaining('demo-bump.yml') as string });
    expect(sh(demo.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(check().code).toBe(0);
    expect(readFileSync(join(root, WORKFLOWS, 'demo-main.yml'), 'utf8')).toContain('branches: [release]');
  });

  it('leave a file of the user at the root, and remove the copy of a workflow that is gone', async () => {
    const { root, demo } = await monorepo();
    sh(demo.dir, 'make ci-root');
    rmSync(join(demo.dir, WORKFLOWS, 'schedule.yml'));
    writeFileSync(join(root, WORKFLOWS, 'demo-eu-main.yml'), 'name: Another project\n');
    expect(sh(demo.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(existsSync(join(root, WORKFLOWS, 'demo-schedule.yml'))).toBe(false);
    expect(existsSync(join(root, WORKFLOWS, 'demo-eu-main.yml'))).toBe(true);
    writeFileSync(join(root, WORKFLOWS, 'demo-main.yml'), 'name: Mine\n');
    expect(sh(demo.dir, 'make ci-root')).toMatchObject({
      code: 2,
      out: expect.stringContaining('is no copy of') as string,
    });
    expect(readFileSync(join(root, WORKFLOWS, 'demo-main.yml'), 'utf8')).toBe('name: Mine\n');
  });

  it('report a folder that was moved', async () => {
    const { root } = await monorepo();
    sh(root, 'git mv services/demo services/moved');
    const { code, out } = sh(join(root, 'services/moved'), 'make ci-root-check');
    expect([code, out]).toEqual([2, expect.stringContaining('but services/moved/ in git')]);
  });
});

describe('the pipeline of a subfolder in the other CI system', () => {
  it('includes its files and names its paths from the root', async () => {
    const { demo } = await monorepo('--ci', 'gitlab-ci');
    const main = yaml(demo, '.gitlab-ci.yml') as { include: { local: string }[] } & Record<string, never>;
    for (const { local } of main.include) expect(existsSync(join(demo.dir, '../..', local))).toBe(true);
    expect(JSON.stringify(main['.project'])).toContain(`"cd ${FOLDER}","make setup"`);
    for (const name of readdirSync(join(demo.dir, 'ci/gitlab')))
      for (const job of Object.values(yaml(demo, `ci/gitlab/${name}`)) as { artifacts?: { paths: string[] } }[])
        for (const path of job.artifacts?.paths ?? []) expect(path, name).toMatch(/^services\/demo\//);
    const checks = yaml(demo, 'ci/gitlab/merge-request.yml') as Record<string, { before_script?: string[] }>;
    for (const id of ['build-image', 'choices']) expect(checks[id]!.before_script!.at(-1)).toBe(`cd ${FOLDER}`);
  });
});

describe('files at the root that projects share', () => {
  const GITLAB = ['--ci', 'gitlab-ci', '--set', 'owners=@acme/ml'];

  it('have one child pipeline for each project, and stay as they are otherwise', async () => {
    const { root, demo } = await monorepo(...GITLAB);
    const other = await addOther(root, ...GITLAB);
    const own = 'stages: [test]\n\nlint:\n  script: make lint\n';
    writeFileSync(join(root, '.gitlab-ci.yml'), own);
    for (const made of [demo, other]) {
      expect(sh(made.dir, 'make ci-root-check')).toMatchObject({
        code: 2,
        out: expect.stringContaining('.gitlab-ci.yml at the root') as string,
      });
      expect(sh(made.dir, 'make ci-root')).toMatchObject({ code: 0 });
    }
    const text = rootFile(root, '.gitlab-ci.yml');
    expect(text.startsWith(own)).toBe(true);
    const jobs = parse(text) as Record<string, { trigger?: { include: { local: string }[] } }>;
    expect(Object.keys(jobs)).toEqual(['stages', 'lint', 'demo-pipeline', 'churn-eu-pipeline']);
    for (const [name, made] of [
      ['demo', demo],
      ['churn-eu', other],
    ] as const) {
      const [{ local }] = jobs[`${name}-pipeline`]!.trigger!.include as [{ local: string }];
      expect(readFileSync(join(root, local), 'utf8')).toBe(made.read('.gitlab-ci.yml'));
      // In a child pipeline, CI_PIPELINE_SOURCE is parent_pipeline.
      for (const file of [
        '.gitlab-ci.yml',
        ...readdirSync(join(made.dir, 'ci/gitlab')).map((each) => `ci/gitlab/${each}`),
      ])
        expect([file, made.read(file).replace(/^#.*$/gm, '')]).toEqual([
          file,
          expect.not.stringContaining('CI_PIPELINE_SOURCE'),
        ]);
    }
    expect(rootFile(root, '.gitlab/CODEOWNERS').match(/^\/.*$/gm)).toEqual([
      '/services/demo/ @acme/ml',
      '/services/churn-eu/ @acme/ml',
    ]);
    // A second run changes nothing, and a change of one project changes its lines alone.
    for (const made of [demo, other]) expect(sh(made.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(rootFile(root, '.gitlab-ci.yml')).toBe(text);
    sh(root, 'git add --all && git commit --quiet --message root');
    expect((await demo.command('update', '--yes', '--set', 'trunk=release')).code).toBe(0);
    expect(sh(demo.dir, 'make ci-root-check').code).toBe(2);
    expect(sh(other.dir, 'make ci-root-check')).toEqual({ code: 0, out: '' });
    expect(sh(demo.dir, 'make ci-root && make ci-root-check').code).toBe(0);
    const after = parse(rootFile(root, '.gitlab-ci.yml')) as Record<string, { rules: { if: string }[] }>;
    expect(after['demo-pipeline']!.rules[1]!.if).toContain('"release"');
    expect(after['churn-eu-pipeline']!.rules[1]!.if).toContain('"main"');
  });

  it('list the owners and the updates of each project', async () => {
    const flags = ['--set', 'owners=@acme/ml'];
    const { root, demo } = await monorepo(...flags);
    const other = await addOther(root, ...flags);
    for (const made of [demo, other]) expect(sh(made.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(rootFile(root, '.github/CODEOWNERS').match(/^\/.*$/gm)).toEqual([
      '/services/demo/ @acme/ml',
      '/services/churn-eu/ @acme/ml',
    ]);
    const entries = (): string[] =>
      (
        parse(rootFile(root, '.github/dependabot.yml')) as {
          updates: { 'package-ecosystem': string; directory: string }[];
        }
      ).updates.map((each) => `${each['package-ecosystem']} ${each.directory}`);
    const expected = ['github-actions /'].concat(
      ['demo', 'churn-eu'].flatMap((name) => [
        `uv /services/${name}`,
        `docker /services/${name}/deploy`,
        `docker-compose /services/${name}/deploy/compose`,
      ]),
    );
    expect(entries()).toEqual(expected);
    for (const made of [demo, other]) expect(sh(made.dir, 'make ci-root-check')).toEqual({ code: 0, out: '' });
    // Lines below another key would not be updates.
    const text = rootFile(root, '.github/dependabot.yml');
    writeFileSync(join(root, '.github/dependabot.yml'), 'version: 2\nupdates: []\nregistries: {}\n');
    expect(sh(demo.dir, 'make ci-root')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/updates is not the last key[^]*directory: \/services\/demo\n/) as string,
    });
    expect(rootFile(root, '.github/dependabot.yml')).not.toContain('services');
    writeFileSync(join(root, '.github/dependabot.yml'), text);
    // Without owners, a project has no lines, and a file that would be empty goes.
    expect((await other.command('update', '--yes', '--allow-dirty', '--set', 'owners=')).code).toBe(0);
    expect(sh(other.dir, 'make ci-root')).toMatchObject({ code: 0 });
    expect(rootFile(root, '.github/CODEOWNERS')).not.toContain('churn-eu');
  });
});

describe('the hooks of a subfolder', () => {
  it('get only files of the folder, and start from the root', async () => {
    const { root, demo } = await monorepo();
    const config = yaml(demo, '.pre-commit-config.yaml') as {
      files: string;
      repos: { hooks: { id: string; entry: string; files?: string }[] }[];
    };
    expect(config.files).toBe('^services/demo/');
    const hooks = new Map(config.repos[0]!.hooks.map((hook) => [hook.id, hook]));
    expect(hooks.get('ruff-check')!.entry).toBe('services/demo/.venv/bin/ruff check --force-exclude');
    expect(hooks.get('mypy')!.entry).toBe('sh -c "cd services/demo && exec .venv/bin/mypy"');
    expect(hooks.get('uv-lock')).toMatchObject({
      entry: 'make -C services/demo --silent lock-check',
      files: '^services/demo/(environments/[^/]+/)?(pyproject\\.toml|uv\\.lock)$',
    });
    writeFileSync(join(demo.dir, 'uv.lock'), '');
    expect(sh(root, `${hooks.get('uv-lock')!.entry} UV=true`).code).toBe(0);
  });
});

describe('diff in a subfolder', () => {
  it('says how to apply the patch, and the patch applies', async () => {
    const { root, demo } = await monorepo();
    const { out, err } = await demo.command('diff', '--set', 'tracker=wandb');
    const [, command] = /^Apply the patch with: (.*)$/m.exec(err)!;
    expect(command).toBe('git apply --directory=services/demo');
    writeFileSync(join(root, 'update.patch'), out);
    sh(demo.dir, 'git apply ../../update.patch');
    expect(sh(root, 'git status --porcelain --untracked-files=no').out).toBe('');
    for (const place of [root, demo.dir]) {
      sh(root, 'git stash --include-untracked --quiet -- services');
      expect(sh(place, `${command} ${join(root, 'update.patch')}`)).toEqual({ code: 0, out: '' });
      expect(demo.read('mlops-stack.yaml')).toContain('tracker: wandb');
    }
    expect((await demo.command('update', '--yes')).code).toBe(0);
    expect((await demo.command('check')).code).toBe(0);
  });

  it('says nothing about it at the root of a git repository', async () => {
    const cwd = sandbox();
    await warm(['demo', '--yes'], { cwd });
    const { err } = await open(join(cwd, 'demo')).command('diff', '--set', 'tracker=wandb');
    expect(err).not.toContain('git apply');
  });
});
