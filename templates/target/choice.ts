import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    target: 'many';
  }
  interface Capabilities {
    /**
     * How a deployment is started and stopped. `rollout`, where it names its versions and does not follow the registry
     * by itself:
     * the make targets that roll out what waits, with this commit and with the image as it is, and the champion before;
     * and the role
     * of CI that may: `deploy`, or `rollout` where Terraform starts it, which may what `apply` may as well.
     * `whileAsked`: nothing of it runs, listens or says anything while nobody asks, so its silence is no fault and
     * nothing can be scraped.
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
