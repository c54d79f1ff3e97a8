import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { findOldPins, findRemoved } from '../../src/core/update/pins.ts';
import { loadTemplates } from '../support/stacks.ts';

describe('findOldPins', () => {
  const row = (name: string, version: string, more: object = {}) => ({ name, version, checked: '2026-01-01', ...more });

  it('finds outdated pins in every file format', () => {
    const python = [
      row('a-b', '2.0.0'),
      row('numpy', '2.4.6', { marker: "python_version < '3.12'" }),
      row('numpy', '2.5.5', { marker: "python_version >= '3.12'" }),
    ];
    expect(
      findOldPins(
        'x = [\n  "A_b[x]==1.10",\n  "not-a-b==1.0", "a-bc==1.0", "a-b==2.0.0", "a-b==2.1", "a-b==2.0rc1", "a-b>=1"\n]',
        python,
      ),
    ).toEqual([{ name: 'a-b', line: 2, found: 'A_b[x]==1.10', wanted: 'A_b[x]==2.0.0' }]);
    expect(
      findOldPins("numpy==2.4.6 ; python_version < '3.12'\nnumpy==2.4.6 ; python_version >= '3.12'\n", python),
    ).toMatchObject([{ line: 2, wanted: 'numpy==2.5.5' }]);
    const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
    expect(
      findOldPins(`image: prom/x:v1.9.0@${digest('a')}\n`, [
        row('prom/x', 'v1.10.0', { kind: 'image', digest: digest('b') }),
      ]),
    ).toMatchObject([{ wanted: `prom/x:v1.10.0@${digest('b')}` }]);
    const action = row('actions/checkout', 'v7.0.1', { kind: 'action', digest: 'b'.repeat(40) });
    expect(findOldPins(`uses: actions/checkout@${'a'.repeat(40)} # v6.0.0\n`, [action])).toMatchObject([
      { wanted: `actions/checkout@${'b'.repeat(40)} # v7.0.1` },
    ]);
  });
});

describe('the removed APIs of the catalog', () => {
  let catalogue: Catalogue;
  beforeAll(async () => {
    catalogue = createCatalogue(await loadTemplates());
  });

  it('belong to a package that is pinned at that version or higher, and no template uses one', () => {
    let declared = 0;
    for (const { id, part } of catalogue.parts) {
      for (const { since, api, source, instead } of part.removed ?? []) {
        declared++;
        expect([id, api, since, instead, source]).toEqual([
          id,
          expect.stringMatching(/\S/),
          expect.stringMatching(/^\d+\.\d+\.\d+$/),
          expect.stringMatching(/\S/),
          expect.stringMatching(/^https:\/\//),
        ]);
      }
    }
    expect(declared).toBeGreaterThan(10);
    const apis = catalogue.parts.flatMap(({ part }) => part.removed ?? []);
    for (const options of [
      {},
      { tracker: 'wandb', quality: 'great-expectations', framework: 'xgboost', orchestrator: 'dagster' },
      { framework: 'lightgbm', versioning: 'dvc' },
    ]) {
      const { plan } = prepare(
        { values: { name: 'demo', ...options }, where: () => ({}), explicit: new Set() },
        catalogue,
        'demo',
      );
      for (const [path, { content }] of renderPlan(plan))
        if (path.endsWith('.py'))
          expect([path, findRemoved(Buffer.from(content).toString(), apis)]).toEqual([path, []]);
    }
  });
});
