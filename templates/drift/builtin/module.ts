import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'drift/builtin': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'drift',
  id: 'builtin',
  title: 'Population stability index',
  summary: 'Compares each input with the training rows, by a threshold that knows how many rows there are.',
  docs: 'https://econpapers.repec.org/article/rskjourn5/7725371.htm',
  why: 'The index is known to whoever audits models, needs no service, and its threshold follows the number of rows, so that small windows do not cry wolf.',
  watch:
    'It looks at one input at a time: a change in how two inputs go together is not seen. Drift is not damage either; where labels arrive, quality decides.',
  status: 'active',
  home: 'src/__package__/monitoring/drift.py',
  provides: { driftDetector: () => ({ module: 'drift', object: 'detect' }) },
  pins: {
    scipy: [
      { version: '1.18.1', checked, groups: ['monitor'], marker: "python_version >= '3.12'" },
      { version: '1.17.1', checked, groups: ['monitor'], marker: "python_version < '3.12'" },
    ],
  },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/drift.md', value: { title: 'Drift: what raises an alarm, and what does not' } },
    { slot: 'untyped', key: 'scipy.*', value: { why: 'SciPy ships no types' } },
    {
      slot: 'diagram-node',
      key: 'drift',
      value: { title: 'Drift report', detail: 'PSI of each input', group: 'monitoring', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'drift service', value: { label: 'last window, for /metrics', watches: true } },
  ],
  traces: ['Yurdakul'],
  tests: {
    'tests/monitoring/test_drift.py': { varies: ['driftDetector'] },
  },
});
