import { join } from 'node:path';
import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText, refusal } from '../../../test/e2e/page-session.ts';
import { must, ROOT } from '../../../test/e2e/support.ts';

const ARGO = join(ROOT, '.tools/bin/argo');

export default defineRow({
  // The local walker executes the WorkflowTemplate.
  substituted: ['gate'],
  programs: ['kubectl', 'argo'],
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
});
