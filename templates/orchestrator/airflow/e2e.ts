import { join } from 'node:path';
import { defineRow, type Session } from '../../../test/e2e/module-row.ts';
import { expectText } from '../../../test/e2e/page-session.ts';
import { must, ROOT } from '../../../test/e2e/support.ts';

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
  programs: ['airflow'],
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
      name: 'generates a repository: the test generates it with the local build',
      match: /^npm init mlops-stack\b/,
      check: (command) => {
        const flags = command.replace(/^npm init mlops-stack (\S+) -- /, '');
        must('/', `cd "$(mktemp -d)" && node ${join(ROOT, 'dist/bin.js')} a-stack ${flags} --no-git`);
      },
    },
  ],
});
