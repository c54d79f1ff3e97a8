import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'protocols',
  id: 'vertex',
  title: 'Vertex AI',
  summary: 'What Vertex AI asks of a container: instances in, predictions out, at the port and routes of its AIP_ variables.',
  docs: 'https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements',
  status: 'active',
  home: 'src/__package__/serving/protocols/vertex.py',
  provides: { wireProtocol: () => ({ module: 'vertex' }) },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/vertex-protocol.md', value: { title: 'The Vertex AI protocol' } }],
  traces: ['docs/tools/vertex-protocol.md', 'AIP_PREDICT_ROUTE'],
});
