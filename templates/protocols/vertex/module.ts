import { defineModule } from '../../../src/core/contract.ts';

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
  home: 'src/__package__/serving/protocols/vertex.py',
  provides: { wireProtocol: () => ({ module: 'vertex' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/vertex-protocol.md', value: { title: 'Vertex AI protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Vertex AI' } },
    {
      slot: 'threat',
      key: 'A caller bypasses the platform and reaches the container',
      value: {
        area: 'authentication',
        measure:
          'The platform authenticates callers and passes no token, so one route is open ' +
          '(`auth.platform_paths`); all others require a token or key',
        test: 'tests/serving/test_auth.py',
        left: 'configure the network so that only the platform reaches the container',
      },
    },
  ],
  traces: ['docs/tools/vertex-protocol.md', 'AIP_PREDICT_ROUTE'],
});
