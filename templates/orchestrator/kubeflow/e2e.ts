import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, refusal } from '../../../test/e2e/page-session.ts';

export default defineRow({
  programs: ['kubectl'],
  environment: ['KUBEFLOW_', 'KFP_', 'KF_PIPELINES_'],
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
});
