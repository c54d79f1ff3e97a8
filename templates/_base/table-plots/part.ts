import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** `tracking/plots.py` draws the tables of a run as images, for trackers that draw no tables themselves. */
    tablePlots: true;
  }
}

/** Plots of the tables of a run as SVG images, without a plotting library. */
export default definePart({
  onDemand: true,
  provides: { tablePlots: true },
  tests: { 'tests/test_table_plots.py': { varies: [] } },
});
