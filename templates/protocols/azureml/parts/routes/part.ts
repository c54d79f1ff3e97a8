import { definePart } from '../../../../../src/core/contract.ts';

/** The routes of Azure ML in the application, and the command that starts it in a container of the platform. */
export default definePart({
  onDemand: true,
  needs: { routeHost: { because: 'the application answers the requests of the protocol' } },
  provides: { protocolRoutes: () => ({ module: 'azureml' }) },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/azureml/files/docs/tools/azureml-protocol.md.ejs': 'docs/tools/azureml-protocol.md.ejs',
    '/protocols/azureml/files/src/__package__/serving/azureml.py': 'src/__package__/serving/azureml.py',
    '/protocols/azureml/files/src/__package__/serving/protocols/azureml.py':
      'src/__package__/serving/protocols/azureml.py',
    '/protocols/azureml/files/tests/serving/test_azureml.py.ejs': 'tests/serving/test_azureml.py.ejs',
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/azureml-protocol.md', value: { title: 'Azure ML protocol' } },
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
});
