import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineRow } from '../../../test/e2e/module-row.ts';
import { must } from '../../../test/e2e/support.ts';
import { OWN_FOLDER, PAST_WINDOW } from '../e2e.ts';

export default defineRow({
  observed: {
    order: {
      seen: 'The steps are calls, one after the other.',
      test: 'tests/test_pipeline.py::test_a_good_version_becomes_champion',
    },
    branch: {
      seen: 'A refused version is not promoted, and the run ends without an error.',
      test: 'tests/test_pipeline.py::test_a_rejected_version_is_not_promoted',
    },
    'failed step': {
      seen: 'The run ends with the error of the step.',
      test: 'tests/test_pipeline.py::test_bad_data_ends_the_run',
    },
    retry: { not: 'A call is not repeated. Steps are idempotent, so start the run again.' },
    'time limit': { not: 'All steps share one process.' },
    cache: OWN_FOLDER,
    'past window': PAST_WINDOW,
    notice: {
      seen: 'A failed run sends one notice with the step and its error.',
      test: 'tests/test_notices.py::test_a_run_that_fails_sends_one_notice',
    },
    resume: { not: 'A run has no record of its steps. Start it again.' },
  },
  schedule: {
    flags: '--orchestrator none',
    settings: [],
    // cron starts the line of the page: its command runs here, as cron runs it.
    known: ({ dir }, cron) => {
      const page = readFileSync(join(dir, 'docs/tools/pipeline.md'), 'utf8');
      const command = /```crontab\n *0 3 \* \* \* (.*)\n/.exec(page)?.[1];
      if (command === undefined) return undefined;
      must('/', `env -i HOME="$HOME" PATH=/usr/bin:/bin sh -c '${command.replaceAll('/srv/app', dir)}'`);
      return cron;
    },
  },
});
