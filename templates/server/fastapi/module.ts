import { defineModule } from '../../../src/core/contract.ts';

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
  status: 'active',
  home: 'src/__package__/serving/',
  needs: { wireProtocol: { take: 'some', because: 'the service has the routes of every chosen protocol' } },
  provides: { servingApp: ({ project }) => ({ module: `${project.package}.serving`, port: PORT, metricsPath: '/metrics' }) },
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
  contributes: ({ project }) => [
    ...['local', ...project.environments].flatMap((environment) => [
      { slot: 'config', key: 'serving.host', value: '127.0.0.1', environment },
      { slot: 'config', key: 'serving.port', value: PORT, environment },
      { slot: 'config', key: 'serving.poll_seconds', value: environment === 'local' ? 2 : 10, environment },
      { slot: 'config', key: 'serving.prediction_log', value: environment === 'local' ? '.mlops/predictions.jsonl' : `.mlops/${environment}/predictions.jsonl`, environment },
      { slot: 'config', key: 'serving.log_sample', value: 1, environment },
    ]),
    ...project.environments.flatMap((environment) => [
      { slot: 'config', key: 'auth.issuer', value: null, environment },
      { slot: 'config', key: 'auth.audience', value: null, environment },
      { slot: 'config', key: 'serving.metrics_port', value: METRICS_PORT, environment },
    ]),
    { slot: 'secret', key: 'SERVICE_API_KEYS', value: { title: 'Hashed API keys that the service takes, as make api-key writes them', environments: [...project.environments], readers: ['serve'] } },
    { slot: 'env', key: 'SERVICE_API_KEYS', value: { default: '', comment: 'Hashed API keys that the service takes outside local; make api-key writes an entry.', secret: true } },
    { slot: 'env', key: 'SERVICE_API_KEY', value: { default: '', comment: 'Your own key, sent by make predict.', secret: true } },
    { slot: 'port', key: String(PORT), value: { name: 'the service', variable: 'MLOPS_SERVING__PORT' } },
    { slot: 'doctor', key: 'serving-port', value: { title: `port ${PORT} is free for the service`, kind: 'port', value: String(PORT), hint: 'stop what listens there, or set MLOPS_SERVING__PORT' } },
    { slot: 'docs', key: 'docs/authentication.md', value: { title: 'Authentication: who may ask the service' } },
    { slot: 'docs', key: 'docs/tools/fastapi.md', value: { title: 'The service: routes, limits, versions, prediction log' } },
  ],
  traces: ['fastapi', 'FastAPI'],
});
