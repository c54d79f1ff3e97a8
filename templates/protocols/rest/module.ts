import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'protocols',
  id: 'rest',
  title: 'REST',
  summary: 'Rows of named values in, scores out: POST /predict and /models/{model}/predict.',
  docs: 'https://spec.openapis.org/oas/latest.html',
  status: 'active',
  home: 'src/__package__/serving/protocols/rest.py',
  provides: { wireProtocol: () => ({ module: 'rest' }) },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/rest.md', value: { title: 'The REST protocol' } }],
  traces: ['docs/tools/rest.md'],
});
