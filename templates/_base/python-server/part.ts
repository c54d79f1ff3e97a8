import { type Contribution, definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * What a server that is written in Python needs around its protocol, in `serving/`: `core.py` follows the champions,
     * scores and logs; `schemas.py` checks rows; `metrics.py` exports the metrics of `client/metrics.py`. It works with
     * any web framework. The section `serving` of the server has the settings that these files read.
     */
    pythonServing: true;
  }
}

const checked = '2026-11-21';
/** Paths in `files/` that were in the folder of a server, when there was only one. */
const EARLIER = [
  '__init__.py',
  'archive.py',
  'batching.py',
  'config.py',
  'follow.py',
  'metrics.py',
  'outputs.py',
  'prediction_log.py',
  'runtime.py',
  'schemas.py',
].map((file) => `src/__package__/serving/${file}`);

/** Everything of a prediction server in Python except for its protocol. */
export default definePart({
  onDemand: true,
  needs: {
    artifactStore: { because: 'if the artifact store is not a folder, the prediction log is stored in it' },
  },
  provides: { pythonServing: true },
  moved: Object.fromEntries(EARLIER.map((path) => [`/server/fastapi/files/${path}`, path])),
  pins: {
    orjson: { version: '3.13.0', checked, groups: ['serve'] },
    'prometheus-client': { version: '0.26.0', checked, groups: ['serve'], imports: ['prometheus_client'] },
    pydantic: { version: '2.14.3', checked, groups: ['serve'] },
  },
  contributes: ({ project, cap }) => [
    ...['local', ...project.environments].map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'serving.prediction_log',
        value: environment === 'local' ? '.mlops/predictions.jsonl' : `.mlops/${environment}/predictions.jsonl`,
        environment,
      }),
    ),
    // A deployed service has no persistent disk. If the store is a folder, the service runs on the same machine.
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
        why: 'the service stores the prediction log outside its container',
      },
    },
    {
      slot: 'diagram-node',
      key: 'prediction_log',
      value: { title: 'Prediction log', group: 'serving', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'service prediction_log', value: { label: 'each response' } },
    {
      slot: 'cost',
      key: 'Prediction log',
      value: {
        here: '400 bytes for each request with one row of the sample',
        grows:
          '400 B × 86,400 s = 35 MB per day at one request per second, 350 MB at ten; ' +
          'it is never deleted automatically',
        elsewhere: 'object or log storage: GB × months; hosted log services bill the ingested GB',
      },
    },
  ],
});
