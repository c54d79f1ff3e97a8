import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'ci',
  id: 'none',
  title: 'None',
  summary: 'No CI files; every job would be a make target, and those are all here.',
  docs: 'https://www.gnu.org/software/make/manual/make.html',
  status: 'active',
  provides: { ciSystem: () => ({ file: '' }) },
  traces: ['| ci | [None]('],
});
