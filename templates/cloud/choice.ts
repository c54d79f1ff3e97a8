import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    cloud: 'one';
  }
  interface Capabilities {
    /**
     * Storage for data, models and runs in the deployed environments. `scheme` is the fsspec protocol. `roots` maps
     * each environment to a folder or URI without a trailing slash, in which `${section.key}` is replaced by a setting
     * of that environment. `local` is always a folder.
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
