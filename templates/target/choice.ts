import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    target: 'many';
  }
  interface Capabilities {
    /**
     * How a deployment is started and stopped. `rollout` is set if the deployment names its versions instead of
     * following the registry: the make targets that roll out accepted versions (with this commit, and with the current
     * image) and the previous champion, and the role of the CI job. The role is `deploy`, or `rollout`, which also has
     * the permissions of `apply`, if Terraform starts the rollout. `whileAsked`: the service runs and writes metrics
     * during requests only, so missing metrics are not a failure. `unreachable`: nothing can be scraped, because the
     * service runs in a network where no part of this repository collects its metrics, or has no port.
     */
    deployment: {
      readonly up: string;
      readonly down: string;
      readonly rollout?: {
        readonly deploy: string;
        readonly forward: string;
        readonly back: string;
        readonly role: 'deploy' | 'rollout';
      };
      readonly whileAsked?: true;
      readonly unreachable?: true;
    };
  }
}

export default defineChoice({
  id: 'target',
  title: 'Target',
  question: 'Where is the service deployed?',
  group: 'Serving',
  order: 100,
  asked: 'first',
  takes: 'many',
  per: 'project',
  contract: ['deployment'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => ['compose'],
});
