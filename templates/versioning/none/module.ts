import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'versioning/none': true;
  }
}

export default defineModule({
  choice: 'versioning',
  id: 'none',
  title: 'Content hash',
  summary: 'Lineage names each data set by the sha256 of its rows; no earlier revision is kept.',
  docs: 'https://docs.python.org/3/library/hashlib.html',
  why: 'The hash of the rows in the lineage of each version proves which data it was, with nothing to run or pay for.',
  watch:
    'It proves, it does not keep: when the source has moved on, the rows are gone and the version cannot be trained again. Decide before the first audit whether that is enough.',
  status: 'active',
  home: 'src/__package__/data/',
  provides: { dataVersioning: () => ({ module: 'content_hash', keep: 'keep', fetch: 'fetch', scratch: {} }) },
  contributes: () => [
    {
      slot: 'diagram-node',
      key: 'revisions',
      value: { title: 'Content hash', detail: 'sha256 of the rows', group: 'data', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline revisions', value: { label: 'name of the rows' } },
    { slot: 'docs', key: 'docs/tools/revisions.md', value: { title: 'Revisions of data: a hash, and what it proves' } },
  ],
  traces: ['[Content hash](', 'content_hash'],
});
