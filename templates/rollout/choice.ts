import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    rollout: 'one';
  }
  interface Capabilities {
    /**
     * How a new version starts to receive requests: all of them, a share of the requests, those of a share of the
     * entities, those of the instances that are already replaced, or copies of requests. `mode` is how the router divides the requests; only
     * options with a router have it.
     */
    rolloutMethod: {
      readonly title: string;
      readonly starts: 'all' | 'share' | 'entities' | 'instance' | 'copies';
      readonly mode?: 'canary' | 'blue-green' | 'shadow' | 'ab';
    };
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
