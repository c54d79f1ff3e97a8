import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'quality',
  id: 'pandera',
  title: 'pandera',
  summary: 'The data contract as a pandera schema, with every failure named at once.',
  docs: 'https://pandera.readthedocs.io/en/stable/',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'pandera', object: 'check' }) },
  pins: { pandera: { version: '0.35.0', checked: '2026-11-21', groups: ['train'] } },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/pandera.md', value: { title: 'pandera' } },
    { slot: 'untyped', key: 'pandera.*', value: { why: 'pandera types its pandas backend by a plugin only' } },
  ],
  removed: [{ package: 'pandera', api: 'pa.SchemaModel', since: '0.20.0', instead: 'pa.DataFrameModel', source: 'https://github.com/unionai-oss/pandera/pull/1711' }],
  traces: ['pandera'],
});
