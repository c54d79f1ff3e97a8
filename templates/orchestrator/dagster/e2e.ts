import { defineRow } from '../../../test/e2e/module-row.ts';
import { must } from '../../../test/e2e/support.ts';
import { OWN_FOLDER } from '../e2e.ts';

export default defineRow({
  programs: ['dagster'],
  environment: ['DAGSTER_'],
  observed: {
    order: {
      seen: 'The assets of each model depend on each other like the steps.',
      test: 'tests/test_pipeline.py::test_assets_and_edges_of_each_model',
    },
    branch: {
      seen: 'For a refused version, the assets after the approval are skipped.',
      test: 'tests/test_pipeline.py::test_runs_follow_the_gate',
    },
    'failed step': {
      seen: 'A failed check of the rows ends the run before an asset is built from them.',
      test: 'tests/test_pipeline.py::test_runs_follow_the_gate',
    },
    retry: {
      seen: 'A step that fails once is started again.',
      test: 'tests/test_dagster_runs.py::test_a_step_that_fails_once_is_retried_after_a_delay',
    },
    'time limit': {
      not: 'Steps share one process. The daemon stops a run after the limit in its tag, which was not run here.',
      source: 'https://docs.dagster.io/deployment/execution/run-monitoring',
    },
    cache: OWN_FOLDER,
    'past window': {
      seen: 'The partition of a past day trains on its window, and the promotion is skipped.',
      test: 'tests/test_dagster_runs.py::test_a_partition_trains_on_its_window_and_does_not_replace_the_champion',
    },
    notice: {
      seen: 'A failed run sends one notice with the step and its error.',
      test: 'tests/test_pipeline.py::test_a_failed_run_of_the_ui_sends_a_notice',
    },
    resume: {
      seen: 'A re-execution from failure begins with the failed step, in the folder of the first run.',
      test: 'tests/test_dagster_runs.py::test_a_reexecution_begins_with_the_failed_step',
    },
  },
  schedule: {
    flags: '--orchestrator dagster',
    settings: [{ file: 'config/local.yaml', key: 'dagster.schedule', value: '<cron>' }],
    known: ({ dir, model }) => {
      // DAGSTER_HOME is the folder of the runs, as for the commands of make.
      const list = `print-%: ; @$(RUN) dagster schedule list -m pipelines.dagster.definitions`;
      const output = must(dir, `make -s --eval='${list}' print-schedules`);
      const own = output.split(/^Schedule: /m).find((part) => part.startsWith(`${model.replaceAll('-', '_')}_`));
      if (own === undefined) throw new Error(`no schedule of ${model}: ${output}`);
      return /Cron Schedule: (.*)/.exec(own)?.[1];
    },
  },
});
