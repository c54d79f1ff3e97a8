import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/wandb': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'tracker',
  id: 'wandb',
  title: 'Weights & Biases',
  summary: 'Records runs in Weights & Biases. Without a key, runs are stored in local files until you run make sync.',
  docs: 'https://docs.wandb.ai/models/track/',
  why: 'Its web UI is strong at comparing many runs. Without a key, runs stay on your machine until you upload them.',
  watch: 'With a key, parameters, metrics and the packaged model are uploaded. Check your data policy first.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: { offlineRuns: { because: 'runs that were recorded without a key are uploaded later' } },
  provides: { trackerClient: () => ({ module: 'wandb', object: 'WandbTracker' }) },
  pins: {
    wandb: { version: '0.31.0', checked, groups: ['train'] },
  },
  contributes: ({ project }) => [
    { slot: 'config', key: 'tracking.project', value: project.name },
    { slot: 'config', key: 'tracking.entity', value: null },
    { slot: 'config', key: 'tracking.base_url', value: null },
    {
      slot: 'pytest-warning',
      key: 'ignore:Implicitly cleaning up .TemporaryDirectory:ResourceWarning',
      value: { why: 'Weights & Biases leaves the temporary folders of tables to the garbage collector' },
    },
    ...['local', ...project.environments].map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'tracking.folder',
        value: environment === 'local' ? '.mlops/wandb' : `.mlops/${environment}/wandb`,
        environment,
      }),
    ),
    {
      slot: 'env',
      key: 'WANDB_API_KEY',
      value: {
        default: '',
        comment:
          'API key of Weights & Biases. With it, runs are uploaded; without it, they are stored locally for make sync',
        secret: true,
      },
    },
    {
      slot: 'secret',
      key: 'WANDB_API_KEY',
      value: { title: 'API key of Weights & Biases', environments: [...project.environments], readers: ['train'] },
    },
    {
      slot: 'make-env',
      key: 'WANDB_MODE',
      value: { value: '', why: 'only WANDB_API_KEY decides whether runs are uploaded' },
    },
    {
      slot: 'make-env',
      key: 'WANDB_ERROR_REPORTING',
      value: { value: 'false', why: 'disables the error reporting of Weights & Biases' },
    },
    { slot: 'docs', key: 'docs/tools/wandb.md', value: { title: 'Weights & Biases: offline and online runs' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'Weights & Biases', detail: 'runs', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.35 MB per run, most of it a copy of the package; in `.mlops/wandb/` until you upload and delete it',
        grows: 'with each registered run: one run per day adds 130 MB per year',
        elsewhere: 'seats, and stored GB above the plan: each run includes the packaged model',
      },
    },
    {
      slot: 'threat',
      key: 'The key of Weights & Biases is disclosed',
      value: {
        area: 'secrets',
        measure:
          'The key is in `.env` or in the secret store of the CI system, never in a config file. ' +
          'Only the step `register` receives it, as an environment variable',
        left: 'a personal key can write to all projects of its user: use a service account',
      },
    },
    {
      slot: 'threat',
      key: 'A run uploads confidential data',
      value: {
        area: 'permissions',
        measure: 'Without a key, nothing is uploaded. With a key, parameters, metrics and the package are uploaded',
        left:
          'the package contains up to 5,000 reference rows of training data (`reference.parquet`): ' +
          'check your data policy',
      },
    },
  ],
  traces: ['wandb', 'Weights & Biases'],
  leftovers: [
    {
      what: 'runs in Weights & Biases, or in .mlops/wandb',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the project in Weights & Biases, and run rm -r .mlops/wandb in the repository',
    },
  ],
  tests: {
    'tests/test_tracker_wandb.py': { varies: ['modelFramework', 'trackerClient'] },
    'tests/test_wandb_sync.py': { varies: ['trackerClient'] },
  },
});
