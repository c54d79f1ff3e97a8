import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue, type Source } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import type { AnyChoice, Capabilities } from '../../src/core/contract.ts';
import { resolveConfig } from '../../src/core/solver.ts';
import { sentence } from '../../src/core/suggest-fix.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { type Case, givenOf } from '../support/cases.ts';
import { CHECKS, Inspector } from '../support/inspect.ts';
import { Contents, loadTemplates, renderCase } from '../support/stacks.ts';

/**
 * The contract of the choice `server`: test/fixtures/stub-server provides `inferenceServer` and no application. No file
 * of another part can depend on the files of a server.
 */

const FIXTURE = join(import.meta.dirname, '../fixtures/stub-server');
const STUB = 'stub';
/** The capabilities that only the application of this project provides. */
const OWN = ['servingApp', 'routeHost', 'inferenceServer'];

/** The variables of the settings of the stub, the only ones that other parts can set. */
const SETTINGS = [
  ...readFileSync(join(FIXTURE, 'server/stub/files/src/__package__/platform/sections/serving.py'), 'utf8').matchAll(
    /^ {4}(\w+): /gm,
  ),
].map(([, key]) => `MLOPS_SERVING__${key!.toUpperCase()}`);

type Values = Readonly<Record<string, unknown>>;

const contents = new Contents();

const named = (values: Values): Case => ({ label: JSON.stringify(values), values: { name: 'demo', ...values } });

/** The broken rules of a stack, one sentence each. */
function refusals(values: Values, catalogue: Catalogue): string[] {
  const { config } = readConfig(givenOf(named(values)), catalogue, 'demo');
  return resolveConfig(config, catalogue).broken.map((rule) => sentence(rule));
}

/**
 * Every option with each cloud, which most parts read, and every target with every rollout, because most fit only a few.
 * All other choices have their defaults.
 */
function fewChoices(catalogue: Catalogue): Values[] {
  const optionsOf = (choice: AnyChoice): Values[] =>
    (catalogue.options.get(choice.id) ?? []).map(({ id }) => ({ [choice.id]: choice.takes === 'many' ? [id] : id }));
  const of = (id: string): Values[] => optionsOf(catalogue.choices.find((choice) => choice.id === id)!);
  const others = catalogue.choices.filter(({ id }) => id !== 'server' && id !== 'cloud').flatMap(optionsOf);
  const pairs = of('target').flatMap((target) => of('rollout').map((rollout) => ({ ...target, ...rollout })));
  return of('cloud').flatMap((cloud) => [cloud, ...[...others, ...pairs].map((values) => ({ ...cloud, ...values }))]);
}

/** The fixture with other facts. */
function stubWith(source: Source, facts: Partial<Capabilities['inferenceServer']>): Source {
  return {
    ...source,
    modules: source.modules.map(({ id, module }) => {
      const usual = module.provides.inferenceServer;
      return { id, module: { ...module, provides: { inferenceServer: (x: unknown) => ({ ...usual(x), ...facts }) } } };
    }),
  };
}

