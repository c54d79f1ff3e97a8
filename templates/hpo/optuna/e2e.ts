import { defineRow } from '../../../test/e2e/module-row.ts';
import { run, trains } from '../../../test/e2e/page-session.ts';

export default defineRow({
  commands: [
    {
      name: 'searches on the training rows of the newest run, so that a run comes first',
      match: /^make tune$/,
      check: (command, session) => {
        trains('make pipeline', session);
        run(command, session);
      },
    },
  ],
});
