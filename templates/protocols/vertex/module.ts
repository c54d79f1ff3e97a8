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
    'What Vertex AI asks of a container: instances in, predictions out, at the port and routes of its AIP_ variables.',
  docs: 'https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements',
  why: 'An endpoint of Vertex AI calls its containers this way and no other.',
  watch:
    'Tested here over HTTP against the published contract, not by Vertex AI. The platform checks who asks, so the route is open to it: nothing else may reach the container.',
  status: 'active',
  home: 'src/__package__/serving/protocols/vertex.py',
  provides: { wireProtocol: () => ({ module: 'vertex' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/vertex-protocol.md', value: { title: 'The Vertex AI protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Vertex AI' } },
    {
      slot: 'threat',
      key: 'A caller goes past the platform to the container',
      value: {
        area: 'authentication',
        measure:
          'The platform checks who asks and passes nothing on, so its one route is open (`auth.platform_paths`); all others still need a token or key',
        test: 'tests/serving/test_auth.py',
        left: 'a network in which nothing but the platform reaches the container',
      },
    },
  ],
  traces: ['docs/tools/vertex-protocol.md', 'AIP_PREDICT_ROUTE'],
});
