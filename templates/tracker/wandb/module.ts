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
  summary: 'Runs in Weights & Biases; without a key they are kept in files, and sent by make sync.',
  docs: 'https://docs.wandb.ai/models/track/',
  why: 'Comparing many runs is what its pages do best, and without a key runs are kept here until they are sent.',
  watch:
    'With a key, parameters, metrics and the packaged model leave the machine. Agree first whether they may, and where they are stored.',
  status: 'active',
  home: 'src/__package__/tracking/',
  provides: { trackerClient: () => ({ module: 'wandb', object: 'WandbTracker' }) },
  pins: {
    wandb: { version: '0.31.0', checked, groups: ['train'] },
  },
  contributes: ({ project }) => [
    { slot: 'config', key: 'tracking.project', value: project.name },
    { slot: 'config', key: 'tracking.entity', value: null },
    { slot: 'config', key: 'tracking.base_url', value: null },
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
        comment: 'Key of Weights & Biases: with it runs are sent, without it they are kept for make sync',
        secret: true,
      },
    },
    {
      slot: 'secret',
      key: 'WANDB_API_KEY',
      value: { title: 'Key of Weights & Biases', environments: [...project.environments], readers: ['train'] },
    },
    {
      slot: 'make-env',
      key: 'WANDB_MODE',
      value: { value: '', why: 'whether runs are sent is decided by WANDB_API_KEY alone' },
    },
    {
      slot: 'make-env',
      key: 'WANDB_ERROR_REPORTING',
      value: { value: 'false', why: 'Weights & Biases reports its errors to its makers unless told not to' },
    },
    { slot: 'docs', key: 'docs/tools/wandb.md', value: { title: 'Weights & Biases: runs, offline and sent' } },
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
        here: '0.35 MB a run, most of it a copy of the package; in `.mlops/wandb/` until it is sent and cleaned',
        grows: 'by each run that is registered: one a day is 130 MB a year',
        elsewhere: 'seats, and stored GB beyond the plan: the packaged model goes with every run',
      },
    },
    {
      slot: 'threat',
      key: 'The key of Weights & Biases is read',
      value: {
        area: 'secrets',
        measure:
          'It stands in `.env` or the secret store of CI, reaches the step `register` only by the environment, and is never in a config file',
        left: "a key is a person's and may write to all of their projects: use a service account",
      },
    },
    {
      slot: 'threat',
      key: 'Data leaves the company with a run',
      value: {
        area: 'permissions',
        measure: 'Without a key nothing is sent; with one, parameters, metrics and the package are',
        left: 'the package has up to 5,000 reference rows of training data (`reference.parquet`): agree where that may be stored',
      },
    },
  ],
  traces: ['wandb', 'Weights & Biases'],
  leftovers: [
    {
      what: 'runs in Weights & Biases, or in .mlops/wandb',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the project in Weights & Biases; rm -r .mlops/wandb here',
    },
  ],
});
