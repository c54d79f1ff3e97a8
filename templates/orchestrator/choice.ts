import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    orchestrator: 'one';
  }
  interface Capabilities {
    /**
     * `pipelines/<module>` exports `run_training` and `session`. `standIn`: what runs it here, where the tool itself
     * cannot.
     * `task`: what runs in a container, where all of a run is one process.
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
 * A whole run as one command, to which `--model NAME` is added. `files`: what it reads of the repository's root, beside
 * `pipelines/`;
 * `variables`: its environment, where nothing but /tmp can be written. `place`: what of the tool runs where, for
 * people.
 */
export type PipelineTask = {
  readonly command: readonly string[];
  readonly files?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
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
