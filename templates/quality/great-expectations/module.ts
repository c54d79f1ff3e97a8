import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'quality/great-expectations': true;
  }
}

export default defineModule({
  choice: 'quality',
  id: 'great-expectations',
  title: 'Great Expectations',
  summary: 'Checks the data contract as an in-memory suite of expectations, and reports all failures at once.',
  docs: 'https://docs.greatexpectations.io/docs/',
  why: "Many analysts know expectations, and you can share results in the library's own format.",
  watch:
    'The import takes seconds, so only `validate` imports the library. Most examples on the web are for ' +
    'releases before 1.0 and do not work.',
  status: 'active',
  home: 'src/__package__/quality/',
  provides: { dataValidator: () => ({ module: 'expectations', object: 'check' }) },
  pins: {
    'great-expectations': {
      version: '1.24.1',
      checked: '2026-11-21',
      groups: ['train'],
      imports: ['great_expectations'],
    },
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/great-expectations.md', value: { title: 'Great Expectations' } },
    {
      slot: 'make-env',
      key: 'GX_ANALYTICS_ENABLED',
      value: { value: 'False', why: 'Disables the usage telemetry of Great Expectations.' },
    },
    {
      slot: 'doctor',
      key: 'great-expectations',
      value: {
        title: 'Great Expectations is installed',
        kind: 'import',
        value: 'great_expectations',
        hint: 'run make setup',
      },
    },
    {
      slot: 'pytest-warning',
      key: "ignore:module 'sre_:DeprecationWarning",
      value: { why: 'Great Expectations imports modules of re that Python has renamed' },
    },
    {
      slot: 'diagram-node',
      key: 'quality',
      value: { title: 'Great Expectations', detail: 'data contract', group: 'data', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline quality', value: { label: 'validate' } },
  ],
  traces: ['great-expectations', 'great_expectations', 'Great Expectations'],
});
