import { type Contribution, definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** Rollouts that a router on this machine carries out: the make targets that start and demonstrate them. */
    localRollout: { readonly start: string; readonly demo: string };
  }
}

/** The port of the router's metrics, next to that of the service. */
const METRICS_PORT = 9465;

/**
 * Rollouts on this machine: two versions of the service behind one port. Joins if no target has the chosen rollout
 * itself.
 */
export default definePart({
  onDemand: true,
  needs: {
    rollout: { because: 'the champion follows the result of the rollout' },
    rolloutMethod: { because: 'the router divides requests in the way that it describes' },
    router: { because: 'it divides the requests between the two versions' },
    inferenceServer: { because: 'the port of the service becomes the port of the router' },
    servingApp: { because: 'the demo of a rollout runs the application with a planted fault' },
  },
  provides: {
    abDeployment: true,
    blueGreenDeployment: true,
    canaryDeployment: true,
    shadowDeployment: true,
    localRollout: () => ({ start: 'roll-out', demo: 'demo-rollout' }),
  },
  contributes: (): Contribution[] => [
    {
      slot: 'docs',
      key: 'docs/tools/local-rollout.md',
      value: { title: 'Rollouts on this machine: the router, limits, later labels' },
    },
    {
      slot: 'port',
      key: String(METRICS_PORT),
      value: { name: 'metrics of the router', variable: 'MLOPS_ROLLOUT__METRICS_PORT' },
    },
  ],
  tests: {
    'tests/delivery/test_local_rollout.py': { varies: ['servingApp'] },
  },
});
