import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';
import tensors from './parts/tensors/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/v2': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'v2',
  title: 'Open Inference Protocol v2',
  summary:
    'Requests with named tensors and a response with one tensor for each output: the protocol of KServe, Triton and MLServer.',
  docs: 'https://github.com/kserve/open-inference-protocol',
  why: 'Clients of other inference servers that implement the standard work without changes.',
  watch: 'Tensors are JSON. The binary extension and gRPC are not supported.',
  status: 'active',
  home: 'src/__package__/client/protocols/v2.py',
  parts: { routes, tensors },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('open-inference'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'v2', format: 'open-inference' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/v2.md', value: { title: 'Open Inference Protocol: routes and tensors' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Open Inference Protocol' } },
  ],
  traces: ['open-inference-protocol'],
});
