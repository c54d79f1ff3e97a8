import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `make sync` uploads the runs that a hosted tracker recorded without credentials. The tracker has the interface
     * `OfflineRuns` of `tracking/offline.py`.
     */
    offlineRuns: true;
  }
}

/** `make sync` for trackers that store runs locally until there are credentials. */
export default definePart({
  onDemand: true,
  provides: { offlineRuns: true },
  tests: { 'tests/test_offline_runs.py': { varies: [] } },
});
