import { defineRow } from '../../../test/e2e/module-row.ts';
import { withCollector, withService } from '../../../test/e2e/page-classes.ts';
import { expectText } from '../../../test/e2e/page-session.ts';
import { hasTool, must } from '../../../test/e2e/support.ts';

export default defineRow({
  programs: ['promtool', 'amtool'],
  commands: [
    {
      name: 'queries Prometheus: the test starts it with the generated configuration',
      match: /^curl .*127\.0\.0\.1:9090/,
      check: async (command, session) => {
        if (!hasTool('prometheus')) throw new Error('prometheus is not installed; run scripts/ci-tools.sh');
        await withService(session);
        await withCollector(session);
        expectText(must(session.dir, command), /"status":"success"/, command);
        session.collected = true;
      },
    },
  ],
});
