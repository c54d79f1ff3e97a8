import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeEvidence } from '../support/evidence.ts';

/**
 * Compares the walker of a generated repository with an independent interpreter: both take the same paths through the
 * same definition.
 */

const ROOT = join(import.meta.dirname, '../..');
const SUPPORT = join(ROOT, 'test/support/state-machine');
const INTERPRETER = join(ROOT, '.tools/states/node_modules/aws-local-stepfunctions');
const NAME = 'state-machine';
const DEFINITION = 'infra/terraform/pipeline.asl.json';

type Scenario = { readonly accepted: unknown; readonly errors: Readonly<Record<string, readonly string[]>> };
type End = { readonly path: readonly string[]; readonly output: unknown };

const broken = (times: number, name = 'States.TaskFailed'): string[] => Array.from({ length: times }, () => name);
/** Timeouts are not tested: the interpreter retries them for States.TaskFailed, contrary to the States Language. */
const SCENARIOS: Readonly<Record<string, Scenario & { end: string }>> = {
  'is accepted': { accepted: true, errors: {}, end: 'Promoted' },
  'is refused': { accepted: false, errors: {}, end: 'Refused' },
  'has a decision of another type': { accepted: 'true', errors: {}, end: 'Refused' },
  'fails twice, and is accepted': { accepted: true, errors: { Train: broken(2) }, end: 'Promoted' },
  'fails once too often': { accepted: true, errors: { Train: broken(3) }, end: 'Failed' },
  'has bad rows': { accepted: true, errors: { Validate: broken(1) }, end: 'Failed' },
  'fails twice in the step of a module that is given by --modules': {
    accepted: true,
    errors: { Explain: broken(2) },
    end: 'Failed',
  },
  'has no decision to read': {
    accepted: true,
    errors: { 'Read decision': broken(4, 'S3.NoSuchKeyException') },
    end: 'Failed',
  },
  'fails, and cannot say so': {
    accepted: true,
    errors: { Gate: broken(3), Notify: broken(4, 'SNS.InternalError') },
    end: 'Failed',
  },
};

describe.skipIf(!existsSync(INTERPRETER))('a run that', () => {
  const dir = join(ROOT, '.e2e', NAME);
  const scenarios = JSON.stringify(Object.values(SCENARIOS));
  const told = JSON.stringify(Object.values(SCENARIOS).map(({ accepted, errors }) => ({ accepted, errors })));
  const inNode = (): End[] =>
    JSON.parse(
      execFileSync(process.execPath, [join(SUPPORT, 'interpret.mjs'), INTERPRETER, join(dir, DEFINITION), scenarios], {
        encoding: 'utf8',
      }),
    ) as End[];
  const inWalker = (): End[] =>
    JSON.parse(execFileSync('python3', [join(SUPPORT, 'walk.py'), told], { cwd: dir, encoding: 'utf8' })) as End[];
  let ends: Record<'node' | 'walker', End[]>;

  beforeAll(() => {
    mkdirSync(join(ROOT, '.e2e'), { recursive: true });
    rmSync(dir, { recursive: true, force: true });
    execFileSync(
      process.execPath,
      [
        join(ROOT, 'dist/bin.js'),
        NAME,
        ...['--yes', '--no-git', '--cloud', 'aws', '--orchestrator', 'step-functions'],
        // An additional step that no orchestrator names.
        ...['--modules', join(ROOT, 'test/fixtures/explained')],
      ],
      { cwd: join(ROOT, '.e2e') },
    );
    ends = { node: inNode(), walker: inWalker() };
  });

  it.each(Object.keys(SCENARIOS).map((name, index) => [name, index] as const))('%s', (name, index) => {
    expect(ends.walker[index]).toEqual(ends.node[index]);
    expect(ends.walker[index]!.path.at(-1)).toBe(SCENARIOS[name]!.end);
  });

  it('enters the step of a module between the steps that it names', () => {
    const { path } = ends.walker[Object.keys(SCENARIOS).indexOf('is accepted')]!;
    expect(path.slice(path.indexOf('Evaluate'), path.indexOf('Register') + 1)).toEqual([
      'Evaluate',
      'Explain',
      'Register',
    ]);
  });

  it('takes the same branch in both interpreters after the definition changes', () => {
    const before = readFileSync(join(dir, DEFINITION), 'utf8');
    writeFileSync(join(dir, DEFINITION), before.replace('"BooleanEquals": true', '"BooleanEquals": false'));
    try {
      const [node, walker] = [inNode(), inWalker()];
      expect(walker).toEqual(node);
      expect(walker[0]!.path.at(-1)).toBe('Refused');
    } finally {
      writeFileSync(join(dir, DEFINITION), before);
    }
  });

  it('is written as evidence for the support matrix', () =>
    writeEvidence('validated', 'aws-local-stepfunctions', ['orchestrator/step-functions']));
});
