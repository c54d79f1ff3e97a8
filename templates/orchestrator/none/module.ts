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
  summary: 'Runs the pipeline as a Python function that calls one step after the other. Cron or CI starts it.',
  docs: 'https://docs.python.org/3/using/cmdline.html#cmdoption-m',
  why: 'Steps on one machine need only an order and an exit code. Cron or your CI system can start the pipeline.',
  watch:
    'There are no retries and no backfills, and the run folders are the only history. ' +
    'If one pipeline depends on another, or if you need to monitor late runs, choose an orchestrator. ' +
    'The steps do not change.',
  status: 'active',
  home: 'pipelines/local.py',
  needs: {
    pipelineHost: {
      optional: true,
      because: 'in other environments, a platform must start the run as one process',
    },
    failureNotices: { because: 'a failed run sends a notice' },
    runParameters: { because: 'every run takes them' },
  },
  reads: ['pipeline-step'],
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
        detail: 'all steps in one process',
        group: 'training',
        shape: 'process',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/pipeline.md',
      value: { title: 'Pipeline: plain Python, with cron or CI' },
    },
  ],
  exempt: {
    cost: 'no process runs besides the pipeline',
    threat: 'no service or account is added',
    leftovers: 'no system keeps runs',
  },
  traces: ['pipelines/local.py'],
});
