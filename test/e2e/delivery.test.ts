import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACT, act, type Bench, GITLAB, gitlab, type Job, makeBench, results, serveRegistry } from './runners.ts';
import { makeStack, must } from './support.ts';

/** Runs the generated workflows: a pull request, a merge, a promotion, and the failure of each. */

/** Outside the checkout: inside it, npx would use the package of the checkout instead of the requested one. */
const WORK = mkdtempSync(join(tmpdir(), 'mlops-delivery-'));
const FLAGS = '--orchestrator none';
const commit = (dir: string, message: string): string =>
  must(dir, `git add -A && git -c user.name=e2e -c user.email=e2e@example.com commit -qm "${message}"`);
const make = (job: Job | undefined): string[] => (job?.steps ?? []).filter((step) => step.includes('make '));

let registry: { url: string; asked: string[]; server: Server };
beforeAll(async () => {
  registry = await serveRegistry(join(WORK, 'registry'));
});
afterAll(() => {
  registry.server.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** Changes a file of a repository. Returns a function that reverts the change. */
function edit(dir: string, path: string, change: (text: string) => string): () => void {
  const before = readFileSync(join(dir, path), 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`nothing in ${path} was changed`);
  writeFileSync(join(dir, path), after);
  return () => writeFileSync(join(dir, path), before);
}

/** The audit records of an environment, from a folder that contains `audit/`. */
function audited(
  dir: string,
  environment: string,
): { action: string; source: string | null; target: string; evidence: Record<string, unknown> }[] {
  const folder = join(dir, 'audit', environment, 'churn');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{8}\.json$/.test(name)) : [];
  return names
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ReturnType<typeof audited>[number]);
}

/** The newest decision below a folder of artifacts. */
function decision(dir: string): {
  accepted: boolean;
  champion: string | null;
  refused: { gate: string; metric: string }[];
} {
  const found = (readdirSync(dir, { recursive: true }) as string[])
    .filter((path) => path.endsWith('decision.json'))
    .sort();
  return JSON.parse(readFileSync(join(dir, found.at(-1)!), 'utf8')) as ReturnType<typeof decision>;
}

const OWNED = (text: string): string => `${text}owner: The churn team\ncontact: churn@example.com\n`;
/** The users of CI: one starts the trainings, the other releases versions. */
const AUTHOR = 'author';
const APPROVER = 'approver';
const ANOTHER_PERSON = /author has made churn 1, so another person must release it/;
const GOVERNANCE = (name: string): string => `src/${name.replaceAll('-', '_')}/models/churn/governance.yaml`;
const MODEL = (name: string): string => `src/${name.replaceAll('-', '_')}/models/churn/model.py`;

