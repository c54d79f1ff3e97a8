import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    cloud: 'one';
  }
  interface Capabilities {
    /**
     * Where data, models and runs are stored in the environments that are deployed. `scheme` as fsspec spells it;
     * `roots`: environment (`local` too, which is always a folder) -> folder or URI without a slash at its end, in
     * which
     * `${section.key}` stands for a setting of that environment.
     */
    artifactStore: { readonly scheme: 'file' | 's3' | 'gs' | 'abfs'; readonly roots: Readonly<Record<string, string>> };
    /** A cluster to deploy to; `ingress` is the class of its load balancer. */
    kubernetes: { readonly version: string; readonly ingress: string };
  }
}

export default defineChoice({
  id: 'cloud',
  title: 'Cloud',
  question: 'Which cloud does the system run on?',
  group: 'Infrastructure',
  order: 10,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: ['artifactStore'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'local',
});
