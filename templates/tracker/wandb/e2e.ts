import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({
  // Runs are recorded offline: the hosted registry of models is replaced by one on this machine.
  substituted: ['register'],
  programs: ['wandb'],
  environment: ['WANDB_'],
});
