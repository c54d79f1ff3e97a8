import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    rollout: 'one';
  }
  interface Capabilities {
    /**
     * How a new version starts to receive requests: all of them, a share of the requests, or those of the instances
     * that are already replaced.
     */
    rolloutMethod: { readonly title: string; readonly starts: 'all' | 'share' | 'instance' };
  }
}

export default defineChoice({
  id: 'rollout',
  title: 'Rollout',
  question: 'How does a new version reach the service?',
  group: 'Serving',
  order: 105,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['rolloutMethod'],
  owes: ['docs'],
  default: () => 'follow',
  // A target that names its versions cannot follow the registry.
  fallbacks: ['canary'],
});
