import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Commands for the pipelines on this machine, where they have no cluster. `record`: the file of a run folder that
     * `retry` reads. The module `pipelines.<module of pipelineRunner>.run` has `retry(run_dir)`, which continues a
     * failed run, and `run_retraining(model, run_dir)`.
     */
    localPipeline: { readonly record: string };
  }
}

/** Commands for orchestrators that need a cluster: a failed run continued, and the retraining pipeline. */
export default definePart({
  onDemand: true,
  needs: { pipelineRunner: { because: 'the commands run its pipelines' } },
  provides: { localPipeline: () => ({ record: 'execution.json' }) },
});
