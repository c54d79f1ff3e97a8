import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'server/fastapi': true;
  }
}

const checked = '2026-11-21';
const PORT = 8000;
/** The metrics endpoint of deployed services, reachable only inside the network. */
const METRICS_PORT = 9464;

export default defineModule({
  choice: 'server',
  id: 'fastapi',
  title: 'FastAPI',
  summary: 'One small service on ONNX Runtime that follows the champion, checks each row and logs each response.',
  docs: 'https://fastapi.tiangolo.com/',
  why:
    'The contract of a model documents and validates its requests, and predictions call ONNX Runtime directly, ' +
    'without the overhead of the web framework.',
  watch:
    'One process scores on one thread: for more load, add processes, not threads. ' +
    'A large batch delays the requests after it; limit it with `serving.max_rows`.',
  status: 'active',
  home: 'src/__package__/serving/',
  needs: {
    artifactStore: { because: 'its page says where the prediction log is stored' },
    pythonServing: { because: 'the service follows the champions, checks, scores and logs with its files' },
    protocolRoutes: { many: true, optional: true, because: 'the service provides the routes of each chosen protocol' },
  },
  sees: {
    metricsBackend: { many: true, because: 'the service sends its metrics to a backend that does not scrape' },
  },
  moved: {
    'docs/tools/fastapi.md': 'docs/tools/fastapi.md.ejs',
    'src/__package__/serving/app.py': 'src/__package__/serving/app.py.ejs',
  },
  provides: {
    routeHost: true,
    servingApp: true,
    inferenceServer: ({ project }) => ({
      port: PORT,
      scrape: { path: '/metrics', port: METRICS_PORT },
      metrics: 'canonical',
      protocols: 'routes',
      image: 'own',
      pin: 'variable',
      reload: 'alias',
      auth: 'own',
      predictionLog: 'in-process',
      localProcess: { module: `${project.package}.serving` },
    }),
  },
  pins: {
    fastapi: { version: '0.150.0', checked: '2026-11-30', groups: ['serve'] },
    httptools: { version: '0.9.0', checked, groups: ['serve'] },
    httpx2: { version: '2.16.2', checked, groups: ['dev'], because: "FastAPI's test client requires it" },
    pydantic: { version: '2.14.3', checked, groups: ['serve'] },
    cryptography: { version: '50.0.2', checked, groups: ['serve'] },
    pyjwt: { version: '2.15.1', checked, groups: ['serve'], extras: ['crypto'], imports: ['jwt'] },
    starlette: { version: '1.10.0', checked, groups: ['serve'] },
    uvicorn: { version: '0.54.0', checked, groups: ['serve'] },
    uvloop: { version: '0.23.0', checked, groups: ['serve'] },
  },
  contributes: ({ project }) => [
    ...['local', ...project.environments].flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'serving.host', value: '127.0.0.1', environment },
      { slot: 'config', key: 'serving.port', value: PORT, environment },
      { slot: 'config', key: 'serving.poll_seconds', value: environment === 'local' ? 2 : 10, environment },
      { slot: 'config', key: 'serving.log_sample', value: 1, environment },
    ]),
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'auth.issuer', value: null, environment },
      { slot: 'config', key: 'auth.audience', value: null, environment },
      { slot: 'config', key: 'serving.metrics_port', value: METRICS_PORT, environment },
    ]),
    {
      slot: 'secret',
      key: 'SERVICE_API_KEYS',
      value: {
        title: 'Hashed API keys that the service accepts, in the format of make api-key',
        environments: [...project.environments],
        readers: ['serve'],
      },
    },
    {
      slot: 'env',
      key: 'SERVICE_API_KEYS',
      value: {
        default: '',
        comment: 'Hashed API keys that the service accepts outside local; make api-key creates an entry.',
        secret: true,
      },
    },
    { slot: 'port', key: String(PORT), value: { name: 'the service', variable: 'MLOPS_SERVING__PORT' } },
    {
      slot: 'doctor',
      key: 'serving-port',
      value: {
        title: `port ${PORT} is free for the service`,
        kind: 'port',
        value: String(PORT),
        hint: 'stop the process that uses the port, or set MLOPS_SERVING__PORT',
      },
    },
    { slot: 'docs', key: 'docs/authentication.md', value: { title: 'Authentication: tokens, API keys' } },
    {
      slot: 'docs',
      key: 'docs/tools/fastapi.md',
      value: { title: 'FastAPI service: routes, limits, versions, prediction log' },
    },
    {
      slot: 'diagram-node',
      key: 'service',
      value: { title: 'FastAPI service', detail: 'ONNX Runtime', group: 'serving', shape: 'process' },
    },
    {
      slot: 'cost',
      key: 'The service',
      value: {
        here:
          'one process with 100 MB of memory, and a helper process with 30 MB that checks for promotions; ' +
          'no CPU when idle',
        grows: 'with requests: CPU first. One process uses about one core',
        elsewhere: 'a machine or container with one core and 512 MB × 730 hours per month × replicas',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized caller sends requests',
      value: {
        area: 'authentication',
        measure:
          'In `local`, the service listens on loopback only. In other environments, ' +
          'it requires a verified token or a hashed key, and does not start without a configured one',
        test: 'tests/serving/test_auth.py',
        left: 'an authorized caller can use every model: there are no permissions per model',
      },
    },
    {
      slot: 'threat',
      key: 'A token is stolen',
      value: {
        area: 'authentication',
        measure:
          'A token must be signed with a current key of the issuer, match the audience and be unexpired; ' +
          'API keys are compared as hashes',
        test: 'tests/serving/test_auth.py',
        left: 'a token cannot be revoked before it expires: use short lifetimes',
      },
    },
    {
      slot: 'threat',
      key: 'A malicious request overloads the service',
      value: {
        area: 'permissions',
        measure:
          'The size of a request, its rows and its time are limited, and so are open bytes and connections. A new ' +
          'connection replaces the slowest one, and a request that violates the contract gets a 4xx response.',
        test: 'tests/serving/test_bounds.py',
        left: 'rate limits per caller',
      },
    },
    {
      slot: 'threat',
      key: 'Metrics disclose information',
      value: {
        area: 'permissions',
        measure: 'Outside `local`, metrics are on a separate port, `serving.metrics_port`',
        left: 'a network rule that allows only the metrics collector',
      },
    },
  ],
  traces: ['docs/tools/fastapi.md'],
  tests: {
    'tests/serving/test_archive.py': { varies: ['artifactStore', 'servingApp'] },
    'tests/serving/test_bounds.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_clients.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_follower.py': { varies: ['servingApp'] },
    'tests/serving/test_idle_connections.py': { varies: ['servingApp'] },
    'tests/serving/test_outputs.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_package.py': { varies: ['artifactStore', 'modelFramework', 'servingApp', 'wireProtocol'] },
    'tests/serving/test_schemas.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_auth.py': { varies: ['secretStore', 'servingApp', 'wireProtocol'] },
    'tests/serving/test_follow.py': { varies: ['servingApp'] },
    'tests/serving/test_metrics.py': { varies: ['servingApp'] },
    'tests/serving/test_load.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_serving.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_serving_process.py': {
      varies: ['modelFramework', 'registryClient', 'servingApp', 'wireProtocol'],
    },
  },
});
