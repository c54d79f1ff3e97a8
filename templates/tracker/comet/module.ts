import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/comet': true;
  }
}

const checked = '2026-11-30';

export default defineModule({
  choice: 'tracker',
  id: 'comet',
  title: 'Comet',
  summary: 'Records runs in Comet. Without a key, runs are stored in local archives until you run make sync.',
  docs: 'https://www.comet.com/docs/v2/guides/experiment-management/',
  why: 'Its web UI compares runs, and shows confusion matrices and curves. Each run is first a file on your machine.',
  watch: 'With a key, parameters, metrics and the packaged model are uploaded. Check your data policy first.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: { offlineRuns: { because: 'runs that were recorded without a key are uploaded later' } },
  provides: { trackerClient: () => ({ module: 'comet', object: 'CometTracker' }) },
  pins: {
    'comet-ml': { version: '3.58.8', checked, groups: ['train'], imports: ['comet_ml'] },
  },
  contributes: ({ project }) => [
    { slot: 'config', key: 'tracking.project', value: project.name },
    { slot: 'config', key: 'tracking.workspace', value: null },
    { slot: 'config', key: 'tracking.base_url', value: null },
    ...['local', ...project.environments].map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'tracking.folder',
        value: environment === 'local' ? '.mlops/comet' : `.mlops/${environment}/comet`,
        environment,
      }),
    ),
    {
      slot: 'env',
      key: 'COMET_API_KEY',
      value: {
        default: '',
        comment: 'API key of Comet. With it, runs are uploaded; without it, they are stored locally for make sync',
        secret: true,
      },
    },
    {
      slot: 'secret',
      key: 'COMET_API_KEY',
      value: { title: 'API key of Comet', environments: [...project.environments], readers: ['train'] },
    },
    {
      slot: 'make-env',
      key: 'COMET_DISABLE_AUTO_LOGGING',
      value: { value: '1', why: 'the client of Comet must not patch other libraries' },
    },
    {
      slot: 'make-env',
      key: 'COMET_ERROR_TRACKING_ENABLE',
      value: { value: 'false', why: 'disables the error reporting of Comet, which starts for a part of all runs' },
    },
    { slot: 'untyped', key: 'comet_ml.*', value: { why: 'the type annotations of Comet are incomplete' } },
    { slot: 'docs', key: 'docs/tools/comet.md', value: { title: 'Comet: offline and online runs' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'Comet', detail: 'runs', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.3 MB per run, most of it a copy of the package; in `.mlops/comet/` until you delete it',
        grows: 'with each registered run: one run per day adds 110 MB per year',
        elsewhere: 'seats, and stored GB above the plan: each run includes the packaged model',
      },
    },
    {
      slot: 'threat',
      key: 'The key of Comet is disclosed',
      value: {
        area: 'secrets',
        measure:
          'The key is in `.env` or in the secret store of the CI system, never in a config file. ' +
          'Only the step `register` receives it, as an environment variable',
        left: 'a personal key can write to all workspaces of its user: use a service account',
      },
    },
    {
      slot: 'threat',
      key: 'A run uploads confidential data',
      value: {
        area: 'permissions',
        measure:
          'Without a key, nothing is uploaded. With a key, parameters, metrics and the package are uploaded. ' +
          'The client collects no code, console output, host name or git patch, and its error reporting is off',
        left:
          'the package contains up to 5,000 reference rows of training data (`reference.parquet`): ' +
          'check your data policy',
      },
    },
  ],
  traces: ['comet_ml', 'CometTracker'],
  leftovers: [
    {
      what: 'runs in Comet, or in .mlops/comet',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the project in Comet, and run rm -r .mlops/comet in the repository',
    },
  ],
  tests: { 'tests/test_tracker_comet.py': { varies: ['modelFramework', 'trackerClient'] } },
});
