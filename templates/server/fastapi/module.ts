import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'server/fastapi': true;
  }
}

const checked = '2026-11-21';
const PORT = 8000;
/** Where deployed services show their metrics, for the inside of the network only. */
const METRICS_PORT = 9464;

export default defineModule({
  choice: 'server',
  id: 'fastapi',
  title: 'FastAPI',
  summary: 'One small service on ONNX Runtime that follows the champion, checks every row and logs what it answered.',
  docs: 'https://fastapi.tiangolo.com/',
  why: 'The contract of a model documents and checks its requests, and the hot route goes past the framework straight to ONNX Runtime.',
  watch:
    'One process scores on one thread: more load needs more processes, not more threads. A large batch delays the small requests behind it, which is why `serving.max_rows` exists.',
  status: 'active',
  home: 'src/__package__/serving/',
  needs: {
    artifactStore: { because: 'where it is no folder, the prediction log is kept in it' },
    wireProtocol: { take: 'some', because: 'the service has the routes of every chosen protocol' },
    serviceLevels: { because: 'the load test holds the service to them' },
    metricsBackend: { take: 'all', because: 'a backend that does not scrape is sent the metrics' },
  },
  moved: {
    'docs/tools/fastapi.md': 'docs/tools/fastapi.md.ejs',
    'src/__package__/serving/app.py': 'src/__package__/serving/app.py.ejs',
  },
  provides: {
    servingApp: ({ project }) => ({
      module: `${project.package}.serving`,
      port: PORT,
      metricsPath: '/metrics',
      metricsPort: METRICS_PORT,
    }),
  },
  pins: {
    fastapi: { version: '0.154.0', checked, groups: ['serve'] },
    httptools: { version: '0.9.0', checked, groups: ['serve'] },
    httpx2: { version: '2.16.2', checked, groups: ['dev'], because: "FastAPI's test client is built on it" },
    orjson: { version: '3.13.0', checked, groups: ['serve'] },
    'prometheus-client': { version: '0.26.0', checked, groups: ['serve'], imports: ['prometheus_client'] },
    pydantic: { version: '2.14.3', checked, groups: ['serve'] },
    cryptography: { version: '50.0.2', checked, groups: ['serve'] },
    pyjwt: { version: '2.15.1', checked, groups: ['serve'], extras: ['crypto'], imports: ['jwt'] },
    starlette: { version: '1.10.0', checked, groups: ['serve'] },
    uvicorn: { version: '0.54.0', checked, groups: ['serve'] },
    uvloop: { version: '0.23.0', checked, groups: ['serve'] },
  },
  contributes: ({ project, cap }) => [
    ...['local', ...project.environments].flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'serving.host', value: '127.0.0.1', environment },
      { slot: 'config', key: 'serving.port', value: PORT, environment },
      { slot: 'config', key: 'serving.poll_seconds', value: environment === 'local' ? 2 : 10, environment },
      {
        slot: 'config',
        key: 'serving.prediction_log',
        value: environment === 'local' ? '.mlops/predictions.jsonl' : `.mlops/${environment}/predictions.jsonl`,
        environment,
      },
      { slot: 'config', key: 'serving.log_sample', value: 1, environment },
    ]),
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'auth.issuer', value: null, environment },
      { slot: 'config', key: 'auth.audience', value: null, environment },
      { slot: 'config', key: 'serving.metrics_port', value: METRICS_PORT, environment },
    ]),
    // A service elsewhere has no disk that outlives it; where the store is a folder, that is on the same machine.
    ...(cap.artifactStore.scheme === 'file'
      ? []
      : project.environments.map(
          (environment): Contribution => ({
            slot: 'config',
            key: 'serving.prediction_archive',
            value: `${cap.artifactStore.roots[environment]}/predictions`,
            environment,
          }),
        )),
    {
      slot: 'grant',
      key: 'serve predictions',
      value: {
        workload: 'serve',
        to: 'artifactStore',
        verbs: ['write'],
        paths: ['predictions/'],
        why: 'the prediction log outlives the service',
      },
    },
    {
      slot: 'secret',
      key: 'SERVICE_API_KEYS',
      value: {
        title: 'Hashed API keys that the service takes, as make api-key writes them',
        environments: [...project.environments],
        readers: ['serve'],
      },
    },
    {
      slot: 'env',
      key: 'SERVICE_API_KEYS',
      value: {
        default: '',
        comment: 'Hashed API keys that the service takes outside local; make api-key writes an entry.',
        secret: true,
      },
    },
    {
      slot: 'env',
      key: 'SERVICE_API_KEY',
      value: { default: '', comment: 'Your own key, sent by make predict.', secret: true },
    },
    { slot: 'port', key: String(PORT), value: { name: 'the service', variable: 'MLOPS_SERVING__PORT' } },
    {
      slot: 'doctor',
      key: 'serving-port',
      value: {
        title: `port ${PORT} is free for the service`,
        kind: 'port',
        value: String(PORT),
        hint: 'stop what listens there, or set MLOPS_SERVING__PORT',
      },
    },
    { slot: 'gitignore', key: 'dist/', value: { why: 'models that make package-model packed' } },
    { slot: 'dockerignore', key: 'dist/', value: { why: 'not part of an image' } },
    { slot: 'docs', key: 'docs/authentication.md', value: { title: 'Authentication: who may ask the service' } },
    {
      slot: 'docs',
      key: 'docs/tools/fastapi.md',
      value: { title: 'The service: routes, limits, versions, prediction log' },
    },
    {
      slot: 'diagram-node',
      key: 'service',
      value: { title: 'FastAPI service', detail: 'ONNX Runtime', group: 'serving', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'prediction_log',
      value: { title: 'Prediction log', group: 'serving', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'service prediction_log', value: { label: 'each answer' } },
    {
      slot: 'cost',
      key: 'The service',
      value: {
        here: 'one process of 100 MB of memory, and a helper of 30 MB that looks for promotions; idle it takes no processor',
        grows: 'with requests: processor first. One process uses about one core',
        elsewhere: 'a machine or container of one core and 512 MB × 730 hours a month, × replicas',
      },
    },
    {
      slot: 'cost',
      key: 'Prediction log',
      value: {
        here: '400 bytes for a request of one row of the sample',
        grows: '400 B × 86,400 s = 35 MB a day at one request a second, 350 MB at ten; nothing deletes it',
        elsewhere: 'object or log storage: GB × months; hosted log services bill the GB that comes in',
      },
    },
    {
      slot: 'threat',
      key: 'A stranger asks the service',
      value: {
        area: 'authentication',
        measure: 'On loopback in `local`; elsewhere a verified token or a hashed key, or the service does not start',
        test: 'tests/serving/test_auth.py',
        left: 'who may ask may ask every model: there are no rights for each of them',
      },
    },
    {
      slot: 'threat',
      key: 'A token is stolen',
      value: {
        area: 'authentication',
        measure:
          'Only current keys of the issuer, the audience and the time of a token count; keys are compared as hashes',
        test: 'tests/serving/test_auth.py',
        left: 'revocation before a token expires: keep their lives short',
      },
    },
    {
      slot: 'threat',
      key: 'A request is made to hurt',
      value: {
        area: 'permissions',
        measure: 'Body, rows, open bytes, connections and time are bounded; what breaks the contract is a 4xx',
        test: 'tests/serving/test_bounds.py',
        left: 'limits for each caller',
      },
    },
    {
      slot: 'threat',
      key: 'Metrics tell too much',
      value: {
        area: 'permissions',
        measure: 'Outside `local` they are on a port of their own, `serving.metrics_port`',
        left: 'a network rule that lets only the collector in',
      },
    },
  ],
  traces: ['fastapi', 'FastAPI'],
  tests: {
    'tests/serving/test_auth.py': { varies: ['secretStore', 'servingApp', 'wireProtocol'] },
    'tests/serving/test_load.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_serving.py': { varies: ['servingApp', 'wireProtocol'] },
    'tests/serving/test_serving_process.py': {
      varies: ['modelFramework', 'registryClient', 'servingApp', 'wireProtocol'],
    },
  },
});
