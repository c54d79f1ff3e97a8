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
  summary: 'Compares each input with the training rows; the threshold depends on the number of rows.',
  docs: 'https://econpapers.repec.org/article/rskjourn5/7725371.htm',
  why:
    'The population stability index (PSI) is well known in model audits and needs no service. ' +
    'Its threshold depends on the number of rows, which avoids false alarms in small windows.',
  watch:
    'It checks one input at a time, so it does not detect a change in the relation between two inputs. ' +
    'Drift does not always reduce quality: if labels arrive, rely on the measured quality.',
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
    { slot: 'docs', key: 'docs/tools/drift.md', value: { title: 'Drift: what raises an alarm' } },
    { slot: 'untyped', key: 'scipy.*', value: { why: 'SciPy has no type annotations' } },
    {
      slot: 'diagram-node',
      key: 'drift',
      value: { title: 'Drift report', detail: 'PSI of each input', group: 'monitoring', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'drift service', value: { label: 'results of the last window', watches: true } },
  ],
  traces: ['[Population stability index]('],
  tests: {
    'tests/monitoring/test_drift_power.py': { varies: ['driftDetector'] },
    'tests/monitoring/test_drift.py': { varies: ['driftDetector'] },
  },
});
