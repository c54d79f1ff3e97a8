import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/rest': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'rest',
  title: 'REST',
  summary: 'JSON requests with rows of named values: POST /predict and /models/{model}/predict.',
  docs: 'https://spec.openapis.org/oas/latest.html',
  why: 'It works with any HTTP client, and validation errors name the field.',
  watch:
    'The request format is specific to this repository. For platforms that require a standard, add another protocol.',
  status: 'active',
  home: 'src/__package__/client/protocols/rest.py',
  parts: { routes },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('json-rows'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'rest', format: 'json-rows' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rest.md', value: { title: 'REST protocol: routes and format' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'REST' } },
  ],
  traces: ['docs/tools/rest.md'],
});
