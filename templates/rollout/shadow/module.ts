import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/shadow': true;
  }
  interface Capabilities {
    /** Deployments that send copies of requests to a new version. */
    shadowDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'shadow',
  title: 'Shadow',
  summary:
    'A new version receives copies of the requests. Callers get the answers of the champion, and the scores of both are compared.',
  docs: 'https://microsoft.github.io/code-with-engineering-playbook/automated-testing/shadow-testing/',
  why: 'A bad version affects no caller, so you can try a version of which you are not sure.',
  watch:
    'Each request is scored twice, so the service needs twice the CPU. The effect of a version on callers is not measured.',
  status: 'active',
  needs: {
    shadowDeployment: { everywhere: true, because: 'a router has to send a copy of each request to the new version' },
    localRollout: { because: 'its page names the commands that roll out on this machine' },
  },
  provides: { rolloutMethod: () => ({ title: 'Shadow', starts: 'copies', mode: 'shadow' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: copies of the requests first' } },
  ],
  traces: ['| rollout | [Shadow]('],
});
