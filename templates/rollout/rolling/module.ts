import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/rolling': true;
  }
  interface Capabilities {
    /** Deployments that replace their instances one after another. */
    rollingDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'rolling',
  title: 'Rolling',
  summary: 'Instances are replaced one after another, so that the capacity of the service stays the same.',
  docs: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html',
  why: 'It needs no second set of instances and no router, and it is the fastest rollout that keeps the service available.',
  watch: 'A new version receives requests as soon as its first instance is ready, without a test with a small share.',
  status: 'active',
  needs: {
    rollingDeployment: {
      everywhere: true,
      because: 'only instances can be replaced one after another',
    },
  },
  sees: {
    deployment: { many: true, because: 'its page names the commands that roll out and back' },
  },
  provides: { rolloutMethod: () => ({ title: 'Rolling', starts: 'instance' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: one instance after another' } },
  ],
  traces: ['| rollout | [Rolling]('],
});