describe.skipIf(!existsSync(ACT))('GitHub Actions, run by act', () => {
  const name = 'delivery-github';
  let bench: Bench;
  beforeAll(() => {
    bench = makeBench(makeStack(name, FLAGS, WORK), registry.url);
  });
  const entries = (prefix: string): string[] =>
    readdirSync(bench.cache)
      .filter((entry) => entry.slice(5).startsWith(prefix))
      .sort();
  const stored = (environment: string): string =>
    join(bench.cache, entries(`store-${environment}-`).at(-1) ?? 'nothing');

  it('tests, trains, registers and smoke-tests a version in the first environment on a push to main', async () => {
    const run = await act(bench, 'push', 'main.yml', { actor: AUTHOR, payload: { ref: 'refs/heads/main' } });
    expect([run.jobs.map((job) => job.id), results(run)], run.output.slice(-3000)).toEqual([
      ['test', 'train'],
      { test: 'success', train: 'success' },
    ]);
    expect(make(run.jobs[0])).toEqual([
      'make setup',
      'make lock-check',
      'make pre-commit',
      'make monitoring-tools',
      'make check',
      'make test-all',
    ]);
    expect(make(run.jobs[1])).toEqual([
      'make setup',
      'make ci-pipeline ENV=dev',
      'make ci-smoke ENV=dev',
      'make ci-keep ENV=dev',
    ]);
    expect(audited(stored('dev'), 'dev')).toMatchObject([{ action: 'promote', source: null, target: '1' }]);
    expect(entries('store-prod-')).toEqual([]);
  });

  it('checks, tests, trains, builds and scans a pull request, and compares its files with the choices', async () => {
    const before = readdirSync(bench.cache);
    const run = await act(bench, 'pull_request', 'pull-request.yml', {
      payload: { pull_request: { number: 1, base: { ref: 'main' }, head: { ref: 'change' } } },
    });
    expect(results(run), run.output.slice(-3000)).toEqual({
      check: 'success',
      hooks: 'success',
      test: 'success',
      pipeline: 'success',
      image: 'success',
      'supply-chain': 'success',
      choices: 'success',
      dependencies: 'success',
    });
    const ran = Object.fromEntries(run.jobs.map((job) => [job.id, make(job)]));
    expect(ran['hooks']).toEqual(['make lock-check', 'make setup', 'make pre-commit']);
    expect(ran['check']).toEqual(['make setup', 'make monitoring-tools', 'make check']);
    expect(ran['pipeline']).toEqual(['make setup', 'make ci-compare', 'make ci-pipeline']);
    expect(ran['supply-chain']).toEqual(['make setup', 'make secret-scan', 'make sbom', 'make scan']);
    expect(ran['choices']).toEqual(['make ci-choices']);
    // The job compared the candidate with the champion of main, and did not change the shared cache.
    expect(decision(join(bench.artifacts, 'decisions'))).toMatchObject({
      accepted: true,
      champion: expect.stringMatching(/^\d+$/),
    });
    expect(readdirSync(bench.cache)).toEqual(before);
    expect(JSON.parse(readFileSync(join(bench.artifacts, 'sbom/reports/sbom.json'), 'utf8'))).toMatchObject({
      bomFormat: 'CycloneDX',
    });
    expect(readFileSync(join(bench.work, 'calls'), 'utf8')).toMatch(/docker build .*--file deploy\/Dockerfile/);
    // The generator is the version in the lock, from the registry.
    const { generator } = JSON.parse(readFileSync(join(bench.dir, '.mlops-stack/lock.json'), 'utf8')) as {
      generator: string;
    };
    expect(registry.asked).toContain(`/${generator}.tgz`);
    expect(run.output).toContain(`create-mlops-stack@${generator} check`);
  });

  it('fails a pull request whose model the gate refuses', async () => {
    const undo = edit(bench.dir, MODEL(name), (text) =>
      text.replace('fit(estimator, X, y)', 'fit(estimator, X, 1 - y)'),
    );
    try {
      const run = await act(bench, 'pull_request', 'pull-request.yml', { job: 'pipeline' });
      expect([run.code === 0, results(run)]).toEqual([false, { pipeline: 'failure' }]);
      expect(decision(join(bench.artifacts, 'decisions'))).toMatchObject({
        accepted: false,
        refused: expect.arrayContaining([expect.objectContaining({ gate: 'floor', metric: 'auc' })]),
      });
    } finally {
      undo();
    }
  });

  it('fails a pull request with a file that differs from the choices', async () => {
    const undo = edit(bench.dir, 'mlops-stack.yaml', (text) => text.replace('quality: pandera', 'quality: none'));
    try {
      expect(results(await act(bench, 'pull_request', 'pull-request.yml', { job: 'choices' }))).toEqual({
        choices: 'failure',
      });
    } finally {
      undo();
    }
  });

  const promote = (version: string, more: Parameters<typeof act>[3] = {}) =>
    act(bench, 'workflow_dispatch', 'promotion.yml', {
      actor: APPROVER,
      payload: { ref: 'refs/heads/main' },
      inputs: { action: 'promote', model: 'churn', version },
      ...more,
    });

  it('keeps a version without an owner out of the last environment', async () => {
    const run = await promote('1');
    expect(results(run)['prod'], run.output.slice(-3000)).toBe('failure');
    expect(run.output).toMatch(/governance missing: owner, contact/);
    expect(audited(stored('prod'), 'prod')).toEqual([]);
  });

  it('keeps a version out of the last environment if the user who trained it releases it', async () => {
    edit(bench.dir, GOVERNANCE(name), OWNED);
    commit(bench.dir, 'Somebody answers for the model');
    const run = await promote('1', { actor: AUTHOR });
    expect(results(run)['prod'], run.output.slice(-3000)).toBe('failure');
    expect(run.output).toMatch(ANOTHER_PERSON);
    expect(audited(stored('prod'), 'prod')).toEqual([]);
  });

  it('promotes a version unchanged to champion of the last environment', async () => {
    const run = await promote('1');
    expect(results(run)['prod'], run.output.slice(-3000)).toBe('success');
    expect(run.jobs.filter((job) => job.result !== 'skipped').map((job) => [job.id, make(job)])).toEqual([
      ['prod', ['make setup', 'make ci-promote ORIGIN=dev ENV=prod']],
    ]);
    const [first] = audited(stored('dev'), 'dev');
    expect(audited(stored('prod'), 'prod')).toMatchObject([
      { action: 'promote', source: null, evidence: { sha256: first!.evidence['sha256'] } },
    ]);
  });

  /** Trains with another regularization strength, and returns the version. */
  const trainAgain = async (strength: string): Promise<string> => {
    edit(bench.dir, 'params/churn.yaml', (text) => text.replace(/^( +)C: .*$/m, `$1C: ${strength}`));
    commit(bench.dir, `Regularization strength ${strength}`);
    const trained = await act(bench, 'push', 'main.yml', {
      actor: AUTHOR,
      payload: { ref: 'refs/heads/main' },
      job: 'train',
    });
    expect(results(trained)['train'], trained.output.slice(-3000)).toBe('success');
    return audited(stored('dev'), 'dev').at(-1)!.target;
  };

  it('rolls a promotion back and fails when the service does not take the new version', async () => {
    // No server listens there.
    const run = await promote(await trainAgain('0.5'), {
      vars: { SERVICE_URL: 'http://127.0.0.1:9' },
      env: { MAKEFLAGS: `${bench.env['MAKEFLAGS']} LIVE_SECONDS=2` },
    });
    expect(results(run)['prod']).toBe('failure');
    expect(run.output).toMatch(/does not serve churn \d+ after 2 s/);
    const records = audited(stored('prod'), 'prod');
    expect(records.map(({ action }) => action)).toEqual(['promote', 'promote', 'rollback']);
    expect(records.at(-1)!.target).toBe(records[0]!.target);
  });

  it('rolls the last environment back when the workflow is started by hand', async () => {
    const promoted = await promote(await trainAgain('0.25'));
    expect(results(promoted)['prod'], promoted.output.slice(-3000)).toBe('success');
    const run = await promote('', { inputs: { action: 'rollback', model: 'churn', version: '' } });
    expect(run.jobs.filter((job) => job.result !== 'skipped').map((job) => [job.id, job.result])).toEqual([
      ['rollback', 'success'],
    ]);
    const records = audited(stored('prod'), 'prod');
    expect(records.slice(-2).map(({ action }) => action)).toEqual(['promote', 'rollback']);
    expect(records.at(-1)!.target).toBe(records[0]!.target);
  });

  it('never executes text that a user types into the form', async () => {
    const run = await promote('1; touch typed');
    expect(results(run)['prod']).toBe('failure');
    expect(run.output).toMatch(/has no version 1; touch typed/);
  });

  it('promotes nothing from a branch other than main', async () => {
    must(bench.dir, 'git checkout -q -b topic');
    try {
      const run = await promote('1', { payload: { ref: 'refs/heads/topic' } });
      expect(Object.values(results(run)).filter((result) => result !== 'skipped')).toEqual([]);
    } finally {
      must(bench.dir, 'git checkout -q main');
    }
  });
});

