import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'hpo/none': true;
  }
}

export default defineModule({
  choice: 'hpo',
  id: 'none',
  title: 'None',
  summary: 'Trains with the values in `params/<model>.yaml`.',
  docs: 'https://en.wikipedia.org/wiki/Hyperparameter_optimization',
  why: 'Training is fast, and the parameters of each version are the ones that you wrote.',
  watch: 'If you try values by hand, compare them on training rows. The test rows must not choose a parameter.',
  status: 'active',
  exempt: {
    docs: 'there is nothing to describe: the parameters are those of the file',
    'diagram-node': 'no system is part of the stack',
  },
  traces: ['| hpo | [None]('],
});
