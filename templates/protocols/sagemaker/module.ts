import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'protocols',
  id: 'sagemaker',
  title: 'Amazon SageMaker',
  summary: 'What SageMaker asks of a container: GET /ping, POST /invocations with JSON or CSV, and the command serve.',
  docs: 'https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html',
  status: 'active',
  home: 'src/__package__/serving/protocols/sagemaker.py, deploy/sagemaker/',
  provides: { wireProtocol: () => ({ module: 'sagemaker' }) },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/sagemaker-protocol.md', value: { title: 'The SageMaker protocol' } }],
  traces: ['docs/tools/sagemaker-protocol.md', 'deploy/sagemaker/serve'],
});
