import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyBadProjectName } from '../../src/core/names.ts';
import { writeEvidence, writeRun } from '../support/evidence.ts';
import { reformat } from '../update/reformat.ts';
import { verifyPages } from './pages.ts';
import { verifyReport } from './report.ts';
import { anchors, rowsOf, stacks, substitutedOf, testsOfStack } from './run-plan.ts';
import type { E2eStack } from './stack-list.ts';
import {
  dropEnvironment,
  hasNamespaces,
  layProofs,
  makeCheck,
  makeStack,
  must,
  offline,
  readReport,
  sh,
} from './support.ts';

/**
 * `E2E_STACK` names the stack to prove. `E2E_ORDER` lists the stacks of this run in order. A stack that is not an
 * anchor executes only tests that no stack before it has proved. Without these variables, every stack executes every
 * test.
 */
const ONLY = process.env['E2E_STACK'];
const ORDER = process.env['E2E_ORDER']?.split(',') ?? [];
const [DEFAULT_STACK, ...OTHERS] = stacks as readonly [E2eStack, ...E2eStack[]];
const isWanted = ({ name }: E2eStack): boolean => ONLY === undefined || ONLY === name;

/** `make check`, then the tests that this run requires of the stack, including the proofs of its templates. */
async function verifyTests(dir: string, { name, options, shared }: E2eStack): Promise<void> {
  await layProofs(dir);
  expect(acceptedNames(dir)).toEqual([]);
  makeCheck(dir);
  const tests = ORDER.includes(name) && !anchors.has(name) ? testsOfStack(name, ORDER) : undefined;
  if (tests === undefined) must(dir, 'make test-all');
  else if (tests.length > 0) must(dir, `.venv/bin/python -m pytest ${tests.join(' ')}`);
  writeEvidence('tested', name, options, shared);
}

/** The installed packages whose name a project could have: `src/core/installed-packages.ts` must list them. */
function acceptedNames(dir: string): string[] {
  const script =
    'import json, importlib.metadata as m; own = {d.metadata["Name"] for d in m.distributions()}; ' +
    'print(json.dumps(sorted(own | set(m.packages_distributions()))))';
  const names = (JSON.parse(must(dir, `.venv/bin/python -c '${script}'`)) as string[]).map((name) =>
    name.replaceAll(/[._]/g, '-'),
  );
  const own = /^name = "(.*)"$/m.exec(readFileSync(join(dir, 'pyproject.toml'), 'utf8'))![1]!;
  // Stubs are read by type checkers and never imported.
  // Modules of mypyc have a hash as their name, which changes with each version.
  const isStable = (name: string): boolean => !name.endsWith('-stubs') && !name.endsWith('--mypyc');
  return names.filter((name) => name !== own && isStable(name) && whyBadProjectName(name) === undefined);
}

/** One stack of the run stops its stand-in. */
const isFirstWith = (step: string, stack: E2eStack): boolean =>
  stacks.find((each) => rowsOf(each).some(({ stop }) => stop?.step === step)) === stack;

/** In a test of a generated repository, the name of a file that is not a Python module. */
const READ_AS_TEXT = '[.](ya?ml|md|toml|cfg|ini|mk|sh)\\b|Makefile|Dockerfile';

