import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, refusal } from '../../../test/e2e/page-session.ts';

export default defineRow({
  commands: [
    {
      name: 'needs a run that failed: after a successful one, it says so',
      match: /^make retry-pipeline$/,
      check: (command, session) => expectText(refusal(command, session), /pipeline: \S+ did not fail/, command),
    },
  ],
});
