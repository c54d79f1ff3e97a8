import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'versioning',
  id: 'none',
  title: 'Content hash',
  summary: 'Lineage names each data set by the sha256 of its rows; no earlier revision is kept.',
  docs: 'https://docs.python.org/3/library/hashlib.html',
  status: 'active',
  home: 'src/__package__/data/',
  provides: { dataVersioning: () => ({ module: 'content_hash', keep: 'keep', fetch: 'fetch', scratch: {} }) },
  traces: ['[Content hash](', 'content_hash'],
});
