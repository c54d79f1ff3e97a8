import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'secrets/env': true;
  }
}

export default defineModule({
  choice: 'secrets',
  id: 'env',
  title: 'Environment variables',
  summary:
    'Secrets are environment variables: from .env on your machine, and from the secret store of CI or the ' +
    'platform elsewhere.',
  docs: 'https://12factor.net/config',
  why: 'Every platform can set environment variables, and the code does not depend on their source.',
  watch:
    'Users who can inspect a process can read its variables, and access is not logged. ' +
    'If you need access control and an audit log, choose a secret store.',
  status: 'active',
  home: '.env',
  reads: ['secret'],
  provides: { secretStore: true },
  moved: { 'src/__package__/secret_store.py': 'src/__package__/platform/secret_store.py' },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/tools/secrets.md',
      value: { title: 'Secrets: environment variables and their sources' },
    },
  ],
  exempt: {
    cost: 'no service is added',
    threat: 'the rows about `.env` are part of every stack',
    leftovers: '`.env` belongs to the stack, not to this option',
  },
  traces: ['[Environment variables]('],
  tests: {
    'tests/test_secret_store.py': { varies: ['secretStore'] },
  },
});
