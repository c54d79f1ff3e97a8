import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText } from '../../../test/e2e/page-session.ts';
import { sh } from '../../../test/e2e/support.ts';

export default defineRow({
  commands: [
    {
      name: 'uploads to an account: without credentials the command names them; proofs upload to a server on loopback',
      match: /^make sync$/,
      check: (command, session) => {
        const { code, output } = sh(session.dir, command);
        if (code === 0) throw new Error(`${command} succeeded without credentials`);
        expectText(output, /^sync: set [A-Z_]+/m, command);
      },
    },
  ],
});
