import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Make targets that do for every model what a person does for one. `rollout`, where deployments name their
     * versions: the target
     * that rolls out what the gate accepted with the commit at hand, and the role of CI that may, likewise for
     * `promote` and the way back.
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

/** What every CI system calls, so that all of them do the same; it joins where one was chosen. */
export default definePart({
  onDemand: true,
  sees: { deployment: { many: true, because: 'if a deployment names its versions, a promotion is a rollout' } },
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
