import { definePart } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `src/<package>/platform/<module>.py` sends a notice of a failed run: `send(Failure(…))` in Python, `on_failure`
     * around a block, or `python -m <package>.platform.<module>` as a command. It never raises and never takes longer
     * than some seconds. `secret`: the secret that holds the address of the webhook.
     */
    failureNotices: { readonly module: string; readonly secret: string };
  }
}

const SECRET = 'NOTICE_WEBHOOK_URL';

/** Notices of failed runs, which orchestrators send to one webhook. */
export default definePart({
  onDemand: true,
  sees: { pipelineRunner: { because: 'a notice names the step if the whole run is one process' } },
  provides: { failureNotices: () => ({ module: 'notices', secret: SECRET }) },
  contributes: ({ project }) => [
    {
      slot: 'secret',
      key: SECRET,
      value: {
        title: 'Address of the webhook for notices of failed runs',
        environments: [...project.environments],
        readers: ['train'],
        optional: true,
      },
    },
    {
      slot: 'env',
      key: SECRET,
      value: {
        default: '',
        comment: 'Address of the webhook that gets notices of failed runs. If empty, no notice is sent.',
        secret: true,
        localBecause: 'you see a failed run on your machine',
      },
    },
    { slot: 'docs', key: 'docs/notices.md', value: { title: 'Notices of failed runs' } },
    {
      slot: 'threat',
      key: 'A notice of a failed run shows data to readers who must not see it',
      value: {
        area: 'data',
        measure: 'A notice has the error as one short text, without rows, traceback or the address of the webhook',
        left: 'an error can name a column or an example of a value: choose a channel whose readers may see it',
      },
    },
  ],
  tests: { 'tests/test_notices.py': { varies: ['pipelineRunner'] } },
});
