import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, venv } from '../../../test/e2e/page-session.ts';
import { must } from '../../../test/e2e/support.ts';

export default defineRow({
  commands: [
    {
      name:
        'starts the browser view of MLflow, which is not installed: its version is that of the client, ' +
        'which has the option',
      match: /^uvx --from 'mlflow==[\d.]+' mlflow ui --backend-store-uri \S+$/,
      check: (command, session) => {
        const version = /==([\d.]+)/.exec(command)![1]!;
        must(session.dir, `grep -q '"mlflow-skinny==${version}"' pyproject.toml`);
        expectText(must(session.dir, venv(session, 'python -m mlflow server --help')), /--backend-store-uri/, command);
      },
    },
  ],
});
