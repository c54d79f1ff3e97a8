import { defineModule } from '../../../src/core/contract.ts';

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
  home: 'src/__package__/serving/protocols/azureml.py',
  provides: { wireProtocol: () => ({ module: 'azureml' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/azureml-protocol.md', value: { title: 'Azure ML protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Azure ML' } },
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
  traces: ['docs/tools/azureml-protocol.md', 'AZUREML_MODEL_DIR'],
});
