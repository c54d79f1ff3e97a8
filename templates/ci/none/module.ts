import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'ci/none': true;
  }
}

export default defineModule({
  choice: 'ci',
  id: 'none',
  title: 'None',
  summary: 'No CI files; every job would be a make target, and those are all here.',
  docs: 'https://www.gnu.org/software/make/manual/make.html',
  why: 'Everything that a CI system would call is a make target, and there is nothing beside it to keep in step.',
  watch: 'Nobody runs the checks for you: a rule that is only a habit ends with the first hurry.',
  status: 'active',
  provides: { ciSystem: () => ({ file: '' }) },
  traces: ['| ci | [None]('],
});
