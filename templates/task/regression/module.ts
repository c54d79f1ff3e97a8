import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'task/regression': true;
  }
}

export default defineModule({
  choice: 'task',
  id: 'regression',
  title: 'Regression',
  summary: 'Predicts a number, such as a price, a duration or an amount.',
  docs: 'https://developers.google.com/machine-learning/crash-course/linear-regression',
  why: 'For a target that is a number and not a class.',
  watch:
    'The squared error gives large weight to rows far from the mean: look at `mae` and the errors by size of the ' +
    'prediction, too. The gates compare no groups of protected columns.',
  status: 'active',
  home: 'src/__package__/tasks/regression.py',
  provides: {
    modelTask: () => ({
      predicts: 'value',
      module: 'regression',
      sample: { target: 'next_quarter_revenue', classes: [] },
    }),
  },
  contributes: () => [
    {
      slot: 'params',
      key: 'gates.floors.r2',
      value: { value: 0.5, comment: 'lowest value that passes; the mean of the target has 0' },
    },
    {
      slot: 'params',
      key: 'gates.slices.min_primary',
      value: { value: 0.3, comment: 'lowest primary metric that passes in each slice' },
    },
    {
      slot: 'params',
      key: 'retrain.min_primary',
      value: { value: 0.4, comment: 'primary metric on labeled production rows below which to retrain' },
    },
    { slot: 'docs', key: 'docs/tasks/regression.md', value: { title: 'Regression: metrics, gates' } },
  ],
  traces: ['tasks/regression'],
});
