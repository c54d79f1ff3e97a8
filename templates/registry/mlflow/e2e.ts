import { defineRow } from '../../../test/e2e/module-row.ts';
import { foreground } from '../../../test/e2e/page-classes.ts';
import { dry } from '../../../test/e2e/page-session.ts';

export default defineRow({
  programs: ['mlflow'],
  environment: ['MLFLOW_'],
  commands: [
    {
      name: 'runs until it is stopped (web UI of MLflow): the test starts it, sends a request and stops it',
      match: /^make mlflow-ui$/,
      // The first start downloads the server.
      check: foreground('http://127.0.0.1:5001/health', 300),
    },
    {
      name: 'names an environment of the reader (web UI of MLflow): its recipe parses',
      match: /^make mlflow-ui ENV=<env>$/,
      check: (command, session) => void dry(command.replace('<env>', 'local'), session),
    },
  ],
});
