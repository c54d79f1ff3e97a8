import { beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue, type Source, type TemplateFile } from '../../src/core/catalogue.ts';
import type { AnyPart, Pins, PythonRange } from '../../src/core/contract.ts';
import { UserError } from '../../src/core/errors.ts';
import { planFiles } from '../../src/core/plan.ts';
import { resolve, type Selection } from '../../src/core/resolve.ts';
import { loadTemplates } from '../support/stacks.ts';

/** If two parts conflict, the error names both of them before anything is rendered. */

const SELECTION: Selection = {
  project: {
    name: 'demo',
    package: 'demo',
    environments: ['prod'],
    models: [{ name: 'churn', module: 'churn' }],
    trunk: 'main',
    folder: '',
    owners: [],
  },
  choices: {},
  perModel: {},
  settings: {},
};

const file = (path: string): TemplateFile => ({ path, executable: false, content: () => 'x\n' });

describe('two parts of one stack', () => {
  let templates: Source;
  beforeAll(async () => {
    templates = await loadTemplates();
  });

  /** Plans two parts with the slots of the built-in base parts, but without the base parts themselves. */
  function plan(left: AnyPart, right: AnyPart, files: Readonly<Record<string, readonly string[]>> = {}) {
    const slots = templates.parts.flatMap(({ part }) => part.slots ?? []);
    const parts = [
      { id: '_base/slots', part: { slots } },
      { id: '_base/left', part: left },
      { id: '_base/right', part: right },
    ];
    const catalogue = createCatalogue({ choices: [], modules: [], parts, files: (id) => (files[id] ?? []).map(file) });
    return planFiles(resolve(SELECTION, catalogue.parts).stack!, catalogue);
  }

  function refusal(run: () => unknown): UserError {
    try {
      run();
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  }

  const gives = (slot: string, key: string, value: unknown, environment?: string): AnyPart => ({
    contributes: () => [{ slot, key, value, environment }],
  });
  const pins = (version: string, extra: object = {}): AnyPart => ({
    pins: { numpy: { version, checked: '2026-11-21', ...extra } } as Pins,
  });
  const python = (atLeast: string, below: string): AnyPart => ({
    python: { atLeast, below, because: `it runs on ${atLeast}` } satisfies PythonRange,
  });

  it.each<[string, () => AnyPart, () => AnyPart, string]>([
    [
      'a key with two values',
      () => gives('env', 'MODE', { default: 'a', comment: 'x' }),
      () => gives('env', 'MODE', { default: 'b', comment: 'x' }),
      'MODE',
    ],
    [
      'a port',
      () => gives('port', '8000', { name: 'service', variable: 'PORT' }),
      () => gives('port', '8000', { name: 'console', variable: 'CONSOLE_PORT' }),
      '8000',
    ],
    [
      'a setting of one environment',
      () => gives('config', 'a.b', 1, 'prod'),
      () => gives('config', 'a.b', 2, 'prod'),
      'a.b',
    ],
    [
      'an exported variable',
      () => gives('make-env', 'X', { value: '1', why: 'y' }),
      () => gives('make-env', 'X', { value: '2', why: 'y' }),
      'X',
    ],
    ['a package in two versions', () => pins('2.5.5'), () => pins('2.4.0'), 'numpy'],
    ['Python versions without one in common', () => python('3.13', '3.14'), () => python('3.11', '3.13'), '3.13'],
  ])('are both named for %s', (_, left, right, what) => {
    const error = refusal(() => plan(left(), right()));
    expect(error.id).toBe('E-PLAN');
    for (const word of ['_base/left', '_base/right', what]) expect(error.message).toContain(word);
  });

  it.each([
    ['one path', ['docs/a.md'], ['docs/a.md']],
    ['one path, once rendered and once copied', ['docs/a.md'], ['docs/a.md.ejs']],
    ['paths that differ in case alone', ['docs/A.md'], ['docs/a.md']],
    ['one path after tokens', ['src/__package__/a.py'], ['src/demo/a.py']],
  ])('are both named for %s', (_, left, right) => {
    const error = refusal(() => plan({}, {}, { '_base/left': left, '_base/right': right }));
    expect(error.id).toBe('E-PLAN');
    expect(error.message).toContain('_base/left/files/');
    expect(error.message).toContain('_base/right/files/');
  });

  it('are both named if a file takes the path of a slot', () => {
    const error = refusal(() =>
      plan(gives('env', 'MODE', { default: 'a', comment: 'x' }), {}, { '_base/right': ['.env.example'] }),
    );
    expect(error.message).toContain('slot:env');
    expect(error.message).toContain('_base/right/files/.env.example');
  });

  it('are named if one contributes to an unknown slot or an invalid value', () => {
    expect(refusal(() => plan({}, gives('nowhere', 'a', 1))).message).toMatch(/_base\/right .*nowhere/);
    expect(refusal(() => plan({}, gives('port', '1', { name: 1 }))).message).toMatch(/_base\/right .*port/);
  });

  it('may contribute equal values', () => {
    const same = gives('port', '8000', { name: 'service', variable: 'PORT' });
    expect(plan(same, same).slots.get('port')).toHaveLength(1);
    expect(
      plan(pins('2.5.5', { groups: ['train'] }), pins('2.5.5', { groups: ['serve'] })).slots.get('core.pins'),
    ).toMatchObject([{ value: { groups: ['serve', 'train'] } }]);
    expect(plan(gives('config', 'a.b', 1, 'dev'), gives('config', 'a.b', 2, 'prod')).slots.get('config')).toHaveLength(
      2,
    );
    expect(plan(pins('2.5.5', { venv: 'other' }), pins('2.4.0')).slots.get('core.pins')).toHaveLength(2);
  });
});
