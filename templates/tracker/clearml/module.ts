import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/clearml': true;
  }
}

const checked = '2026-11-30';
const KEYS = [
  { name: 'CLEARML_API_ACCESS_KEY', title: 'Access key of ClearML' },
  { name: 'CLEARML_API_SECRET_KEY', title: 'Secret key of ClearML' },
];

export default defineModule({
  choice: 'tracker',
  id: 'clearml',
  title: 'ClearML',
  summary: 'Records runs in ClearML. Without keys, runs are stored in local archives until you run make sync.',
  docs: 'https://clear.ml/docs/latest/docs/fundamentals/task/',
  why: 'Its server is free software that you can run yourself, and its web UI compares runs with their tables and plots.',
  watch: 'With keys, parameters, metrics and the packaged model are uploaded. Check your data policy first.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: { offlineRuns: { because: 'runs that were recorded without a key are uploaded later' } },
  provides: { trackerClient: () => ({ module: 'clearml', object: 'ClearmlTracker' }) },
  pins: {
    clearml: { version: '2.1.12', checked, groups: ['train'] },
  },
  contributes: ({ project }) => [
    { slot: 'config', key: 'tracking.project', value: project.name },
    { slot: 'config', key: 'tracking.api_server', value: null },
    { slot: 'config', key: 'tracking.web_server', value: null },
    { slot: 'config', key: 'tracking.files_server', value: null },
    ...['local', ...project.environments].map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'tracking.folder',
        value: environment === 'local' ? '.mlops/clearml' : `.mlops/${environment}/clearml`,
        environment,
      }),
    ),
    ...KEYS.flatMap(({ name, title }): Contribution[] => [
      {
        slot: 'env',
        key: name,
        value: {
          default: '',
          comment: `${title}. With both, runs are uploaded; without them, they are stored locally for make sync`,
          secret: true,
        },
      },
      {
        slot: 'secret',
        key: name,
        value: { title, environments: [...project.environments], readers: ['train'] },
      },
    ]),
    { slot: 'untyped', key: 'clearml.*', value: { why: 'the type annotations of ClearML are incomplete' } },
    { slot: 'docs', key: 'docs/tools/clearml.md', value: { title: 'ClearML: offline and online runs' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'ClearML', detail: 'runs', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.3 MB per run, most of it a copy of the package; in `.mlops/clearml/` until you delete it',
        grows: 'with each registered run: one run per day adds 110 MB per year',
        elsewhere: 'seats, and stored GB above the plan: each run includes the packaged model',
      },
    },
    {
      slot: 'threat',
      key: 'The keys of ClearML are disclosed',
      value: {
        area: 'secrets',
        measure:
          'The keys are in `.env` or in the secret store of the CI system, never in a config file. ' +
          'Only the step `register` receives them, as environment variables',
        left: 'the keys of a user can write to all projects of the workspace: use a service account',
      },
    },
    {
      slot: 'threat',
      key: 'A run uploads confidential data',
      value: {
        area: 'permissions',
        measure:
          'Without keys, nothing is uploaded. With keys, parameters, metrics and the package are uploaded. ' +
          'The client collects no console output and no uncommitted code',
        left:
          'the package contains up to 5,000 reference rows of training data (`reference.parquet`): ' +
          'check your data policy',
      },
    },
  ],
  traces: ['clearml', 'ClearmlTracker'],
  leftovers: [
    {
      what: 'tasks in ClearML, or in .mlops/clearml',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the project in ClearML, and run rm -r .mlops/clearml in the repository',
    },
  ],
  tests: { 'tests/test_tracker_clearml.py': { varies: ['modelFramework', 'trackerClient'] } },
});
