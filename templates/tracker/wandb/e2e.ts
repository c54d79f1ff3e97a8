import { defineRow } from '../../../test/e2e/module-row.ts';
import { dry, expectText, venv } from '../../../test/e2e/page-session.ts';
import { must, sh } from '../../../test/e2e/support.ts';

export default defineRow({
  // Runs are recorded offline: the hosted registry of models is replaced by one on this machine.
  substituted: ['register'],
  programs: ['wandb'],
  environment: ['WANDB_'],
  commands: [
    {
      name: 'synchronizes with an account: without a key the target names the variable, and the tool knows the options',
      match: /^make sync$/,
      check: (command, session) => {
        expectText(sh(session.dir, command).output, /set WANDB_API_KEY/, command);
        const options = [...dry(command, session).matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option!);
        const help = must(session.dir, venv(session, 'wandb sync --help'));
        for (const option of options) expectText(help, new RegExp(`${option}\\b`), command);
      },
    },
  ],
});
