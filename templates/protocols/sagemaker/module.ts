import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/sagemaker': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'sagemaker',
  title: 'Amazon SageMaker',
  summary:
    'Implements the container requirements of SageMaker: GET /ping, POST /invocations with JSON or CSV, ' +
    'and the command serve.',
  docs: 'https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html',
  why: 'A SageMaker endpoint requires this protocol.',
  watch:
    'Tested over HTTP against the published requirements, not on SageMaker. The platform authenticates ' +
    'callers, so the route needs no credential: make sure that only the platform can reach the container.',
  status: 'active',
  home: 'src/__package__/client/protocols/sagemaker.py, deploy/sagemaker/',
  parts: { routes },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('sagemaker-invocations'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'sagemaker', format: 'sagemaker-invocations' }) },
  contributes: () => [{ slot: 'diagram-edge', key: 'caller service', value: { label: 'SageMaker' } }],
  traces: ['docs/tools/sagemaker-protocol.md', 'deploy/sagemaker/serve'],
});
