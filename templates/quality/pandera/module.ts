import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'quality/pandera': true;
  }
}

export default defineModule({
  choice: 'quality',
  id: 'pandera',
  title: 'pandera',
  summary: 'The data contract as a pandera schema, with every failure named at once.',
  docs: 'https://pandera.readthedocs.io/en/stable/',
  why: 'A schema is ordinary code in the same process, and names every failure of a table at once.',
  watch:
    'Columns that the contract does not know are allowed and reach no model. Types are not coerced: a number that arrives as text is a finding, as it should be.',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'pandera', object: 'check' }) },
  pins: { pandera: { version: '0.35.0', checked: '2026-11-21', groups: ['train'] } },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/pandera.md', value: { title: 'pandera' } },
    { slot: 'untyped', key: 'pandera.*', value: { why: 'pandera types its pandas backend by a plugin only' } },
    {
      slot: 'diagram-node',
      key: 'quality',
      value: { title: 'pandera', detail: 'data contract', group: 'data', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline quality', value: { label: 'validate' } },
  ],
  removed: [
    {
      package: 'pandera',
      api: 'pa.SchemaModel',
      since: '0.20.0',
      instead: 'pa.DataFrameModel',
      source: 'https://github.com/unionai-oss/pandera/pull/1711',
    },
  ],
  traces: ['pandera'],
});
