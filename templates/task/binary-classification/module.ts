import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'task/binary-classification': true;
  }
}

export default defineModule({
  choice: 'task',
  id: 'binary-classification',
  title: 'Binary classification',
  summary: 'Predicts the probability that a row belongs to the positive one of two classes.',
  docs: 'https://developers.google.com/machine-learning/crash-course/classification',
  why: 'Two classes are the most common case: whether a customer leaves, a payment is fraud, a machine fails.',
  watch:
    'With fewer than 10 % positives, PR-AUC is the primary metric, because AUC hides false alarms. ' +
    'Choose `decision.threshold` by what a false alarm and a missed case cost.',
  status: 'active',
  home: 'src/__package__/tasks/binary_classification.py',
  provides: {
    modelTask: () => ({ predicts: 'probability', module: 'binary_classification', sample: { target: 'churned' } }),
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
      value: { value: 'none', comment: 'fitted to held-out rows: none, or sigmoid' },
    },
    {
      slot: 'params',
      key: 'decision.threshold',
      value: { value: 0.5, comment: 'probability from which the label is the positive class' },
    },
    { slot: 'params', key: 'gates.floors.auc', value: { value: 0.75, comment: 'lowest value that passes' } },
    { slot: 'params', key: 'gates.ceilings.brier', value: { value: 0.2, comment: 'highest value that passes' } },
    {
      slot: 'params',
      key: 'gates.fairness.max_selection_rate_gap',
      value: { value: 0.15, comment: 'largest gap between groups in the share of selected rows' },
    },
    {
      slot: 'params',
      key: 'gates.fairness.max_recall_gap',
      value: { value: 0.15, comment: 'largest gap between groups in the share of positives that are selected' },
    },
    {
      slot: 'params',
      key: 'gates.fairness.min_rows',
      value: { value: 200, comment: 'a group with fewer rows is not compared' },
    },
    {
      slot: 'params',
      key: 'gates.slices.min_primary',
      value: { value: 0.65, comment: 'lowest primary metric that passes in each slice' },
    },
    {
      slot: 'params',
      key: 'retrain.min_primary',
      value: { value: 0.7, comment: 'primary metric on labeled production rows below which to retrain' },
    },
    {
      slot: 'docs',
      key: 'docs/tasks/binary-classification.md',
      value: { title: 'Binary classification: metrics, gates, threshold' },
    },
  ],
  traces: ['binary_classification'],
});
