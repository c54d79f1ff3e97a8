import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'task/multiclass-classification': true;
  }
}

export default defineModule({
  choice: 'task',
  id: 'multiclass-classification',
  title: 'Multiclass classification',
  summary: 'Predicts which of several classes a row belongs to, with the probability of each.',
  docs: 'https://developers.google.com/machine-learning/crash-course/classification/multiclass',
  why: 'For a label with three or more values, such as what a customer does next or which part has failed.',
  watch:
    'The primary metric is the mean AUC of each class against all others, so rare classes count as much as frequent ones. ' +
    'A class without rows in training gets a probability near 0.',
  status: 'active',
  home: 'src/__package__/tasks/multiclass_classification.py',
  provides: {
    modelTask: () => ({
      predicts: 'probabilities',
      module: 'multiclass_classification',
      sample: { target: 'next_step', classes: ['leaves', 'renews', 'upgrades'] },
    }),
  },
  contributes: () => [
    {
      slot: 'params',
      key: 'train.class_weight',
      value: { value: 'none', comment: 'weights of the classes in training: none, balanced, or { label: weight }' },
    },
    {
      slot: 'params',
      key: 'train.calibration',
      value: { value: 'none', comment: 'fitted to held-out rows: none, or temperature' },
    },
    { slot: 'params', key: 'gates.floors.macro_auc', value: { value: 0.7, comment: 'lowest value that passes' } },
    { slot: 'params', key: 'gates.ceilings.brier', value: { value: 0.6, comment: 'highest value that passes' } },
    {
      slot: 'params',
      key: 'gates.fairness.max_selection_rate_gap',
      value: { value: 0.15, comment: 'largest gap between groups in the share of rows with a label' },
    },
    {
      slot: 'params',
      key: 'gates.fairness.max_recall_gap',
      value: { value: 0.15, comment: 'largest gap between groups in the share of a class that gets its label' },
    },
    {
      slot: 'params',
      key: 'gates.fairness.min_rows',
      value: { value: 200, comment: 'a group with fewer rows is not compared' },
    },
    {
      slot: 'params',
      key: 'gates.slices.min_primary',
      value: { value: 0.6, comment: 'lowest primary metric that passes in each slice' },
    },
    {
      slot: 'params',
      key: 'retrain.min_primary',
      value: { value: 0.65, comment: 'primary metric on labeled production rows below which to retrain' },
    },
    {
      slot: 'docs',
      key: 'docs/tasks/multiclass-classification.md',
      value: { title: 'Multiclass classification: metrics, gates' },
    },
  ],
  traces: ['multiclass_classification'],
});
