import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'quality',
  id: 'none',
  title: 'No tool',
  summary: 'The data contract is checked by a page of pandas, without a library.',
  docs: 'https://pandas.pydata.org/docs/',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'builtin', object: 'check' }) },
  traces: ['The data contract, checked with pandas alone'],
});
