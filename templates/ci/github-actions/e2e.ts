import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineRow } from '../../../test/e2e/module-row.ts';
import { expectText } from '../../../test/e2e/page-session.ts';
import { must } from '../../../test/e2e/support.ts';

export default defineRow({
  programs: ['gh'],
  commands: [
    {
      name: 'sets a value in a GitHub account: the workflows read a value with that name',
      match: /^gh (?:secret|variable) (?:set|delete) \w+(?: --env \w+)?$/,
      check: (command, { dir }) => {
        const [, kind, , name] = command.split(' ');
        must(dir, `grep -rq '${kind === 'secret' ? 'secrets' : 'vars'}\\.${name}' .github`);
        const environment = / --env (\w+)/.exec(command)?.[1];
        if (environment) must(dir, `test -f config/${environment}.yaml`);
      },
    },
    {
      name: 'starts a workflow in a GitHub account: the workflow has these inputs',
      match: /^gh workflow run [\w.-]+( --field \w+=\S+)*$/,
      check: (command, { dir }) => {
        const workflow = readFileSync(join(dir, '.github/workflows', command.split(' ')[3]!), 'utf8');
        for (const [, field] of command.matchAll(/--field (\w+)=/g))
          expectText(workflow, new RegExp(`^ {6}${field}:`, 'm'), command);
      },
    },
  ],
});
