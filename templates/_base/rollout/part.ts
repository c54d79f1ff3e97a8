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
 * that it serves.
 */
export default definePart({
  onDemand: true,
  provides: { rollout: () => ({ module: 'rollout' }) },
  moved: { 'src/__package__/rollout.py': 'src/__package__/platform/rollout.py' },
  contributes: ({ project }) => [
    ...project.environments.map(
      (environment): Contribution => ({ slot: 'config', key: 'rollout.pinned', value: true, environment }),
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
        left: 'a user who can deploy can select the version explicitly with `CHALLENGER=`',
      },
    },
  ],
  tests: {
    'tests/delivery/test_rollout.py': {
      varies: ['artifactStore', 'deployment', 'modelFramework', 'registryClient', 'servingApp'],
    },
  },
});
