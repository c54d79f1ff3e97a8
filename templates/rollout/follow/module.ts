import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/follow': true;
  }
  interface Capabilities {
    /** Deployments in which the service follows the alias of the champion. */
    followingDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'follow',
  title: 'Follow the registry',
  summary: 'The service follows the alias of the champion and loads a promoted version without a restart.',
  docs: 'https://mlflow.org/docs/latest/ml/model-registry/',
  why: 'A promotion and a rollback take seconds, and nothing has to be deployed.',
  watch:
    'All requests reach a new version at once. Only the gate judges it before that, so watch a release with `make watch`.',
  status: 'active',
  needs: {
    inferenceServer: {
      where: ({ reload }) => reload === 'alias',
      because: 'the service loads a promoted version without a restart',
    },
    followingDeployment: {
      optional: true,
      everywhere: true,
      because: 'the service loads the version that the registry names',
    },
  },
  provides: { rolloutMethod: () => ({ title: 'Follow the registry', starts: 'all' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: the service follows the champion' } },
  ],
  traces: ['| rollout | [Follow the registry]('],
});
