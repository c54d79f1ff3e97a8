import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import type { AnyPart, AnySlot, SlotEntry } from '../../src/core/contract.ts';
import { renderPlan } from '../../src/core/render.ts';
import { emitSlot, forEnvironment, importNames } from '../../src/core/slots.ts';
import { catalogueOf, choice, option, part, planOf, refusal } from './helpers.ts';

const slot = (more: Partial<AnySlot> = {}): AnySlot => ({
  id: 'ports',
  schema: z.any(),
  sameKey: 'equal',
  owner: 'managed',
  ...more,
});
const gives = (key: string, value: unknown, environment?: string): AnyPart => ({
  contributes: () => [{ slot: 'ports', key, value, environment }],
});
const plan = (definition: Partial<AnySlot>, ...givers: AnyPart[]) =>
  planOf(
    catalogueOf({
      parts: [
        part('_base/core', { slots: [slot(definition)] }),
        ...givers.map((giver, index) => part(`_base/part-${index}`, giver)),
      ],
    }),
  );
const entries = (list: [string, unknown, Partial<SlotEntry>?][]): SlotEntry[] =>
  list.map(([key, value, more]) => ({ key, value, from: 'x', ...more }));

describe('collectSlots', () => {
  it('merges equal values of one key and sorts entries by key', () => {
    const { slots } = plan({}, gives('b', { n: 1 }), gives('a', { n: 2 }), gives('b', { n: 1 }));
    expect(slots.get('ports')).toEqual([
      { key: 'a', value: { n: 2 }, from: '_base/part-1', environment: undefined, model: undefined },
      { key: 'b', value: { n: 1 }, from: '_base/part-0', environment: undefined, model: undefined },
    ]);
  });

  it('rejects different values of one key and names both parts, the slot, the key and the values', () => {
    const error = refusal(() => plan({}, gives('8000', 'api'), gives('8000', 'ui')));
    expect(error).toMatchObject({ id: 'E-PLAN', exit: 2 });
    expect(error.message).toBe(
      '_base/part-0 and _base/part-1 both give 8000 of ports, with different values: "api" and "ui".',
    );
  });

  it('keeps every distinct value of a key if the slot unites values', () => {
    expect(
      plan({ sameKey: 'union' }, gives('a', 1), gives('a', 2), gives('a', 2))
        .slots.get('ports')!
        .map((entry) => entry.value),
    ).toEqual([1, 2]);
  });

  it('keeps the values of one environment in addition to the value for all environments', () => {
    const { slots, files } = plan(
      { path: 'config/{environment}.yaml', format: 'yaml' },
      gives('api.port', 1),
      gives('api.port', 2, 'prod'),
      gives('api.host', 'x', 'dev'),
    );
    expect(files.map((file) => [file.path, file.sourceId])).toEqual([
      ['config/dev.yaml', 'slot:ports@dev'],
      ['config/local.yaml', 'slot:ports@local'],
      ['config/prod.yaml', 'slot:ports@prod'],
    ]);
    const rendered = renderPlan(
      plan(
        { path: 'config/{environment}.yaml', format: 'yaml' },
        gives('api.port', 1),
        gives('api.port', 2, 'prod'),
        gives('api.host', 'x', 'dev'),
      ),
    );
    const read = (name: string): unknown => parse(Buffer.from(rendered.get(`config/${name}.yaml`)!.content).toString());
    expect([read('local'), read('dev'), read('prod')]).toEqual([
      { api: { port: 1 } },
      { api: { host: 'x', port: 1 } },
      { api: { port: 2 } },
    ]);
    expect(forEnvironment(slots.get('ports')!, 'prod').map((entry) => entry.value)).toEqual([2]);
  });

  it('rejects a value that does not match the schema, and a slot that no part defines', () => {
    expect(refusal(() => plan({ schema: z.object({ port: z.number() }) }, gives('a', { port: 'x' }))).message).toMatch(
      /^_base\/part-0 contributes the entry a to ports, which does not match the schema of the slot: port /,
    );
    expect(refusal(() => planOf(catalogueOf({ parts: [part('_base/lone', gives('a', 1))] }))).message).toBe(
      '_base/lone contributes a to the slot ports, which no part defines.',
    );
    expect(
      refusal(() =>
        catalogueOf({ parts: [part('_base/a', { slots: [slot()] }), part('_base/b', { slots: [slot()] })] }),
      ).message,
    ).toContain('_base/b: the slot ports is defined twice');
  });

  it('returns no entries for a slot that no part defines', () => {
    expect(refusal(() => planOf(catalogueOf({ parts: [part('_base/lone', { reads: ['ports'] })] }))).message).toBe(
      '_base/lone reads the slot ports, which no part defines.',
    );
    expect(planOf(catalogueOf({ parts: [part('_base/lone', { reads: ['core.pins'] })] })).files).toEqual([]);
  });

  it('plans no file for a slot without entries', () =>
    expect(plan({ path: 'ports.txt', format: 'lines' }).files).toEqual([]));
});

const PROJECT = {
  name: 'demo',
  package: 'demo',
  environments: ['prod'],
  models: [],
  trunk: 'main',
  folder: '',
  owners: [],
};

