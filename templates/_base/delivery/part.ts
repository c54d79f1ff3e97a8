import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * For runbooks: the commands that take the last promotion in the last environment back, a line each, and the
     * sentence that says what they do.
     */
    takeBack: { readonly commands: string; readonly outcome: string };
  }
}

/** The way of a version from one environment to the next: the same files, judged there, watched, taken back. */
export default definePart({
  needs: {
    deployment: { take: 'all', because: 'the page says who takes over what was promoted' },
    artifactStore: { because: 'the page says what a store in a folder means for a promotion' },
    ciSystem: { because: 'the page says what runs by itself' },
    everyModel: { take: 'any', because: 'the page names what the CI system calls' },
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
            ? 'The version before is rolled out; once that has ended well, the champion moves back to it, with an audit record.'
            : 'It moves the champion back to the version before and leaves an audit record; the service follows by itself.',
      };
    },
  },
  moved: { 'src/__package__/delivery.py': 'src/__package__/platform/delivery.py' },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/delivery.md',
      value: { title: 'Delivery: a version on its way to the last environment' },
    },
    { slot: 'env', key: 'SERVICE_URL', value: { default: '', comment: 'The deployed service that make watch asks.' } },
  ],
  tests: {
    'tests/delivery/test_delivery.py': {
      varies: ['artifactStore', 'deployment', 'registryClient', 'servingApp', 'wireProtocol'],
    },
  },
});
