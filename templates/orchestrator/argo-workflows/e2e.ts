import { join } from 'node:path';
import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, refusal } from '../../../test/e2e/page-session.ts';
import { must, ROOT } from '../../../test/e2e/support.ts';
import { OWN_FOLDER, PAST_WINDOW } from '../e2e.ts';

const ARGO = join(ROOT, '.tools/bin/argo');

export default defineRow({
  // The local walker executes the WorkflowTemplate.
  substituted: ['gate'],
  programs: ['kubectl', 'argo'],
  schedule: {
    flags: '--orchestrator argo-workflows',
    settings: [
      { file: 'config/dev.yaml', key: 'cluster.context', value: 'a-context' },
      { file: 'config/dev.yaml', key: 'cluster.namespace', value: 'a-namespace' },
      { file: 'config/dev.yaml', key: 'cluster.image', value: 'registry.example/train:1' },
      { file: 'config/dev.yaml', key: 'artifacts.root', value: 's3://a-bucket/runs' },
      { file: 'config/dev.yaml', key: 'argo.schedule', value: '<cron>' },
    ],
    // There is no cluster: what `make schedule` would apply, which argo accepts.
    known: ({ dir, model }) => {
      const objects = must(dir, 'make -s manifests ENV=dev > manifests.yaml; cat manifests.yaml');
      must(dir, `${ARGO} lint --offline --strict manifests.yaml`);
      const own = objects.split(/^---$/m).find((text) => new RegExp(`name: \\S+-training-${model}$`, 'm').test(text));
      return /suspend: true/.test(own ?? '') ? undefined : /schedules:\n *- (.*)/.exec(own ?? '')?.[1];
    },
  },
  commands: [
    {
      name: 'needs a cluster: without one, it names the setting that is missing',
      match: /^make (?:submit|schedule|manifests) ENV=\w+(?: [A-Z]+=\S+)*$/,
      check: (command, session) =>
        expectText(refusal(command, session, session.env), /submit: cluster\.context is not set/, command),
    },
    {
      name: 'runs the pinned argo on the files of this repository',
      match: /^argo lint --offline --strict \S+$/,
      check: (command, { dir }) => void must(dir, command.replace(/^argo/, ARGO)),
    },
    {
      name: 'needs a cluster: the program knows the subcommand and its options',
      match: /^(?:argo|kubectl) (?:--\w+ <\w+> )*[a-z][a-z-]*\b/,
      check: (command, { dir }) => {
        const words = command.split(' ').filter((word) => !word.startsWith('<'));
        const [program] = words as [string];
        const verb = words.slice(1).find((word, index) => /^[a-z]/.test(word) && !words[index]?.startsWith('--x'))!;
        const path = program === 'argo' ? ARGO : program;
        const help = must(dir, `${path} ${verb} --help && (${path} options || ${path} --help)`);
        for (const option of words.filter((word) => word.startsWith('--')))
          expectText(help, new RegExp(option), command);
      },
    },
  ],
  observed: {
    order: {
      seen: 'The walker starts the tasks in the order of the steps.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    branch: {
      seen: 'For a refused version, the promotion is skipped and the workflow succeeds.',
      test: 'tests/test_pipeline.py::test_only_an_accepted_version_is_promoted',
    },
    'failed step': {
      seen: 'The workflow fails with the error of the step, and later tasks do not run.',
      test: 'tests/test_pipeline.py::test_a_failed_step_ends_the_run_with_its_message',
    },
    retry: {
      seen: 'A pod that dies is started again until the attempts are exhausted.',
      test: 'tests/test_pipeline.py::test_a_failed_run_is_continued_at_the_step_that_failed',
    },
    'time limit': {
      seen: 'The deadline of a pod ends its attempt, and the task is retried.',
      test: 'tests/test_walker.py::test_a_timeout_is_an_attempt_that_failed',
    },
    cache: { ...OWN_FOLDER, source: 'https://argo-workflows.readthedocs.io/en/latest/memoization/' },
    'past window': PAST_WINDOW,
    notice: {
      seen: 'The exit handler of a failed workflow sends a notice with the failed step.',
      test: 'tests/test_walker.py::test_a_failed_workflow_sends_a_notice_with_the_failed_step',
    },
    resume: {
      seen: 'A failed run continues with the task that failed.',
      test: 'tests/test_pipeline.py::test_a_failed_run_is_continued_at_the_step_that_failed',
    },
  },
});
