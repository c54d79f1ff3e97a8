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
  summary: 'Adds no CI files. All jobs of a CI system are make targets that you can run yourself.',
  docs: 'https://www.gnu.org/software/make/manual/make.html',
  why: 'All jobs of a CI system are make targets, and there are no other files to maintain.',
  watch: 'No system runs the checks automatically. Run them before each release.',
  status: 'active',
  provides: { ciSystem: () => ({ file: '' }) },
  exempt: {
    docs: 'there is nothing to describe: every job is a make target',
    cost: 'nothing runs outside your machine',
    threat: 'no job has access to anything',
    'diagram-node': 'no system is part of the stack',
    leftovers: 'no system keeps anything',
  },
  traces: ['| ci | [None]('],
});
