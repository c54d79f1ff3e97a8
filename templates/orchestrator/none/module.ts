import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/none': true;
  }
}

export default defineModule({
  choice: 'orchestrator',
  id: 'none',
  title: 'No orchestrator',
  summary: 'The pipeline is a Python function that calls one step after the other; cron or CI starts it.',
  docs: 'https://docs.python.org/3/using/cmdline.html#cmdoption-m',
  why: 'Ten steps on one machine need an order and an exit code. Whatever starts jobs already, cron or CI, can start this one.',
  watch:
    'No retries, no backfill, no history but the run folders. When a second pipeline waits for the first, or somebody asks at night which run is late, take an orchestrator: the steps stay as they are.',
  status: 'active',
  home: 'pipelines/local.py',
  needs: {
    pipelineHost: {
      take: 'any',
      onDemand: true,
      because: 'outside this machine a run is one process that somebody has to start',
    },
  },
  provides: {
    pipelineRunner: () => ({
      module: 'local',
      title: 'plain Python',
      task: { command: ['python', '-m', 'pipelines'], place: 'the task calls one step after the other' },
    }),
  },
  contributes: () => [
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: {
        title: 'Pipeline in plain Python',
        detail: 'ten steps, one process',
        group: 'training',
        shape: 'process',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/pipeline.md',
      value: { title: 'The pipeline: plain calls, and what starts them' },
    },
  ],
  traces: ['pipelines/local.py'],
});
