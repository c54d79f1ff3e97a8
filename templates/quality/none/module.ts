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
  summary: 'Checks the data contract with pandas, without another library.',
  docs: 'https://pandas.pydata.org/docs/',
  why:
    'For a contract with a dozen columns, the checks fit on one page of pandas code, ' +
    'and training has one dependency less.',
  watch: 'If you need checks across columns or tables, choose a validation library instead of extending this code.',
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
    { slot: 'docs', key: 'docs/tools/contract.md', value: { title: 'Data contract: the checks' } },
  ],
  traces: ['[No tool]('],
});
