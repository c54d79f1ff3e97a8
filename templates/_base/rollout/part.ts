import { type Contribution, definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Promotion for deployments that name their versions: the module of the package to which a target passes its
     * rollout.
     */
    rollout: { readonly module: string };
  }
}

/**
 * A promotion starts a rollout, and the alias moves after the rollout succeeded. Joins if a target pins the version
 * that it serves, and for rollouts on one machine.
 */
export default definePart({
  onDemand: true,
  sees: {
    deployment: { many: true, because: 'a deployment that names its versions does not follow the alias' },
  },
  provides: { rollout: () => ({ module: 'rollout' }) },
  moved: { 'src/__package__/rollout.py': 'src/__package__/platform/rollout.py' },
  contributes: ({ project, cap }) => [
    ...project.environments.map(
      (environment): Contribution => ({
        slot: 'config',
        key: cap.deployment.some(({ rollout }) => rollout) ? 'rollout.pinned' : 'rollout.waits',
        value: true,
        environment,
      }),
    ),
    {
      slot: 'threat',
      key: 'A version that was taken back is served again',
      value: {
        area: 'data',
        measure:
          'The champion moves only when a rollout succeeds. The audit records versions that were taken back, ' +
          'and later deployments skip them',
        test: 'tests/delivery/test_rollout.py',
        left: 'a user who can deploy can select the version explicitly',
      },
    },
  ],
  tests: {
    'tests/delivery/test_rollout.py': {
      varies: ['artifactStore', 'deployment', 'modelFramework', 'registryClient', 'servingApp'],
    },
  },
});
