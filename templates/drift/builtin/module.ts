import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'drift',
  id: 'builtin',
  title: 'Population stability index',
  summary: 'Compares each input with the training rows, by a threshold that knows how many rows there are.',
  docs: 'https://econpapers.repec.org/article/rskjourn5/7725371.htm',
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
  ],
  traces: ['Yurdakul'],
});
