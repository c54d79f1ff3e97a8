import { definePart } from '../../../src/core/contract.ts';

/** `make contract`: the first contract, parameters and governance file of a model, drafted from a table. */
export default definePart({
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/your-own-data.md',
      value: { title: 'Bring your own data: from a table to a served model' },
    },
  ],
  tests: {
    'tests/test_draft.py': { varies: ['dataValidator', 'modelFramework'] },
  },
});
