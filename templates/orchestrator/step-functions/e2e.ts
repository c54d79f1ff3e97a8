import { defineRow } from '../../../test/e2e/module-row.ts';

export default defineRow({
  // The local walker executes the state machine.
  substituted: ['gate'],
  stop: {
    step: 'gate',
    path: 'pipelines/walking/walk.py',
    from: '            visit = Visit(node, number)\n',
    to:
      '            if node == "Gate":\n                raise TaskError("States.Runtime", "stopped")\n' +
      '            visit = Visit(node, number)\n',
  },
});