/** The output of `promtool check rules`. */
function checkRules(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  try {
    writeFileSync(join(folder, 'rules.yml'), text);
    const { stdout, stderr, error } = spawnSync('promtool', ['check', 'rules', join(folder, 'rules.yml')], {
      encoding: 'utf8',
    });
    return error ? 'promtool is not installed' : stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a server that provides only the contract of its choice', () => {
  let templates: Source;
  let stub: Source;
  let catalogue: Catalogue;

  beforeAll(async () => {
    templates = await loadTemplates();
    stub = await loadSource(FIXTURE);
    catalogue = createCatalogue(templates, stub);
  });

  it('renders stacks that pass all checks, and is refused only where a part needs the application', async () => {
    const inspector = new Inspector(catalogue);
    const counts = { rendered: 0, 'refused with every server': 0, 'refused with this server': 0 };
    const unexplained: string[] = [];
    const variables = new Set<string>();
    for (const values of fewChoices(catalogue)) {
      const chosen = { ...values, server: STUB };
      const broken = refusals(chosen, catalogue);
      const usual = new Set(refusals(values, catalogue));
      if (broken.length === 0) {
        counts.rendered++;
        const stack = renderCase(named(chosen), catalogue, contents);
        inspector.inspect(stack);
        for (const { content } of stack.files.values())
          for (const [variable] of content.text?.matchAll(/MLOPS_SERVING__[A-Z_]+/g) ?? []) variables.add(variable);
      } else if (usual.size > 0) counts['refused with every server']++;
      else counts['refused with this server']++;
      for (const sentence of broken)
        if (!usual.has(sentence) && !OWN.some((need) => sentence.includes(` needs ${need}`)))
          unexplained.push(`${JSON.stringify(values)}: ${sentence}`);
    }
    console.log(
      Object.entries(counts)
        .map(([what, count]) => `  ${what.padEnd(26)} ${count}`)
        .join('\n'),
    );
    expect(unexplained).toEqual([]);
    expect([...variables].filter((variable) => !SETTINGS.includes(variable))).toEqual([]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    await inspector.finish();
    // Traces also need stacks without the option.
    const checks = CHECKS.filter((check) => check !== 'traces');
    expect(checks.flatMap((check) => inspector.problems(check).map((problem) => `${check}: ${problem}`))).toEqual([]);
  }, 300_000);

  it.each<[string, Values, RegExp]>([
    [
      'a target that needs authentication',
      { cloud: 'aws', target: ['ecs-fargate'], rollout: 'canary' },
      /target\/ecs-fargate needs inferenceServer.*no gateway authenticates/,
    ],
    ['a router', { rollout: 'ab' }, /_base\/local-rollout needs servingApp.*: the demo of a rollout/],
    ['a protocol that it does not speak', { protocols: ['vertex'] }, /protocols\/vertex needs inferenceServer/],
    ['a function', { cloud: 'aws', target: ['lambda'], rollout: 'canary', protocols: ['lambda'] }, /needs routeHost/],
    [
      'an exporter',
      { cloud: 'aws', monitoring: ['cloudwatch'] },
      /cloudwatch needs servingApp.*: the application itself/,
    ],
  ])('is refused with %s, with the reason', (_, values, reason) => {
    expect(refusals(values, catalogue)).toEqual([]);
    expect(refusals({ server: STUB, ...values }, catalogue)).toContainEqual(expect.stringMatching(reason));
  });

  it.each<[string, Partial<Capabilities['inferenceServer']>, RegExp]>([
    ['does not follow promotions', { reload: 'restart' }, /rollout\/follow needs inferenceServer.*without a restart/],
    ['has no prediction log', { predictionLog: 'none' }, /_base\/monitoring needs inferenceServer.*prediction log/],
    ['has an image of its project', { image: 'upstream' }, /_base\/image needs inferenceServer.*contains the server/],
    ['takes a folder of files', { pin: 'path' }, /_base\/ci needs inferenceServer.*serving\.pinned/],
    ['speaks one protocol', { protocols: ['open-inference'] }, /protocols\/rest needs inferenceServer.*this protocol/],
  ])('is refused with the reason if it %s', (_, facts, reason) => {
    const values = { server: STUB, ci: 'github-actions', monitoring: ['prometheus'] };
    expect(refusals(values, catalogue)).toEqual([]);
    const other = createCatalogue(templates, stubWith(stub, facts));
    expect(refusals(values, other)).toEqual([expect.stringMatching(reason)]);
  });

  it('with other names of metrics gets recording rules, which promtool accepts', () => {
    const recorded = {
      prediction_rows_total: 'label_replace(stub_rows_total, "model", "$1", "name", "(.*)")',
      prediction_requests_total:
        'label_replace(stub_ok_total, "status", "200", "", "")\nor\nlabel_replace(stub_failed_total, "status", "500", "", "")',
    };
    const other = createCatalogue(templates, stubWith(stub, { metrics: { recorded } }));
    const values = { server: STUB, monitoring: ['prometheus'] };
    expect(refusals(values, other)).toEqual([]);
    const { files } = renderCase(named(values), other, new Contents());
    const rules = files.get('monitoring/rules/recorded.yml')!.content.text!;
    expect([...rules.matchAll(/record: (\w+)/g)].map(([, series]) => series)).toEqual(Object.keys(recorded).sort());
    expect(files.get('src/demo/client/server.py')!.content.text).toContain(
      'frozenset({"prediction_requests_total", "prediction_rows_total"})',
    );
    expect(checkRules(rules)).toMatch(/SUCCESS: 2 rules found|not installed/);
    expect(checkRules(rules.replace(' or\n', ' oder\n'))).toMatch(/FAILED|not installed/);
    // A server with the names of client/metrics.py needs no rules.
    expect([...renderCase(named(values), catalogue, contents).files.keys()]).not.toContain(
      'monitoring/rules/recorded.yml',
    );
  });

  it('has the commands and addresses of its facts', () => {
    const { files } = renderCase(named({ server: STUB }), catalogue, contents);
    const text = (path: string): string => files.get(path)!.content.text!;
    expect(text('mk/serve.mk')).toContain('\texec $(PYTHON) -m http.server\n');
    const client = text('src/demo/client/server.py');
    expect(client).toContain('MODULE = "http.server"\n');
    expect(client).toContain('PORTS = ("MLOPS_SERVING__PORT",)\nMETRICS_PORT = "MLOPS_SERVING__PORT"\n');
    expect(client).toContain('METRICS_PATH = "/stub-metrics"\n');
    expect(text('monitoring/targets/local.yml')).toContain('127.0.0.1:8600');
    expect(text('docs/operations.md')).toContain('http://127.0.0.1:8600/');
    expect([...files.keys()].filter((path) => path.startsWith('src/demo/serving/'))).toEqual([]);
  });
});
