import { definePart } from '../../../src/core/contract.ts';

/** The files of one model, whatever its framework: contract, task, features, parameters, test. */
export default definePart({
  per: 'model',
  reads: ['params', 'search-range'],
  sees: { parameterSearch: { because: 'the parameters of a model have the ranges of a search' } },
  needs: { modelTask: { because: 'the contract, the parameters and the test of a model depend on what it predicts' } },
  owners: {
    'src/__package__/models/__model__/task.py.ejs': 'managed',
    'src/**': 'starter',
    'tests/**': 'starter',
    'params/**': 'tuned',
  },
});
