import { defineRow, type Session } from '../../../test/e2e/module-row.ts';
import { expectText } from '../../../test/e2e/page-session.ts';
import { must } from '../../../test/e2e/support.ts';
import { OWN_FOLDER, PAST_WINDOW } from '../e2e.ts';

/** The program knows the subcommand and its options. */
function verify(command: string, { dir }: Session): void {
  const words = command.split(' ');
  const first = words.findIndex((word) => word.startsWith('-') || word.startsWith('<'));
  // `dags unpause <dag>`: the third word is a value.
  const verb = words.slice(0, Math.min(first < 0 ? 2 : first, 2)).join(' ');
  const help = must(dir, `environments/airflow/.venv/bin/airflow ${verb} --help`);
  for (const option of words.filter((word) => word.startsWith('--'))) expectText(help, new RegExp(option), command);
}

export default defineRow({
  schedule: {
    flags: '--orchestrator airflow',
    settings: [{ file: 'config/local.yaml', key: 'airflow.schedule', value: '<cron>' }],
    known: ({ dir, model }) => {
      must(dir, 'make airflow COMMAND="dags reserialize"');
      const output = must(
        dir,
        `make -s airflow COMMAND="dags details ${model.replaceAll('-', '_')}_training --output json"`,
      );
      return /"timetable_summary": "([^"]+)"/.exec(output.replaceAll(/\s+/g, ' '))?.[1];
    },
  },
  programs: ['airflow', 'kubectl'],
  environment: ['AIRFLOW_'],
  commands: [
    {
      name: 'asks the database of Airflow: the test asks it too',
      match: /^make airflow COMMAND="dags list"$/,
      check: (command, { dir }) => expectText(must(dir, command), /_training/, command),
    },
    {
      name: 'needs a running Airflow: the program knows the subcommand and its options',
      match: /^(?:make airflow COMMAND="[^"]+"|airflow [a-z][^"]*)$/,
      check: (command, session) => verify(/"(.+)"/.exec(command)?.[1] ?? command.replace(/^airflow /, ''), session),
    },
    {
      name: 'needs a cluster: kubectl knows the subcommand and its options',
      match: /^kubectl (?:--\w+ <\w+> )+[a-z]/,
      check: (command, { dir }) => {
        const words = command.split(' ').slice(1);
        const verb = words.find((word, index) => /^[a-z]/.test(word) && !words[index - 1]?.startsWith('--'))!;
        const what = words[words.indexOf(verb) + 1]!.replace(/^-.*/, '');
        const help = must(dir, `kubectl ${verb} ${what} --help && kubectl options`);
        for (const option of words.filter((word) => word.startsWith('--')))
          expectText(help, new RegExp(`${option}\\b`), command);
      },
    },
  ],
  observed: {
    order: {
      seen: 'Each task is followed by the next step.',
      test: 'tests/test_pipeline.py::test_steps_are_tasks_in_order_with_limits',
    },
    branch: {
      seen: 'For a refused version, the promotion is skipped and the run succeeds.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    'failed step': {
      seen: 'The run fails with the error of the step, and later tasks do not run.',
      test: 'tests/test_pipeline.py::test_a_step_is_retried_and_the_last_failure_is_named',
    },
    retry: {
      seen: 'A step whose process died succeeds in its second attempt.',
      test: 'tests/test_pipeline.py::test_a_step_is_retried_and_the_last_failure_is_named',
    },
    'time limit': {
      seen: 'The end of a task ends its step and the children of the step.',
      test: 'tests/test_step_operator.py::test_the_end_of_a_task_ends_the_step_with_its_children',
    },
    cache: OWN_FOLDER,
    'past window': PAST_WINDOW,
    notice: {
      seen: 'A failed run sends one notice. An attempt that is repeated sends none.',
      test: 'tests/test_pipeline.py::test_a_step_is_retried_and_the_last_failure_is_named',
    },
    resume: { seen: 'After its failed task was cleared, a run continued in its folder.', byHand: '2026-11-29' },
  },
});
