import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'protocols',
  id: 'azureml',
  title: 'Azure Machine Learning',
  summary: 'What a managed online endpoint of Azure ML asks of a container: POST /score with rows or a table.',
  docs: 'https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container',
  status: 'active',
  home: 'src/__package__/serving/protocols/azureml.py',
  provides: { wireProtocol: () => ({ module: 'azureml' }) },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/azureml-protocol.md', value: { title: 'The Azure ML protocol' } }],
  traces: ['docs/tools/azureml-protocol.md', 'AZUREML_MODEL_DIR'],
});
