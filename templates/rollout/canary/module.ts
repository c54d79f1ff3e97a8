import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/canary': true;
  }
  interface Capabilities {
    /** Deployments that send a share of the requests to a new version. */
    canaryDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'canary',
  title: 'Canary',
  summary:
    'A new version first receives a share of the requests. It gets all of them if errors and latency stay within limits.',
  docs: 'https://martinfowler.com/bliki/CanaryRelease.html',
  why: 'A bad version reaches few requests, and a rollout that fails is rolled back automatically.',
  watch:
    'During a rollout two versions answer, so equal rows can get different scores. A small share of few requests shows little.',
  status: 'active',
  needs: {
    canaryDeployment: { everywhere: true, because: 'a single service cannot divide requests between two versions' },
  },
  sees: {
    deployment: { many: true, because: 'its page names the commands that roll out and back' },
    localRollout: { because: 'its page names the commands that roll out on this machine' },
  },
  provides: { rolloutMethod: () => ({ title: 'Canary', starts: 'share', mode: 'canary' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: a share of the requests first' } },
  ],
  traces: ['| rollout | [Canary]('],
});
