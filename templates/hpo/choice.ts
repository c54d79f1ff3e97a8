import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    hpo: 'one';
  }
  interface Capabilities {
    /**
     * A step that searches parameters before the model is trained. `output`: the output of the step that `train` reads,
     * a file in the format of `tuning/result.py`.
     */
    parameterSearch: { readonly output: string };
  }
}

export default defineChoice({
  id: 'hpo',
  title: 'Hyperparameter optimization',
  question: 'Which tool searches better parameters before a model is trained?',
  group: 'Training',
  order: 55,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: [],
  owes: ['docs', 'diagram-node'],
  default: () => 'none',
});
