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
  summary: 'Lineage identifies each data set by the sha256 of its rows. Earlier revisions are not stored.',
  docs: 'https://docs.python.org/3/library/hashlib.html',
  why:
    'The lineage of each version contains the hash of its rows, which proves the training data without any ' +
    'service or cost.',
  watch:
    'The hash identifies rows but does not store them. If the source changes, you cannot retrain an old ' +
    'version. Decide before the first audit whether this is sufficient.',
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
    { slot: 'docs', key: 'docs/tools/revisions.md', value: { title: 'Data revisions: hashes of the training data' } },
  ],
  exempt: {
    cost: 'files are hashed while a step reads them',
    threat: 'no store is added',
    leftovers: 'nothing is kept outside the repository',
  },
  traces: ['[Content hash](', 'content_hash'],
});
