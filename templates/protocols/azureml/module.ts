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
  summary: 'What a managed online endpoint of Azure ML asks of a container: POST /score with rows or a table.',
  docs: 'https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container',
  why: 'An online endpoint of Azure ML calls its containers this way and no other.',
  watch:
    'Tested here over HTTP against the published contract, not by Azure. The platform checks who asks, so the route is open to it: nothing else may reach the container.',
  status: 'active',
  home: 'src/__package__/serving/protocols/azureml.py',
  provides: { wireProtocol: () => ({ module: 'azureml' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/azureml-protocol.md', value: { title: 'The Azure ML protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Azure ML' } },
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
  traces: ['docs/tools/azureml-protocol.md', 'AZUREML_MODEL_DIR'],
});
