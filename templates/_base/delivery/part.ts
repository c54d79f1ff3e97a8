import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * For runbooks: the commands that undo the last promotion in the last environment, one per line, and a sentence
     * that describes them.
     */
    takeBack: { readonly commands: string; readonly outcome: string };
  }
}

/** Moves a version from one environment to the next: the same files, evaluated there, monitored, rolled back. */
export default definePart({
  needs: {
    artifactStore: { because: 'the delivery page describes what a local store means for a promotion' },
    ciSystem: { because: 'the delivery page links to the page of the CI system' },
  },
  sees: {
    deployment: { many: true, because: 'the delivery page describes how each deployment follows a promotion' },
    everyModel: { because: 'the delivery page names the make targets that the CI system calls' },
    localRollout: { because: 'versions wait for a rollout on the machine of the service' },
  },
  provides: {
    takeBack: ({ project, cap }) => {
      const rollouts = cap.deployment.flatMap(({ rollout }) => (rollout ? [rollout.back] : []));
      const targets = rollouts.length > 0 ? rollouts : ['rollback'];
      return {
        commands: targets
          .map((target) => `make ${target} MODEL=${project.models[0]!.name} ENV=${project.environments.at(-1)!}`)
          .join('\n'),
        outcome:
          rollouts.length > 0
            ? 'The command rolls out the previous version. When the rollout succeeds, ' +
              'the champion moves back to that version, with an audit record.'
            : 'The command moves the champion back to the previous version and writes an audit record. ' +
              'The service follows automatically.',
      };
    },
  },
  moved: { 'src/__package__/delivery.py': 'src/__package__/platform/delivery.py' },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/delivery.md',
      value: { title: 'Delivery: release, watch and roll back a version' },
    },
    {
      slot: 'env',
      key: 'SERVICE_URL',
      value: { default: '', comment: 'Address of the deployed service, for make watch.' },
    },
  ],
  tests: {
    'tests/delivery/test_delivery.py': {
      varies: ['artifactStore', 'deployment', 'inferenceServer', 'registryClient', 'wireProtocol'],
    },
  },
});
