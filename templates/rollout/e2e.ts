import { defineRow } from '../../test/e2e/module-row.ts';
import { foreground } from '../../test/e2e/page-classes.ts';
import { expectText, refusal } from '../../test/e2e/page-session.ts';
import { must } from '../../test/e2e/support.ts';

export default defineRow({
  commands: [
    {
      name: 'rolls a version out until it is stopped: the test trains one, sends a request and stops it',
      match: /^make roll-out$/,
      check: (command, session) => {
        must(session.dir, 'make candidate VARIANT=late');
        return foreground('http://127.0.0.1:8000/router/healthz')(command, session);
      },
    },
    {
      name: 'rolls a version out in another environment: without one, it reports that none waits',
      match: /^make roll-out ENV=\w+$/,
      check: (command, session) =>
        expectText(refusal(command, session, session.env), /roll-out: .*no (?:version|champion)/, command),
    },
    {
      name: 'needs a rollout and labels: without them, it names what is missing',
      match: /^make outcomes(?: LABELS=<table>)?$/,
      check: (command, session) =>
        expectText(
          refusal(command.replace('<table>', 'labels.csv'), session, session.env),
          /which table\?|no rollout of|labels\.csv/,
          command,
        ),
    },
  ],
});
