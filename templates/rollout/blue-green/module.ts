import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/blue-green': true;
  }
  interface Capabilities {
    /** Deployments that move all requests to a new version at once, and back. */
    blueGreenDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'blue-green',
  title: 'Blue-green',
  summary: 'A new version starts next to the champion and gets all requests at once. They return at once if it fails.',
  docs: 'https://martinfowler.com/bliki/BlueGreenDeployment.html',
  why: 'Callers never get answers of two versions at the same time, and the way back takes no start of a service.',
  watch:
    'A bad version answers all requests until it is noticed. Both versions run during the rollout, with twice the memory.',
  status: 'active',
  needs: {
    blueGreenDeployment: {
      everywhere: true,
      because: 'both versions run at the same time, and a router moves all requests at once',
    },
    localRollout: { because: 'its page names the commands that roll out on this machine' },
  },
  provides: { rolloutMethod: () => ({ title: 'Blue-green', starts: 'all', mode: 'blue-green' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: all requests at once' } },
  ],
  traces: ['| rollout | [Blue-green]('],
});
