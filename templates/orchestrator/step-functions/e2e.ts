import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineRow } from '../../../test/e2e/module-row.ts';
import { OWN_FOLDER, PAST_WINDOW } from '../e2e.ts';

const ROOT = 'infra/terraform';

export default defineRow({
  schedule: {
    flags: '--cloud aws --orchestrator step-functions',
    settings: [{ file: `${ROOT}/envs/dev.tfvars`, key: 'pipeline_schedule', value: '<cron>' }],
    cron: 'cron(17 4 ? * 2 *)',
    // There is no account: the plan of Terraform with its mock of the provider.
    known: async ({ dir, model }, cron) => {
      // It imports vitest, which exists only in a test. `npm run prove` reads this file without one.
      const { startProvider, terraform } = await import('../../../test/e2e/terraform-support.ts');
      const own = join(dir, ROOT, 'tests/own_schedule.tftest.hcl');
      const mocks = readFileSync(join(dir, ROOT, 'tests/training.tftest.hcl'), 'utf8').split(/^run /m)[0]!;
      const schedule = `aws_scheduler_schedule.training["${model}"].schedule_expression`;
      writeFileSync(
        own,
        `${mocks}run "schedule" {\n  command = plan\n  assert {\n    condition     = ${schedule} == "${cron}"\n` +
          `    error_message = "the schedule is different"\n  }\n}\n`,
      );
      const provider = await startProvider(dir);
      try {
        const words = ['test', '-var-file=envs/dev.tfvars', '-filter=tests/own_schedule.tftest.hcl'];
        const { code, output } = await terraform(join(dir, ROOT), words, provider.env);
        if (code === 0 && /Success! 1 passed/.test(output)) return cron;
        if (/the schedule is different/.test(output)) return undefined;
        throw new Error(output);
      } finally {
        provider.stop();
      }
    },
  },
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
    cache: OWN_FOLDER,
    'past window': PAST_WINDOW,
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
