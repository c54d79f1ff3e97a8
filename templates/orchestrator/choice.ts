import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    orchestrator: 'one';
  }
  interface Capabilities {
    /**
     * `pipelines/<module>` exports `run_training` and `session`. `standIn`: what runs the pipeline locally if the tool
     * cannot. `task`: the command that runs in a container, if a whole run is one process.
     */
    pipelineRunner: {
      readonly module: string;
      readonly title: string;
      readonly standIn?: string;
      readonly task?: PipelineTask;
    };
  }
}

/**
 * A whole run as one command, to which `--model NAME` is added. `files`: files in the repository root that it reads, in
 * addition to `pipelines/`. `variables`: its environment variables; only /tmp is writable. `environments`: the virtual
 * environments that it uses in addition to the shared one. `place`: a description of which part of the tool runs where.
 */
export type PipelineTask = {
  readonly command: readonly string[];
  readonly files?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly environments?: readonly string[];
  readonly place: string;
};

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
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'prefect',
});
