import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({
  // The local walker executes the state machine.
  substituted: ['gate'],
  stop: {
    step: 'gate',
    path: 'pipelines/walking/walk.py',
    from: '            visit = Visit(node, number)\n',
    to:
      '            if node == "Gate":\n                raise TaskError("States.Runtime", "stopped")\n' +
      '            visit = Visit(node, number)\n',
  },
  observed: {
    order: {
      seen: 'The walker enters the states in the order of the steps.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    branch: {
      seen: 'A refused version ends in the state `Refused`, which is a success.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    'failed step': {
      seen: 'The error is caught, `Notify` runs, and the execution fails with the same error.',
      test: 'tests/test_pipeline.py::test_a_failed_step_is_caught_and_notified',
    },
    retry: {
      seen: 'A job that fails once is started again. Exhausted retries are caught.',
      test: 'tests/test_pipeline.py::test_a_step_that_fails_once_is_retried',
    },
    'time limit': {
      seen: 'The timeout of a state ends it, is caught and is not retried.',
      test: 'tests/test_walker.py::test_a_timeout_is_caught_and_not_retried',
    },
    cache: { not: 'Each run has its own folder. A step that reads files of another run would record a wrong lineage.' },
    'past window': {
      seen: 'A run with UNTIL trains on the rows that were known on that day. The gate refuses to replace a newer champion.',
      test: 'tests/test_windows.py::test_a_backfill_is_registered_and_does_not_replace_a_newer_champion',
    },
    notice: {
      seen: 'A failed execution publishes one message with the step and its error.',
      test: 'tests/test_pipeline.py::test_a_failed_step_is_caught_and_notified',
    },
    resume: {
      not: 'The walker does not resume. In an account, `redrive` continues an execution at the failed state.',
      source: 'https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html',
    },
  },
});
