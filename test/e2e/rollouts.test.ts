import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEvidence } from '../support/evidence.ts';
import { rows } from './run-plan.ts';
import { dropEnvironment, makeCheck, makeStack, must, ROOT } from './support.ts';

/**
 * The rollouts of a router on this machine, one after the other in one repository. In each, a good version becomes the
 * champion, and versions with four kinds of faults are rolled back.
 */

const NAME = 'rollouts';
const OPTIONS = ['canary', ...[...rows].flatMap(([id, row]) => (row.provenBy === NAME ? [id.split('/')[1]!] : []))];

type Report = {
  readonly mode: string;
  readonly steps: readonly { readonly name: string; readonly status: string; readonly evidence: string }[];
};

describe('rollouts on one machine', () => {
  let dir: string;
  beforeAll(() => {
    dir = makeStack(NAME, { orchestrator: 'none', framework: 'xgboost', monitoring: [], rollout: OPTIONS[0]! });
  });
  afterAll(() => dropEnvironment(dir));

  it('add code that passes the checks and tests of the repository', () => {
    makeCheck(dir);
    must(dir, '.venv/bin/python -m pytest -q tests/router tests/delivery/test_local_rollout.py');
  });

  it.each(OPTIONS)('promote a good version and roll back four bad ones: %s', (option) => {
    const bin = join(ROOT, 'dist/bin.js');
    must(dir, `node ${bin} update --yes --json --set rollout=${option} && git add -A`);
    must(dir, 'git -c user.name=e2e -c user.email=e2e@example.com commit --allow-empty -qm rollout');
    must(dir, 'make demo-rollout');
    const path = join(dir, 'reports/demo-rollout.json');
    expect(existsSync(path)).toBe(true);
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
    expect(report.mode).toBe(option);
    expect(report.steps.map(({ name, status }) => [name, status])).toEqual(
      [
        'candidate',
        'roll back: errors',
        'roll back: latency',
        'roll back: scores',
        'roll back: labels',
        'promote',
        'default answer',
        'rollback',
      ].map((name) => [name, 'ok']),
    );
    for (const { name, evidence } of report.steps) expect(evidence, name).not.toBe('');
    writeEvidence('run', `${NAME} (${option})`, [`rollout/${option}`], ['_base/local-rollout', '_base/router']);
  });
});
