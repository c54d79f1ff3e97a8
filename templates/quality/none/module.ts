import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'quality/none': true;
  }
}

export default defineModule({
  choice: 'quality',
  id: 'none',
  title: 'No tool',
  summary: 'The data contract is checked by a page of pandas, without a library.',
  docs: 'https://pandas.pydata.org/docs/',
  why: 'The contract of a dozen columns is a page of pandas, and training has one dependency less.',
  watch:
    'Checks between columns or tables will turn that page into a library of your own. That is the day to take one.',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'builtin', object: 'check' }) },
  contributes: () => [
    {
      slot: 'diagram-node',
      key: 'quality',
      value: { title: 'Data contract', detail: 'checked with pandas', group: 'data', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline quality', value: { label: 'validate' } },
    { slot: 'docs', key: 'docs/tools/contract.md', value: { title: 'The data contract: what is checked, and where' } },
  ],
  traces: ['The data contract, checked with pandas alone'],
});
