import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Choices {
    versioning: 'one';
  }
  interface Capabilities {
    /**
     * `data/<module>.py` holds `keep`: (settings, model, uri of the rows) -> name of their revision,
     * and `fetch`: (settings, model, revision) -> the rows as bytes, None where they are not kept.
     * `scratch`: path -> text of files that a throw-away project folder of the tests needs for it.
     */
    dataVersioning: {
      readonly module: string;
      readonly keep: string;
      readonly fetch: string;
      readonly scratch: Readonly<Record<string, string>>;
    };
  }
}

export default defineChoice({
  id: 'versioning',
  title: 'Data versioning',
  question: 'How are data sets versioned?',
  group: 'Data',
  order: 60,
  asked: 'later',
  takes: 'one',
  per: 'project',
  contract: ['dataVersioning'],
  owes: ['docs', ['cost', 'cost-line'], 'threat', 'diagram-node', 'leftovers'],
  default: () => 'none',
});
