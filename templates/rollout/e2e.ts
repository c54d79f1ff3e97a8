import { defineRow, type Session } from '../../test/e2e/module-row.ts';
import { foreground } from '../../test/e2e/page-classes.ts';
import { expectText, refusal } from '../../test/e2e/page-session.ts';
import { must } from '../../test/e2e/support.ts';

/**
 * Earlier commands of the pages can leave a champion that no candidate of the sample beats. A service serves all models,
 * so each of them gets a champion.
 */
function withOneVersion(session: Session): void {
  must(session.dir, 'rm -rf .mlops audit');
  const names = `from ${session.package}.platform import models; print(*models.names())`;
  for (const model of must(session.dir, `.venv/bin/python -c '${names}'`).trim().split(' '))
    must(session.dir, `make pipeline MODEL=${model}`);
}

/** The history that the other commands expect: two promotions, so that a rollback has a target. */
function withTwoVersions(session: Session): void {
  withOneVersion(session);
  must(session.dir, 'make pipeline VARIANT=fresh');
}

export default defineRow({
  commands: [
    {
      name: 'trains a version that waits: next to the version of the sample, with fewer labels',
      match: /^make candidate$/,
      check: (command, session) => {
        withOneVersion(session);
        expectText(must(session.dir, `${command} VARIANT=late`), /"waits": true/, command);
        withTwoVersions(session);
      },
    },
    {
      name: 'rolls versions out: next to the version of the sample',
      match: /^make demo-rollout$/,
      check: (command, session) => {
        withOneVersion(session);
        must(session.dir, command);
        withTwoVersions(session);
      },
    },
    {
      name: 'rolls a version out until it is stopped: the test trains one, sends a request and stops it',
      match: /^make roll-out$/,
      check: async (command, session) => {
        withOneVersion(session);
        must(session.dir, 'make candidate VARIANT=late');
        await foreground('http://127.0.0.1:8000/router/healthz')(command, session);
        withTwoVersions(session);
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
