import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionsOf, writeEvidence, writeRun } from '../support/evidence.ts';
import { DEFAULT_STACK, STACKS } from './list.ts';
import { verifyPages } from './pages.ts';
import { dropEnvironment, hasNamespaces, makeStack, must, offline, type Report, readReport, sh } from './support.ts';

/** Everything that the loop must have shown, whatever the stack is made of. */
function verifyReport(report: Report, substituted: readonly string[]): void {
  expect(report.steps.length).toBeGreaterThan(10);
  for (const step of report.steps) {
    expect([step.name, step.status]).toEqual([step.name, substituted.includes(step.name) ? 'substituted' : 'ok']);
    expect(step.evidence, step.name).not.toBe('');
    expect(step.seconds, step.name).toBeGreaterThanOrEqual(0);
  }
  expect(report.refused).toMatchObject({
    gate: expect.any(String),
    metric: expect.any(String),
    value: expect.any(Number),
    threshold: expect.any(Number),
  });
  expect(report.drift.drifted.length).toBeGreaterThan(0);
  expect(report.retrain.retrain).toBe(true);
  expect(report.rollback.from).not.toBe(report.rollback.to);
  expect(report.model_version).toBe(report.rollback.to);
  expect(report.prediction.request_id).not.toBe('');
  expect(report.metrics['auc']).toBeGreaterThan(0.6);
}

describe('the default stack', () => {
  let dir: string;
  beforeAll(() => {
    dir = makeStack('default-stack', '');
  });
  afterAll(() => dropEnvironment(dir));

  it('can be shut off from the network here, so that the next test proves something', () => {
    expect(hasNamespaces()).toBe(true);
    expect(
      sh(dir, offline('.venv/bin/python -c "import socket; socket.create_connection((\\"192.0.2.1\\", 80), 2)"')).code,
    ).not.toBe(0);
  });

  it('runs the whole loop without a network, twice, with equal metrics', () => {
    must(dir, offline('make demo'));
    const first = readReport(dir);
    verifyReport(first, []);
    must(dir, offline('make demo'));
    const second = readReport(dir);
    verifyReport(second, []);
    expect(second.metrics).toEqual(first.metrics);
    writeRun(DEFAULT_STACK.name, dir, second.steps);
  });

  it('passes its own checks and tests', () => {
    must(dir, 'make check');
    must(dir, 'make test');
    expect(must(dir, 'make format && git status --porcelain -- src tests pipelines')).not.toMatch(/^ M/m);
    writeEvidence('tested', DEFAULT_STACK.name, [...optionsOf(dir).values()].flat());
  });

  it('lists every verb, and doctor finds nothing missing', () => {
    const help = must(dir, 'make');
    for (const verb of [
      'setup',
      'check',
      'test',
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

  it('runs each verb by itself', () => {
    must(dir, 'make pipeline');
    must(dir, 'make smoke');
    must(dir, 'make monitor CURRENT=$(ls -d .mlops/runs/churn/* | tail -1)/test.parquet');
    must(dir, 'make retrain');
    must(dir, 'make promote');
    must(dir, 'make rollback');
    must(dir, 'make clean');
  });

  it('does what its pages say: every command is run, or belongs to a class whose reason is checked', async () => {
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

  it.each<[string, string, (text: string) => string]>([
    [
      'training code is broken',
      `${SOURCE}/models/churn/model.py`,
      (text) => text.replace(/estimator\.fit\(X, y\)/, 'estimator.fit(X, 1 - y)'),
    ],
    [
      'data is corrupted',
      `${SOURCE}/data/sample.py`,
      (text) => text.replace(/^ {4}return frame$/m, '    frame["tenure_months"] = -1.0\n    return frame'),
    ],
    ['the model is worsened', 'params/churn.yaml', (text) => text.replace(/^( +)C: .*$/m, '$1C: 1.0e-12')],
    [
      'a metric is renamed in the app alone',
      `${SOURCE}/serving/metrics.py`,
      (text) => text.replace('prediction_latency_seconds', 'prediction_duration_seconds'),
    ],
  ])('make test is red when %s', (_, path, change) => {
    const undo = edit(path, change);
    try {
      // The first failure settles it.
      const { code, output } = sh(dir, 'make test', { PYTEST_ADDOPTS: '-x' });
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
      (text) => text.replace('get_registry(settings).register(', '(lambda *_: "999")('),
    ],
    [
      'promote',
      'the alias is not moved',
      `${SOURCE}/steps/promote.py`,
      (text) => text.replace('registry.promote(model, found, CHAMPION)', 'None'),
    ],
    [
      'follow',
      'the service does not look again',
      `${SOURCE}/serving/follow.py`,
      (text) => text.replace('[sys.stdin], [], [], seconds)', '[sys.stdin], [], [], 3600)'),
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
    try {
      const { code, output } = sh(dir, 'make demo');
      expect(code).not.toBe(0);
      expect(output).toMatch(new RegExp(`failed: ${step} of churn`));
    } finally {
      undo();
    }
  });
});

describe.each(STACKS)('the stack $name', (stack) => {
  const { name, flags, models, substituted, stops } = stack;
  let dir: string;
  beforeAll(() => {
    dir = makeStack(name, flags);
  });
  afterAll(() => dropEnvironment(dir));

  it('runs the whole loop', () => {
    must(dir, hasNamespaces() ? offline('make demo') : 'make demo');
    const report = readReport(dir);
    expect(Object.keys(report.models)).toEqual(models);
    for (const model of models) verifyReport(report.models[model]!, substituted);
    writeRun(
      name,
      dir,
      models.flatMap((model) => report.models[model]!.steps),
    );
  });

  if (stops) {
    it(`ends at the step ${stops.step} when its stand-in is stopped`, () => {
      const file = join(dir, stops.path);
      const before = readFileSync(file, 'utf8');
      expect(before).toContain(stops.from);
      writeFileSync(file, before.replace(stops.from, stops.to));
      const { code, output } = sh(dir, 'make demo');
      writeFileSync(file, before);
      expect(code).not.toBe(0);
      expect(output).toMatch(new RegExp(`failed: ${stops.step} of ${models[0]}`));
    });
  }

  it('passes its own checks and tests', () => {
    must(dir, 'make check');
    must(dir, 'make test');
    writeEvidence('tested', name, [...optionsOf(dir).values()].flat());
  });

  it('does what its pages say', async () => {
    expect((await verifyPages(dir, stack)).length).toBeGreaterThan(20);
  });
});
