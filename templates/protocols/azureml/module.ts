import { defineModule } from '../../../src/core/contract.ts';
import routes from './parts/routes/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/azureml': true;
  }
}

export default defineModule({
  choice: 'protocols',
  id: 'azureml',
  title: 'Azure Machine Learning',
  summary:
    'Implements the container requirements of an Azure ML managed online endpoint: POST /score with rows or a table.',
  docs: 'https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container',
  why: 'An Azure ML online endpoint requires this protocol.',
  watch:
    'Tested over HTTP against the published requirements, not on Azure. The platform authenticates callers, ' +
    'so the route needs no credential: make sure that only the platform can reach the container.',
  status: 'active',
  home: 'src/__package__/client/protocols/azureml.py',
  parts: { routes },
  needs: {
    inferenceServer: {
      where: ({ protocols }) => protocols === 'routes' || protocols.includes('azureml-score'),
      because: 'the server has to answer requests of this protocol',
    },
  },
  provides: { wireProtocol: () => ({ module: 'azureml', format: 'azureml-score' }) },
  contributes: () => [{ slot: 'diagram-edge', key: 'caller service', value: { label: 'Azure ML' } }],
  traces: ['docs/tools/azureml-protocol.md', 'AZUREML_MODEL_DIR'],
});