describe.skipIf(!isWanted(DEFAULT_STACK))('the default stack', () => {
  let dir: string;
  beforeAll(() => {
    dir = makeStack('default-stack', '');
  });
  afterAll(() => dropEnvironment(dir));

  it('runs in a network namespace without a network on this machine', () => {
    expect(hasNamespaces()).toBe(true);
    expect(
      sh(dir, offline('.venv/bin/python -c "import socket; socket.create_connection((\\"192.0.2.1\\", 80), 2)"')).code,
    ).not.toBe(0);
  });

  it('runs the whole loop twice without a network, and both runs give equal metrics', () => {
    must(dir, offline('make demo'));
    const first = readReport(dir);
    verifyReport(first, []);
    must(dir, offline('make demo'));
    const second = readReport(dir);
    verifyReport(second, []);
    expect(second.metrics).toEqual(first.metrics);
    writeRun(DEFAULT_STACK, second.steps);
  });

  it('passes its own checks, and its tests that read files, in the layout of other formatters', async () => {
    must(dir, 'git diff --quiet');
    // The layout of a file can change only the result of a test that reads its text.
    const reading = must(dir, `git ls-files -- tests | xargs grep -lE '${READ_AS_TEXT}' | grep 'test_.*[.]py$'`)
      .trim()
      .split('\n');
    expect(reading.length).toBeGreaterThan(5);
    try {
      let changed = 0;
      for (const path of must(dir, 'git ls-files').split('\n').filter(Boolean)) {
        const text = readFileSync(join(dir, path), 'utf8');
        const other = path.endsWith('.py') ? undefined : await reformat(path, text, 1);
        if (other === undefined || other === text) continue;
        writeFileSync(join(dir, path), other);
        changed++;
      }
      expect(changed).toBeGreaterThan(50);
      must(dir, 'sed -i.bak "s/^line-length = .*/line-length = 120/" pyproject.toml && rm pyproject.toml.bak');
      must(dir, `.venv/bin/ruff format --quiet . && make check && .venv/bin/python -m pytest ${reading.join(' ')}`);
    } finally {
      must(dir, 'git checkout --quiet -- .');
    }
  });

  it('passes all of its tests and the proofs of its templates, and make format changes nothing', async () => {
    await verifyTests(dir, DEFAULT_STACK);
    expect(must(dir, 'make format && git status --porcelain -- src tests pipelines')).not.toMatch(/^ M/m);
  });

  it('lists every command in its help, and make doctor finds nothing missing', () => {
    const help = must(dir, 'make');
    for (const verb of [
      'setup',
      'check',
      'test',
      'test-all',
      'pipeline',
      'serve',
      'predict',
      'smoke',
      'load-test',
      'monitor',
      'retrain',
      'promote',
      'rollback',
      'demo',
      'doctor',
      'clean',
      'help',
    ])
      expect(help).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
    must(dir, 'make doctor');
  });

  it('runs each step of the loop as a command of its own', () => {
    must(dir, 'make pipeline');
    must(dir, 'make smoke');
    must(dir, 'make monitor CURRENT=$(ls -d .mlops/runs/churn/* | tail -1)/test.parquet');
    must(dir, 'make retrain');
    must(dir, 'make promote');
    must(dir, 'make rollback');
    must(dir, 'make clean');
  });

  it('does what its pages say: every command is run or checked by its class', async () => {
    expect((await verifyPages(dir, DEFAULT_STACK)).length).toBeGreaterThan(40);
  });

  const file = (path: string): string => join(dir, path);
  const edit = (path: string, change: (text: string) => string): (() => void) => {
    const before = readFileSync(file(path), 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing in ${path} was changed`);
    writeFileSync(file(path), after);
    return () => writeFileSync(file(path), before);
  };
  const SOURCE = 'src/default_stack';

  // Only the tests named here run, if there are any: `make test` is red if one of its tests is.
  it.each<[string, string, string, (text: string) => string]>([
    [
      'training code is broken',
      '',
      `${SOURCE}/models/churn/model.py`,
      (text) => text.replace('fit(estimator, X, y)', 'fit(estimator, X, 1 - y)'),
    ],
    [
      'data is corrupted',
      '',
      `${SOURCE}/data/sample.py`,
      (text) => text.replace(/^ {4}return frame$/m, '    frame["tenure_months"] = -1.0\n    return frame'),
    ],
    ['the model is worsened', '', 'params/churn.yaml', (text) => text.replace(/^( +)C: .*$/m, '$1C: 1.0e-12')],
    [
      'a metric is renamed in the app alone',
      'tests/serving',
      `${SOURCE}/serving/metrics.py`,
      (text) => text.replace('prediction_latency_seconds', 'prediction_duration_seconds'),
    ],
  ])('make test is red when %s', (_, tests, path, change) => {
    const undo = edit(path, change);
    try {
      // Stops at the first failure.
      const { code, output } = sh(dir, 'make test', { PYTEST_ADDOPTS: `-x ${tests}` });
      expect(code, output.slice(-2000)).not.toBe(0);
      expect(output).toMatch(/\d+ failed|error/);
    } finally {
      undo();
    }
  });

  it.each<[string, string, string, (text: string) => string]>([
    [
      'register',
      'the version is not registered',
      `${SOURCE}/steps/register.py`,
      (text) => text.replace('registry.register(', '(lambda *_: "999")('),
    ],
    [
      'promote',
      'the alias is not moved',
      `${SOURCE}/steps/promote.py`,
      (text) => text.replace(/releases\.commit\(.*\)$/m, 'None'),
    ],
    [
      'follow',
      'the service does not look again',
      `${SOURCE}/serving/follow.py`,
      (text) => text.replace('= look(registry, model)', '= look.__dict__.setdefault(model, look(registry, model))'),
    ],
    [
      'drift',
      'the detector is silent',
      `${SOURCE}/monitoring/drift.py`,
      (text) => text.replace('value > limit', 'False'),
    ],
    [
      'refuse bad candidate',
      'the gate accepts everything',
      `${SOURCE}/steps/gate.py`,
      (text) => text.replace('"accepted": not refused', '"accepted": True'),
    ],
  ])('make demo ends at the step %s when %s', (step, _, path, change) => {
    const undo = edit(path, change);
    // Without the versions and releases of the tests before.
    must(dir, 'rm -rf .mlops audit');
    try {
      const { code, output } = sh(dir, 'make demo');
      expect(code).not.toBe(0);
      expect(output).toMatch(new RegExp(`failed: ${step} of churn`));
    } finally {
      undo();
    }
  });
});

describe.skipIf(OTHERS.every((stack) => !isWanted(stack))).each(OTHERS.filter(isWanted))('the stack $name', (stack) => {
  const { name, values, models } = stack;
  const rows = rowsOf(stack);
  const substituted = substitutedOf(stack);
  let dir: string;
  beforeAll(() => {
    dir = makeStack(name, values);
  });
  afterAll(() => dropEnvironment(dir));

  it('runs the whole loop', () => {
    must(dir, hasNamespaces() ? offline('make demo') : 'make demo');
    const report = readReport(dir);
    expect(Object.keys(report.models)).toEqual(models);
    for (const model of models) verifyReport(report.models[model]!, substituted);
    writeRun(
      stack,
      models.flatMap((model) => report.models[model]!.steps),
    );
  });

  it.each(rows.flatMap(({ stop }) => (stop && isFirstWith(stop.step, stack) ? [stop] : [])))(
    'make demo fails at the row $step when the stand-in of that row is stopped',
    ({ step, path, from, to }) => {
      const file = join(dir, path.replace('__package__', name.replaceAll('-', '_')));
      const before = readFileSync(file, 'utf8');
      expect(before).toContain(from);
      writeFileSync(file, before.replace(from, to));
      const { code, output } = sh(dir, 'make demo');
      writeFileSync(file, before);
      expect(code).not.toBe(0);
      expect(output).toMatch(new RegExp(`failed: ${step} of ${models[0]}`));
    },
  );

  it('passes its own checks and the tests that no earlier stack has proved', () => verifyTests(dir, stack));

  it('does what its pages say', async () => {
    expect((await verifyPages(dir, stack)).length).toBeGreaterThan(20);
  });
});
