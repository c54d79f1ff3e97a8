import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /** `pipelines/<module>` exports `run_training` and `session`. `standIn`: what runs it here, where the tool itself cannot. */
    pipelineRunner: { readonly module: string; readonly title: string; readonly standIn?: string };
  }
}

export default defineChoice({
  id: 'orchestrator',
  title: 'Orchestrator',
  question: 'What runs the training pipeline?',
  group: 'Training',
  order: 20,
  asked: 'first',
  takes: 'one',
  per: 'project',
  contract: ['pipelineRunner'],
  default: () => 'prefect',
});
