import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'tracker',
  id: 'wandb',
  title: 'Weights & Biases',
  summary: 'Runs in Weights & Biases; without a key they are kept in files, and sent by make sync.',
  docs: 'https://docs.wandb.ai/models/track/',
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
    ...['local', ...project.environments].map((environment) => ({
      slot: 'config',
      key: 'tracking.folder',
      value: environment === 'local' ? '.mlops/wandb' : `.mlops/${environment}/wandb`,
      environment,
    })),
    { slot: 'env', key: 'WANDB_API_KEY', value: { default: '', comment: 'Key of Weights & Biases: with it runs are sent, without it they are kept for make sync', secret: true } },
    { slot: 'secret', key: 'WANDB_API_KEY', value: { title: 'Key of Weights & Biases', environments: [...project.environments], readers: ['train'] } },
    { slot: 'make-env', key: 'WANDB_MODE', value: { value: '', why: 'whether runs are sent is decided by WANDB_API_KEY alone' } },
    { slot: 'make-env', key: 'WANDB_ERROR_REPORTING', value: { value: 'false', why: 'Weights & Biases reports its errors to its makers unless told not to' } },
    { slot: 'docs', key: 'docs/tools/wandb.md', value: { title: 'Weights & Biases: runs, offline and sent' } },
  ],
  traces: ['wandb', 'Weights & Biases'],
  leftovers: [{ what: 'runs in Weights & Biases, or in .mlops/wandb', carry: 'make export-champion before the swap, make import-champion after it', remove: 'delete the project in Weights & Biases; rm -r .mlops/wandb here' }],
});
