import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The file of service levels, and the Python module that reads it. */
    serviceLevels: { readonly file: string; readonly module: string };
  }
}

/** The service levels of the predictions, defined once for all metrics and alerts. */
export default definePart({
  onDemand: true,
  provides: { serviceLevels: ({ project }) => ({ file: 'slo.yaml', module: `${project.package}.platform.slo` }) },
  owners: { 'slo.yaml': 'tuned' },
  moved: { 'src/__package__/slo.py': 'src/__package__/platform/slo.py' },
});
