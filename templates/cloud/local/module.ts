import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'cloud',
  id: 'local',
  title: 'This machine',
  summary: 'Data, models and runs stay in folders of the repository; nothing is created anywhere else.',
  docs: 'https://filesystem-spec.readthedocs.io/en/latest/api.html#fsspec.implementations.local.LocalFileSystem',
  status: 'active',
  home: '.mlops/',
  provides: { artifactStore: () => ({ scheme: 'file' }) },
  // The folder itself is the default of config/*.yaml, which the package owns.
  traces: ['[This machine]('],
  leftovers: [{ what: 'data, models and runs in .mlops/', remove: 'rm -rf .mlops' }],
});
