import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeEvidence } from '../support/evidence.ts';
import { must, ROOT, sh } from './support.ts';

/** Validates the definitions of Argo Workflows with its own parser, and with the schemas of its CRDs. */

const ARGO = join(ROOT, '.tools/bin/argo');
const CRDS = join(ROOT, '.tools/argo/crds');
const PYTHON = join(ROOT, '.tools/python/bin/python');
const WORK = join(ROOT, '.e2e', 'argo-manifests');
const FOLDER = 'pipelines/argo';

const STACKS: Readonly<Record<string, string>> = {
  plain: '',
  // Three environments with a store, two models, and a step that no orchestrator names.
  aws: `--cloud aws --environments dev,test,prod --models '[churn, fraud]' --modules ${join(ROOT, 'test/fixtures/explained')}`,
};
const names = Object.keys(STACKS);

const lint = (name: string): ReturnType<typeof sh> =>
  sh(join(WORK, name), `${ARGO} lint --offline --strict --no-color ${FOLDER}/`);
const validate = (name: string): ReturnType<typeof sh> =>
  sh(
    join(WORK, name),
    `${PYTHON} ${join(ROOT, 'test/support/argo/validate.py')} ${CRDS} ${FOLDER}/training.yaml ${FOLDER}/schedules.yaml`,
  );

/** Each replaces a text in a file. `by`: who must refuse the result. */
const FAULTS: readonly { file: string; from: RegExp; to: string; by: ('lint' | 'validate')[] }[] = [
  { file: 'training.yaml', from: /template: split-step/, to: 'template: nowhere', by: ['lint'] },
  { file: 'training.yaml', from: /depends: ingest/, to: 'depends: nowhere', by: ['lint'] },
  { file: 'training.yaml', from: /parameters\.variant\}\}/, to: 'parameters.unknown}}', by: ['lint'] },
  { file: 'training.yaml', from: /retryPolicy: Always/, to: 'retryPolicyy: Always', by: ['lint', 'validate'] },
  // Fields of version 3, which version 4 no longer has.
  { file: 'training.yaml', from: /mutexes:\n {6}- name/, to: 'mutex:\n      name', by: ['lint', 'validate'] },
  { file: 'schedules.yaml', from: /schedules: \["(.*)"\]/, to: 'schedule: "$1"', by: ['lint', 'validate'] },
  { file: 'schedules.yaml', from: /entrypoint: train\n/, to: 'entrypoint: nowhere\n', by: ['lint'] },
];

describe.skipIf(!existsSync(ARGO) || !existsSync(CRDS) || !existsSync(PYTHON))('definitions of Argo Workflows', () => {
  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK, { recursive: true });
    for (const name of names)
      must(
        WORK,
        `node ${join(ROOT, 'dist/bin.js')} ${name} --name argo-${name} --yes --no-git --orchestrator argo-workflows ${STACKS[name]}`,
      );
  });

  it('are written for version 4', () => expect(must(ROOT, `${ARGO} version`)).toMatch(/^argo: v4\./));

  it.each(names)('are accepted by argo lint: %s', (name) =>
    expect(lint(name)).toMatchObject({ code: 0, output: expect.stringContaining('no linting errors found') }),
  );

  it.each(names)('are valid objects of the CRDs: %s', (name) =>
    expect(validate(name)).toMatchObject({ code: 0, output: expect.stringContaining('3 objects, 0 problems') }),
  );

  it('connect the step of a module with the steps around it', () => {
    const text = readFileSync(join(WORK, 'aws', FOLDER, 'training.yaml'), 'utf8');
    expect(text).toMatch(/name: explain\n +template: explain-step\n +depends: evaluate\n/);
    expect(text).toMatch(/template: register-step\n +depends: explain\n/);
  });

  it.each(FAULTS)('are refused with $to in $file', ({ file, from, to, by }) => {
    const path = join(WORK, 'plain', FOLDER, file);
    const before = readFileSync(path, 'utf8');
    expect(before).toMatch(from);
    writeFileSync(path, before.replace(from, to));
    try {
      if (by.includes('lint'))
        expect(lint('plain')).toMatchObject({ code: 1, output: expect.stringContaining('linting error') });
      if (by.includes('validate'))
        expect(validate('plain')).toMatchObject({
          code: 1,
          output: expect.stringMatching(/ objects, [1-9]\d* problems/),
        });
    } finally {
      writeFileSync(path, before);
    }
  });

  it('leave evidence for the support matrix', () =>
    writeEvidence('validated', 'argo', ['orchestrator/argo-workflows']));
});
