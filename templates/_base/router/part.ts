import { type Contribution, definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * The process that divides the requests between two versions of the service: `python -m <module> --config <file>`.
     * It speaks HTTP only, so that every server works behind it.
     */
    router: { readonly module: string; readonly port: number; readonly metricsPort: number };
  }
}

const checked = '2026-11-29';

/** Two versions of the service behind one port: the split, the judgment of the candidate and its report. */
export default definePart({
  onDemand: true,
  provides: {
    router: ({ project }) => ({ module: `${project.package}.router`, port: 8080, metricsPort: 9090 }),
  },
  pins: {
    aiohttp: { version: '3.14.5', checked, groups: ['serve'], imports: ['aiohttp', 'multidict', 'yarl'] },
    orjson: { version: '3.13.0', checked, groups: ['serve'] },
    'prometheus-client': { version: '0.26.0', checked, groups: ['serve'], imports: ['prometheus_client'] },
  },
  contributes: (): Contribution[] => [
    {
      slot: 'threat',
      key: 'A bad version answers many requests before it is noticed',
      value: {
        area: 'data',
        measure:
          'A rollout starts with a share of the requests. The router rolls a version back by itself if errors, ' +
          'latency, scores or the losses of later labels exceed their limits',
        test: 'tests/router/test_router.py',
        left: 'a fault that none of these numbers shows reaches all requests',
      },
    },
  ],
});
