import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'server/mlserver': true;
  }
}

const checked = '2026-11-30';
const venv = 'mlserver';
const PORT = 8000;
const GRPC_PORT = 8001;
const METRICS_PORT = 9464;

export default defineModule({
  choice: 'server',
  id: 'mlserver',
  title: 'MLServer',
  summary:
    'Serves the Open Inference Protocol over HTTP and gRPC, with a runtime that checks each row, scores it with ONNX ' +
    'Runtime and logs each response.',
  docs: 'https://mlserver.readthedocs.io/',
  why:
    'It is the standard server of the Open Inference Protocol for Python, and KServe and Seldon Core start it. ' +
    'Its model repository loads a promoted version without a restart.',
  watch:
    'MLServer does not authenticate callers, and its API can unload models: only a gateway may reach it. ' +
    'It needs an earlier FastAPI, so it has a virtual environment of its own, with 400 MB.',
  status: 'active',
  home: 'src/__package__/serving/, environments/mlserver/',
  needs: {
    artifactStore: { because: 'its page says where the prediction log is stored' },
    pythonEnvironments: { because: 'MLServer limits FastAPI to earlier versions' },
    pythonServing: { because: 'its runtime follows the champions, checks, scores and logs with these files' },
    protocolTensors: { because: 'its runtime converts the tensors of requests to columns' },
  },
  provides: {
    inferenceServer: ({ project }) => ({
      port: PORT,
      scrape: { path: '/metrics', port: METRICS_PORT, setting: 'metrics_port' },
      metrics: 'canonical',
      protocols: ['open-inference'],
      image: 'own',
      environment: venv,
      pin: 'variable',
      reload: 'alias',
      auth: 'gateway',
      predictionLog: 'in-process',
      localProcess: { module: `${project.package}.serving`, ports: ['grpc_port', 'metrics_port'] },
    }),
  },
  pins: {
    mlserver: { version: '1.7.1', checked, venv, imports: ['mlserver', 'fastapi'] },
    tritonclient: {
      version: '2.73.0',
      checked: '2026-11-21',
      groups: ['dev'],
      extras: ['http'],
      because: 'an independent client of the protocol, for tests',
    },
  },
  contributes: ({ project }) => [
    {
      slot: 'python-environment',
      key: venv,
      value: {
        title: 'MLServer and what its runtime imports',
        because: 'MLServer limits FastAPI to earlier versions',
        python: { atLeast: '3.11', below: '3.14' },
        groups: ['serve'],
        extras: ['native'],
      },
    },
    ...['local', ...project.environments].flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'serving.host', value: '127.0.0.1', environment },
      { slot: 'config', key: 'serving.port', value: PORT, environment },
      { slot: 'config', key: 'serving.grpc_port', value: GRPC_PORT, environment },
      { slot: 'config', key: 'serving.metrics_port', value: METRICS_PORT, environment },
      { slot: 'config', key: 'serving.poll_seconds', value: environment === 'local' ? 2 : 10, environment },
      { slot: 'config', key: 'serving.log_sample', value: 1, environment },
    ]),
    { slot: 'untyped', key: 'mlserver.*', value: { why: 'MLServer is in another virtual environment' } },
    { slot: 'untyped', key: 'fastapi.*', value: { why: 'MLServer brings FastAPI in another virtual environment' } },
    ...(
      [
        [PORT, 'the service', 'MLOPS_SERVING__PORT'],
        [GRPC_PORT, 'the service over gRPC', 'MLOPS_SERVING__GRPC_PORT'],
        [METRICS_PORT, 'the metrics of the service', 'MLOPS_SERVING__METRICS_PORT'],
      ] as const
    ).flatMap(([port, name, variable]): Contribution[] => [
      { slot: 'port', key: String(port), value: { name, variable } },
      {
        slot: 'doctor',
        key: `serving-${port}`,
        value: {
          title: `port ${port} is free for ${name}`,
          kind: 'port',
          value: String(port),
          hint: `stop the process that uses the port, or set ${variable}`,
        },
      },
    ]),
    {
      slot: 'docs',
      key: 'docs/tools/mlserver.md',
      value: { title: 'MLServer: routes, versions, limits, metrics, a gateway in front of it' },
    },
    {
      slot: 'diagram-node',
      key: 'service',
      value: { title: 'MLServer', detail: 'ONNX Runtime', group: 'serving', shape: 'process' },
    },
    {
      slot: 'cost',
      key: 'The service',
      value: {
        here:
          'one process with 180 MB of memory, and a helper process with 30 MB that checks for promotions; ' +
          'no CPU when idle',
        grows: 'with requests: CPU first. One process uses about one core',
        elsewhere: 'a machine or container with one core and 1 GB × 730 hours per month × replicas',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized caller sends requests',
      value: {
        area: 'authentication',
        measure:
          'In `local`, MLServer listens on loopback only. It refuses to start on another address, except in an ' +
          'environment that you configure, where a gateway must authenticate callers',
        test: 'tests/serving/test_mlserver.py',
        left:
          'MLServer itself has no authentication: a caller behind the gateway can use every model, and gRPC ' +
          'and metrics need network rules of their own',
      },
    },
    {
      slot: 'threat',
      key: 'A caller unloads a model',
      value: {
        area: 'permissions',
        measure:
          'The API of the model repository cannot be disabled. The service loads a champion again that was unloaded, ' +
          'within `serving.poll_seconds`',
        test: 'tests/serving/test_mlserver.py',
        left: 'the gateway must refuse every path below `/v2/repository`',
      },
    },
    {
      slot: 'threat',
      key: 'A malicious request overloads the service',
      value: {
        area: 'permissions',
        measure: 'A request has a limit of rows and of characters, and the rows that wait for the model have one',
        test: 'tests/serving/test_mlserver.py',
        left:
          'MLServer limits neither the size of a body, nor its time, nor connections: ' +
          'set these limits in the gateway',
      },
    },
  ],
  traces: ['docs/tools/mlserver.md', 'mlserver'],
  leftovers: [
    {
      what: 'the virtual environment of MLServer in environments/mlserver',
      remove: 'rm -r environments/mlserver',
    },
  ],
  tests: {
    'tests/serving/test_mlserver_clients.py': { varies: ['inferenceServer', 'modelFramework', 'modelTask'] },
    'tests/serving/test_mlserver.py': { varies: ['inferenceServer', 'modelFramework', 'registryClient'] },
  },
});
