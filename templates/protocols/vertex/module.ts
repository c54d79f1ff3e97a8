import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/vertex': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'vertex',
  title: 'Vertex AI',
  summary:
    'Implements the container requirements of Vertex AI: instances and predictions at the port and routes of ' +
    'its AIP_ variables.',
  docs: 'https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements',
  why: 'A Vertex AI endpoint requires this protocol.',
  watch:
    'Tested over HTTP against the published requirements, not on Vertex AI. The platform authenticates ' +
    'callers, so the route needs no credential: make sure that only the platform can reach the container.',
  status: 'active',
  home: 'src/__package__/client/protocols/vertex.py',
  parts: { routes },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('vertex-prediction'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'vertex', format: 'vertex-prediction' }) },
  contributes: () => [{ slot: 'diagram-edge', key: 'caller service', value: { label: 'Vertex AI' } }],
  traces: ['docs/tools/vertex-protocol.md', 'AIP_PREDICT_ROUTE'],
});
