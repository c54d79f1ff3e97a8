import { defineChoice } from '../../src/core/contract.ts';

/** Facts about a task that the files of a model are rendered from. */
export type ModelTask = {
  /**
   * What `predict` of `model.py` returns for n rows: `probability`: (n,) of the positive class. `probabilities`: (n, k)
   * of k classes. `value`: (n,) numbers.
   */
  readonly predicts: 'probability' | 'probabilities' | 'value';
  /** The file `tasks/<module>.py`. */
  readonly module: string;
  /** The column of the sample that the model predicts, and its classes as Python values. */
  readonly sample: { readonly target: string; readonly classes?: readonly (string | number)[] };
};

declare module '../../src/core/contract.ts' {
  interface Choices {
    task: 'one';
  }
  interface Capabilities {
    modelTask: ModelTask;
  }
}

export default defineChoice({
  id: 'task',
  title: 'Task',
  question: 'What do the models predict?',
  group: 'Training',
  order: 45,
  asked: 'later',
  takes: 'one',
  per: 'model',
  contract: ['modelTask'],
  owes: ['docs', 'params'],
  default: () => 'binary-classification',
});