describe('emitSlot', () => {
  it('groups lines by their reason', () => {
    expect(
      emitSlot(
        slot({ format: 'lines', header: ['Kept by hand:', '', 'no'] }),
        entries([
          ['a/', { why: 'one' }],
          ['b/', { why: 'two' }],
          ['c/', { why: 'one' }],
          ['d/', {}],
        ]),
        PROJECT,
      ),
    ).toBe('# Kept by hand:\n#\n# no\n\n# one\na/\nc/\n\n# two\nb/\n\nd/\n');
  });

  it('writes a comment for each variable, and the shell reads the values back', () => {
    expect(
      emitSlot(
        slot({ format: 'dotenv' }),
        entries([
          ['A', { default: '1', comment: 'one' }],
          ['B', { default: '', comment: 'two' }],
        ]),
        PROJECT,
      ),
    ).toBe('# one\nA=1\n\n# two\nB=\n');
  });

  it('nests dotted keys in YAML, and any value reads back', () => {
    const values = { 'a.b.c': 'yes', 'a.b.d': [1, 'x: y'], 'a.e': null, f: '12:30', g: 'long '.repeat(40) };
    const text = emitSlot(slot({ format: 'yaml', header: ['Head'] }), entries(Object.entries(values)), PROJECT);
    expect(text.startsWith('# Head\n\na:\n  b:\n')).toBe(true);
    for (const version of ['1.1', '1.2'] as const)
      expect(parse(text, { version })).toEqual({
        a: { b: { c: 'yes', d: [1, 'x: y'] }, e: null },
        f: '12:30',
        g: 'long '.repeat(40),
      });
  });

  it("writes the text of the slot's own renderer, with one newline at the end", () =>
    expect(
      emitSlot(
        slot({ render: (list) => `${list.map((entry) => entry.key).join('\n\n')}\n\n\n` }),
        entries([
          ['a', 1],
          ['b', 2],
        ]),
        PROJECT,
      ),
    ).toBe('a\n\nb\n'));
});

describe('the slots of the core', () => {
  const choices = [
    choice('tool', { default: () => 'hammer' }),
    choice('many', { takes: 'many', order: 2, default: () => [] }),
  ];
  const pin = (version: string, more: object = {}) => ({ version, checked: '2026-11-20', ...more });

  it('hold the choices, their leftovers and each pin once', () => {
    const catalogue = catalogueOf({
      choices,
      modules: [
        option('tool/hammer', {
          home: 'src/__package__/hammer.py',
          why: 'It hits.',
          watch: 'thumbs',
          leftovers: [{ what: 'nails', remove: 'pull' }],
          pins: { Steel: pin('1.0', { groups: ['b'], extras: ['x'] }) },
        }),
        option('tool/saw'),
      ],
      parts: [
        part('_base/a', {
          pins: {
            Steel: pin('1.0', { groups: ['a'], imports: ['steel'] }),
            wood: [pin('2', { marker: "python_version < '3.12'" }), pin('3', { marker: "python_version >= '3.12'" })],
          },
        }),
      ],
    });
    const { slots } = planOf(catalogue);
    expect(slots.get('core.choices')!.map((entry) => entry.value)).toEqual([
      {
        choice: 'tool',
        title: 'tool',
        question: 'tool?',
        options: [
          {
            id: 'hammer',
            title: 'hammer',
            summary: 'hammer.',
            docs: 'https://example.com',
            home: 'src/demo/hammer.py',
            why: 'It hits.',
            watch: 'thumbs',
          },
        ],
      },
    ]);
    expect(slots.get('core.leftovers')!.map((entry) => entry.value)).toEqual([
      { module: 'hammer', what: 'nails', remove: 'pull' },
    ]);
    expect(slots.get('core.pins')!.map((entry) => entry.value)).toMatchObject([
      { name: 'Steel', version: '1.0', groups: ['a', 'b'], extras: ['x'] },
      { name: 'wood', version: '2' },
      { name: 'wood', version: '3' },
    ]);
  });

  it.each<[string, AnyPart, AnyPart, string]>([
    [
      'two versions in one environment',
      { pins: { x: pin('1') } },
      { pins: { x: pin('2') } },
      '_base/a and _base/b pin x differently: 1 and 2. An environment can have only one version of a package.',
    ],
    [
      'two digests of one image',
      { pins: { x: pin('1', { kind: 'image', digest: 'sha256:a' }) } },
      { pins: { x: pin('1', { kind: 'image', digest: 'sha256:b' }) } },
      '_base/a and _base/b pin x differently',
    ],
    [
      'Pythons that do not meet',
      { python: { atLeast: '3.13', below: '3.14', because: 'new' } },
      { python: { atLeast: '3.9', below: '3.12', because: 'old' } },
      '_base/a needs Python 3.13 or later (new), _base/b one before 3.12 (old).',
    ],
  ])('names both parts in the error for %s', (_, a, b, says) =>
    expect(refusal(() => planOf(catalogueOf({ parts: [part('_base/a', a), part('_base/b', b)] }))).message).toContain(
      says,
    ),
  );

  it('allow different versions in separate virtual environments and intersect Python ranges', () => {
    const { slots } = planOf(
      catalogueOf({
        parts: [
          part('_base/a', { pins: { x: pin('1') }, python: { atLeast: '3.9', below: '3.14', because: 'a' } }),
          part('_base/b', {
            pins: { x: pin('2', { venv: 'own' }) },
            python: { atLeast: '3.11', below: '3.20', because: 'b' },
          }),
        ],
      }),
    );
    expect(slots.get('core.pins')!.length).toBe(2);
    expect(slots.get('core.python')![0]!.value).toEqual({ atLeast: '3.11', below: '3.14', because: 'b; a' });
  });

  it('list import names of Python packages only', () => {
    expect(
      importNames([
        {
          part: {
            pins: {
              'scikit-learn': pin('1', { imports: ['sklearn'] }),
              'a-b': pin('1'),
              'some/image': pin('1', { kind: 'image' }),
            },
          },
        },
      ]),
    ).toEqual(new Set(['sklearn', 'a_b']));
  });
});
