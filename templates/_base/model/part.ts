import { definePart } from '../../../src/core/contract.ts';

/** What is one model's own, whatever it is written with: contract, features, parameters, test. */
export default definePart({
  per: 'model',
  reads: ['params'],
  owners: { 'src/**': 'starter', 'tests/**': 'starter', 'params/**': 'tuned' },
});