describe.skipIf(!existsSync(GITLAB))('GitLab CI, run by gitlab-ci-local', () => {
  const name = 'delivery-gitlab';
  const MERGE_REQUEST = { variables: { CI_PIPELINE_SOURCE: 'merge_request_event' }, without: ['CI_COMMIT_BRANCH'] };
  let bench: Bench;
  beforeAll(() => {
    bench = makeBench(makeStack(name, `${FLAGS} --ci gitlab-ci`, WORK), registry.url);
  });

  it('checks, tests, trains, builds and scans a merge request, and compares its files with the choices', async () => {
    const run = await gitlab(bench, MERGE_REQUEST);
    expect(results(run), run.output.slice(-4000)).toEqual({
      promtool: 'success',
      amtool: 'success',
      check: 'success',
      hooks: 'success',
      test: 'success',
      pipeline: 'success',
      'build-image': 'success',
      'supply-chain': 'success',
      choices: 'success',
    });
    expect(run.jobs.map((job) => job.id).indexOf('build-image')).toBeGreaterThan(
      run.jobs.map((job) => job.id).indexOf('check'),
    );
    expect(audited(bench.dir, 'dev')).toEqual([]);
  });

  it('fails a merge request whose model the gate refuses', async () => {
    const undo = edit(bench.dir, MODEL(name), (text) =>
      text.replace('fit(estimator, X, y)', 'fit(estimator, X, 1 - y)'),
    );
    try {
      const run = await gitlab(bench, { ...MERGE_REQUEST, job: 'pipeline' });
      expect([run.code === 0, results(run)]).toEqual([false, { pipeline: 'failure' }]);
    } finally {
      undo();
    }
  });

  it('trains in the first environment on the default branch, and promotes nothing by itself', async () => {
    rmSync(join(bench.dir, '.mlops'), { recursive: true, force: true });
    rmSync(join(bench.dir, 'audit'), { recursive: true, force: true });
    const run = await gitlab(bench, { variables: { GITLAB_USER_LOGIN: AUTHOR } });
    // The first two run at the same time.
    const ids = run.jobs.map((job) => job.id);
    expect([ids.slice(0, 2).sort(), ids.slice(2), results(run)], run.output.slice(-4000)).toEqual([
      ['amtool', 'promtool'],
      ['verify', 'train'],
      { promtool: 'success', amtool: 'success', verify: 'success', train: 'success' },
    ]);
    expect(audited(bench.dir, 'dev')).toMatchObject([{ action: 'promote', target: '1' }]);
    expect(audited(bench.dir, 'prod')).toEqual([]);
  });

  it('promotes the version of this pipeline by one manual job, and rolls it back by the other', async () => {
    edit(bench.dir, GOVERNANCE(name), OWNED);
    commit(bench.dir, 'Somebody answers for the model');
    const variables = { GITLAB_USER_LOGIN: AUTHOR };
    const refused = await gitlab(bench, { variables, manual: ['promote-churn-to-prod'] });
    expect(results(refused)['promote-churn-to-prod']).toBe('warning');
    expect(refused.output).toMatch(ANOTHER_PERSON);
    // Another user starts the manual job of the same pipeline: the artifacts of its other jobs are still there.
    const run = await gitlab(bench, {
      variables: { GITLAB_USER_LOGIN: APPROVER },
      job: 'promote-churn-to-prod',
    });
    expect(results(run)['promote-churn-to-prod'], run.output.slice(-4000)).toBe('success');
    const trained = audited(bench.dir, 'dev').at(-1)!;
    expect(audited(bench.dir, 'prod')).toMatchObject([
      { action: 'promote', evidence: { sha256: trained.evidence['sha256'] } },
    ]);
    // The first champion has no predecessor.
    const back = await gitlab(bench, { job: 'roll-back-churn' });
    expect(back.output).toMatch(/rollback: /);
  });
});
