import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    framework: 'one';
  }
  interface Capabilities {
    /** The library behind `models/<model>/model.py`. */
    modelFramework: true;
  }
}

export default defineChoice({
  id: 'framework',
  title: 'Framework',
  question: 'Which framework trains the models?',
  group: 'Training',
  order: 50,
  asked: 'later',
  takes: 'one',
  per: 'model',
  contract: ['modelFramework'],
  owes: ['docs', 'diagram-node'],
  default: () => 'scikit-learn',
});
