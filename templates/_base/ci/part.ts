import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Make targets that perform a user's task for every model. `rollout`, if deployments name their versions: the
     * target that rolls out the accepted version of the current commit, and the role that permits CI to do so.
     * `promote` and the rollback have the same fields.
     */
    everyModel: {
      readonly pipeline: string;
      readonly drift: string;
      readonly retrain: string;
      readonly promote: string;
      readonly rollout?: { readonly target: string; readonly role: 'deploy' | 'rollout' };
    };
  }
}

/** The Make targets that every CI system calls, so that all of them do the same. Joins if a CI system was chosen. */
export default definePart({
  onDemand: true,
  needs: {
    inferenceServer: {
      where: ({ pin }) => pin === 'variable',
      because: 'CI serves the versions of an environment on its own machine, and names them in `serving.pinned`',
    },
  },
  sees: {
    ciSystem: { because: 'in a subfolder of a git repository, its files are copied to the root' },
    deployment: { many: true, because: 'if a deployment names its versions, a promotion is a rollout' },
    localRollout: { because: 'a released version waits for a rollout on the machine of the service' },
  },
  provides: {
    everyModel: ({ cap }) => {
      const roles = cap.deployment.flatMap(({ rollout }) => (rollout ? [rollout.role] : []));
      const rollout = { target: 'ci-deploy', role: roles.find((role) => role === 'rollout') ?? 'deploy' } as const;
      return {
        pipeline: 'ci-pipeline',
        drift: 'ci-drift',
        retrain: 'ci-retrain',
        promote: 'ci-promote',
        ...(roles.length > 0 ? { rollout } : {}),
      };
    },
  },
});
