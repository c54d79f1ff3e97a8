import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'rollout/ab': true;
  }
  interface Capabilities {
    /** Deployments that compare two versions by their outcomes. */
    abDeployment: true;
  }
}

export default defineModule({
  choice: 'rollout',
  id: 'ab',
  title: 'A/B test',
  summary:
    'Each entity gets the answers of one of two versions, and labels that arrive later decide which version stays.',
  docs: 'https://en.wikipedia.org/wiki/A/B_testing',
  why: 'It measures what matters: the outcomes. The sequential test stays valid however often you look at it.',
  watch:
    'It needs an entity, labels and enough requests. A version that is only as good as the champion does not replace it.',
  status: 'active',
  needs: {
    abDeployment: { everywhere: true, because: 'a router has to divide the entities between both versions' },
    localRollout: { because: 'its page names the commands that roll out on this machine' },
  },
  provides: { rolloutMethod: () => ({ title: 'A/B test', starts: 'entities', mode: 'ab' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/rollout.md', value: { title: 'Rollout: an A/B test by later labels' } },
  ],
  traces: ['| rollout | [A/B test]('],
});
