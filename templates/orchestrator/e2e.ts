import { defineRow } from '../../test/e2e/module-row.ts';

export default defineRow({
  observes: ['order', 'branch', 'failed step', 'retry', 'time limit', 'cache', 'past window', 'notice', 'resume'],
});
