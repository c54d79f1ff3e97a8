import { defineChoice } from '../../src/core/contract.ts';

declare module '../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `data/<module>.py` holds `object`: (settings, model, uri of the rows) -> name of their revision.
     * `scratch`: path -> text of files that a throw-away project folder of the tests needs for it.
     */
    dataVersioning: { readonly module: string; readonly object: string; readonly scratch: Readonly<Record<string, string>> };
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
  default: () => 'none',
});
