import { defineModule } from '../../../src/core/contract.ts';

export default defineModule({
  choice: 'orchestrator',
  id: 'none',
  title: 'No orchestrator',
  summary: 'The pipeline is a Python function that calls one step after the other; cron or CI starts it.',
  docs: 'https://docs.python.org/3/using/cmdline.html#cmdoption-m',
  status: 'active',
  home: 'pipelines/local.py',
  provides: { pipelineRunner: () => ({ module: 'local', title: 'plain Python' }) },
  traces: ['pipelines/local.py'],
});
