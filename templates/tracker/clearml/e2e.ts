import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({
  // Runs are recorded in archives on this machine.
  substituted: ['register'],
  environment: ['CLEARML_', 'TRAINS_'],
});
