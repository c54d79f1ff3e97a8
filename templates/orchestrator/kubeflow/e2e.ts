import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, refusal } from '../../../test/e2e/page-session.ts';
import { must } from '../../../test/e2e/support.ts';
import { PAST_WINDOW } from '../e2e.ts';

/** What `make schedule` sends to the API: its client writes the calls down. */
const CALLS = `
from unittest import mock
from pipelines.kubeflow import submit
client = mock.MagicMock()
client.list_recurring_runs.return_value.recurring_runs = []
with mock.patch.object(submit.Target, "client", lambda _: client), mock.patch.object(submit.Target, "configure"):
    submit.schedule()
for call in client.create_recurring_run.call_args_list:
    print(call.args[1], call.kwargs["cron_expression"], sep=": ")
`;

export default defineRow({
  programs: ['kubectl'],
  environment: ['KUBEFLOW_', 'KFP_', 'KF_PIPELINES_'],
  schedule: {
    flags: '--orchestrator kubeflow',
    settings: [
      { file: 'config/dev.yaml', key: 'cluster.context', value: 'a-context' },
      { file: 'config/dev.yaml', key: 'cluster.namespace', value: 'a-namespace' },
      { file: 'config/dev.yaml', key: 'cluster.image', value: 'registry.example/train:1' },
      { file: 'config/dev.yaml', key: 'artifacts.root', value: 's3://a-bucket/runs' },
      { file: 'config/dev.yaml', key: 'kubeflow.schedule', value: '<cron>' },
    ],
    known: ({ dir, model }) => {
      must(dir, 'make compile');
      const output = must(dir, `.venv/bin/python - <<'PY'${CALLS}PY`, { MLOPS_ENV: 'dev' });
      // Kubeflow begins with the seconds.
      return new RegExp(`^training ${model}: 0 (.*)$`, 'm').exec(output)?.[1];
    },
  },
  commands: [
    {
      name: 'needs a cluster: without one, it names what is missing',
      match: /^make (?:submit|schedule|retry-run) ENV=\w+(?: [A-Z_]+=\S+)*$/,
      check: (command, session) =>
        expectText(
          refusal(command, session, session.env),
          /submit: cluster\.context is not set|which run\? make retry-run/,
          command,
        ),
    },
  ],
  observed: {
    order: {
      seen: 'The compiled tasks depend on each other like the steps.',
      test: 'tests/test_pipeline.py::test_tasks_follow_each_other',
    },
    branch: {
      seen: 'For a refused version, the promotion is skipped and the run succeeds.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    'failed step': {
      seen: 'The run fails with the error of the step, and later components do not run.',
      test: 'tests/test_pipeline.py::test_a_failed_step_ends_the_run_with_its_message',
    },
    retry: {
      seen: 'The failed component is started again with growing delays until the attempts are exhausted.',
      test: 'tests/test_pipeline.py::test_a_retry_repeats_only_the_steps_that_did_not_succeed',
    },
    'time limit': {
      not: 'The local runner does not enforce it. The compiled definition has it as `activeDeadlineSeconds`.',
      source:
        'https://www.kubeflow.org/docs/components/pipelines/user-guides/core-functions/execute-kfp-pipelines-locally/',
    },
    cache: {
      seen: 'A repeated run reuses the results of components that succeeded.',
      test: 'tests/test_pipeline.py::test_a_retry_repeats_only_the_steps_that_did_not_succeed',
    },
    'past window': PAST_WINDOW,
    notice: {
      seen: 'The exit handler of a failed run sends one notice.',
      test: 'tests/test_notices.py::test_a_run_that_fails_sends_one_notice',
    },
    resume: {
      seen: 'A repeated run trains no second time, and continues with the promotion that had failed.',
      test: 'tests/test_pipeline.py::test_a_retry_repeats_only_the_steps_that_did_not_succeed',
    },
  },
});
