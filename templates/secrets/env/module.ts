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
    'Secrets are environment variables: from .env on this machine, from the store of CI or of the platform elsewhere.',
  docs: 'https://12factor.net/config',
  why: 'Every platform can set a variable, so nothing is asked of it, and no code knows where a value came from.',
  watch:
    'Whoever may look at a process sees its variables, and nobody keeps a record of who read one. Where that must be known, a store with roles and an audit is the next step.',
  status: 'active',
  home: '.env',
  reads: ['secret'],
  provides: { secretStore: true },
  moved: { 'src/__package__/secret_store.py': 'src/__package__/platform/secret_store.py' },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/tools/secrets.md',
      value: { title: 'Secrets: environment variables, and who sets them' },
    },
  ],
  traces: ['[Environment variables]('],
});
