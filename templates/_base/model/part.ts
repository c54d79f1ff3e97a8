import { definePart } from '../../../src/core/contract.ts';

/** The files of one model, whatever its framework: contract, features, parameters, test. */
export default definePart({
  per: 'model',
  reads: ['params'],
  owners: { 'src/**': 'starter', 'tests/**': 'starter', 'params/**': 'tuned' },
});
