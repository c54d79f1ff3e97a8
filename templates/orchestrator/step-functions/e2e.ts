import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({
  // The state machine is walked on this machine.
  substituted: ['gate'],
  stop: {
    step: 'gate',
    path: 'pipelines/step_functions/walker.py',
    from: '            visit = Visit(name, sum(used) + 1)\n',
    to: '            if name == "Gate":\n                raise TaskError("States.Runtime", "stopped")\n            visit = Visit(name, sum(used) + 1)\n',
  },
});
