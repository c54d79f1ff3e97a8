import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/rest': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'rest',
  title: 'REST',
  summary: 'Rows of named values in, scores out: POST /predict and /models/{model}/predict.',
  docs: 'https://spec.openapis.org/oas/latest.html',
  why: 'Any HTTP client speaks it, and an error names the field.',
  watch:
    "The shape of the body is this repository's own. A platform that expects a standard wants another protocol beside it.",
  status: 'active',
  home: 'src/__package__/serving/protocols/rest.py',
  provides: { wireProtocol: () => ({ module: 'rest' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rest.md', value: { title: 'The REST protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'REST' } },
  ],
  traces: ['docs/tools/rest.md'],
  tests: {
    'tests/serving/test_rest.py': { varies: ['servingApp', 'wireProtocol'] },
  },
});
