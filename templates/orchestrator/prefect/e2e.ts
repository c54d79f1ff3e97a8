import { defineRow } from '../../../test/e2e/module-row.ts';

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
    'past window': {
      seen: 'A run with UNTIL trains on the rows that were known on that day. The gate refuses to replace a newer champion.',
      test: 'tests/test_windows.py::test_a_backfill_is_registered_and_does_not_replace_a_newer_champion',
    },
    notice: {
      seen: 'A failed run sends one notice with the step and its error.',
      test: 'tests/test_notices.py::test_a_run_that_fails_sends_one_notice',
    },
    resume: {
      seen: 'A second run in the folder of a failed one begins with the failed step.',
      test: 'tests/test_prefect_runs.py::test_a_second_run_in_a_folder_begins_with_the_failed_step',
    },
  },
});
