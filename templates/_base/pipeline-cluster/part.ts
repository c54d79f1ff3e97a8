import { type Contribution, definePart } from '../../../src/core/contract.ts';
import type { ParsedStep } from '../pipeline/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A Kubernetes context and namespace that the user already has, as settings of an environment. `section`: the
     * section of `config/<env>.yaml`. `module`: the module of `<package>.platform` with `PipelineCluster`, through which
     * `make submit` calls kubectl. `sizes`: what the pod of a step requests, by the `size` of the step.
     */
    pipelineCluster: {
      readonly module: string;
      readonly section: string;
      readonly sizes: Readonly<Record<ParsedStep['size'], { readonly cpu: string; readonly memory: string }>>;
    };
  }
}

const sizes = { small: { cpu: '1', memory: '4Gi' }, large: { cpu: '2', memory: '8Gi' } };

/** Access to the cluster that runs the pipelines of an environment. `make submit` is the only command that uses it. */
export default definePart({
  onDemand: true,
  provides: { pipelineCluster: () => ({ module: 'cluster', section: 'cluster', sizes }) },
  contributes: ({ project }) => [
    ...project.environments.flatMap((environment): Contribution[] =>
      ['context', 'namespace', 'image'].map((key) => ({
        slot: 'config',
        key: `cluster.${key}`,
        value: null,
        environment,
      })),
    ),
    {
      slot: 'threat',
      key: 'A pipeline is submitted to the cluster of another environment',
      value: {
        area: 'permissions',
        measure:
          'Each access names the context and the namespace in `config/<env>.yaml`. The current context of kubectl is ' +
          'never used',
        left: 'the wrong context in the settings: use a context whose user may change that namespace only',
      },
    },
  ],
  tests: { 'tests/test_pipeline_cluster.py': { varies: [] } },
});
