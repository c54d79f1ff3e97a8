import { defineRow } from '../../../test/e2e/module-row.ts';
import { start } from '../../../test/e2e/page-session.ts';
import { answers, freePort, stop } from '../../../test/e2e/processes.ts';
import { must } from '../../../test/e2e/support.ts';
import { PAST_WINDOW } from '../e2e.ts';

type Deployment = { readonly schedules: readonly { readonly schedule: { readonly cron: string } }[] };

export default defineRow({
  programs: ['prefect'],
  environment: ['PREFECT_'],
  observed: {
    order: {
      seen: 'The server records the tasks and their edges in the order of the steps.',
      test: 'tests/test_pipeline.py::test_runs_are_recorded_with_their_edges',
    },
    branch: {
      seen: 'For a refused version, the task of the promotion does not run.',
      test: 'tests/test_pipeline.py::test_runs_are_recorded_with_their_edges',
    },
    'failed step': {
      seen: 'The run ends with the error of the step. Invalid rows are not retried.',
      test: 'tests/test_pipeline.py::test_runs_are_recorded_with_their_edges',
    },
    retry: {
      seen: 'A lost connection is retried, and the run succeeds without a notice.',
      test: 'tests/test_prefect_runs.py::test_a_connection_error_is_retried',
    },
    'time limit': {
      seen: 'A task that takes too long ends the run.',
      test: 'tests/test_prefect_runs.py::test_a_step_that_takes_too_long_ends_the_run_with_a_notice',
    },
    cache: {
      seen: 'A second run in the same folder repeats only steps with effects outside it.',
      test: 'tests/test_prefect_runs.py::test_a_finished_run_repeats_only_steps_with_effects_outside_its_folder',
    },
    'past window': PAST_WINDOW,
    notice: {
      seen: 'A failed run sends one notice with the step and its error.',
      test: 'tests/test_notices.py::test_a_run_that_fails_sends_one_notice',
    },
    resume: {
      seen: 'A second run in the folder of a failed one begins with the failed step.',
      test: 'tests/test_prefect_runs.py::test_a_second_run_in_a_folder_begins_with_the_failed_step',
    },
  },
  schedule: {
    flags: '--orchestrator prefect',
    settings: [{ file: 'config/local.yaml', key: 'prefect.schedule', value: '<cron>' }],
    known: async (session) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/api`;
      const recipe = must(session.dir, 'make -n orchestrator-ui').replace('4200', String(port));
      const server = start(recipe, session);
      let worker: ReturnType<typeof start> | undefined;
      try {
        await answers(`${url}/health`, 90);
        worker = start(`MLOPS_PREFECT__API_URL=${url} make orchestrator-serve`, session);
        for (
          const until = Date.now() + 90_000;
          Date.now() < until;
          await new Promise((done) => setTimeout(done, 500))
        ) {
          const response = await fetch(`${url}/deployments/name/training/${session.model}`);
          if (response.ok) return ((await response.json()) as Deployment).schedules[0]?.schedule.cron;
        }
        return undefined;
      } finally {
        await stop(worker);
        await stop(server);
      }
    },
  },
});
