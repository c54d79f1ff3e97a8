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
  summary: 'Checks the data contract as a pandera schema, and reports all failures at once.',
  docs: 'https://pandera.readthedocs.io/en/stable/',
  why: 'A schema is ordinary Python code in the same process, and it reports all failures of a table at once.',
  watch:
    'Columns that are not in the contract are allowed and reach no model. Types are not coerced: ' +
    'a number in a text column is a failure.',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'pandera', object: 'check' }) },
  pins: { pandera: { version: '0.35.0', checked: '2026-11-21', groups: ['train'] } },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/pandera.md', value: { title: 'pandera' } },
    {
      slot: 'untyped',
      key: 'pandera.*',
      value: { why: 'pandera provides types for its pandas backend through a mypy plugin only' },
    },
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
