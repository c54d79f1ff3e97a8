import * as z from 'zod';
import { defineModule } from '../../../src/core/contract.ts';
import login from './parts/login/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'ci/github-actions': true;
  }
}

const CHECKED = '2026-11-20';
const action = (version: string, digest: string) => ({ kind: 'action', version, digest, checked: CHECKED }) as const;
const CACHE = '55cc8345863c7cc4c66a329aec7e433d2d1c52a9';

export default defineModule({
  choice: 'ci',
  id: 'github-actions',
  title: 'GitHub Actions',
  summary:
    'Checks, a training run with its gate and an image on every pull request; training on main, drift every night, promotion by approval.',
  docs: 'https://docs.github.com/en/actions',
  why: 'The jobs run beside the code and its reviews, and each is a make target, so nothing has to be debugged on a runner.',
  watch:
    'The store travels in the cache, which GitHub drops after a week without a run; then the next push starts with a first champion. Which checks must pass before merging is a setting of the repository, not a file.',
  status: 'active',
  home: '.github/',
  settings: {
    runner: {
      schema: z
        .string()
        .regex(/^[\w.-]+$/, 'a label is a word like ubuntu-24.04')
        .default('ubuntu-24.04'),
      title: 'Label of the runner for jobs of an environment: one inside its network, where that is what they need',
      at: 'generation',
    },
  },
  needs: {
    everyModel: { because: 'jobs run the pipeline of all models' },
    artifactStore: { because: 'a store in a folder has to be carried from run to run' },
    secretScan: { because: 'a secret is found before it is merged' },
    supplyChain: { because: 'what is locked is looked up in every pull request and every night' },
    ciLogin: { many: true, optional: true, because: 'jobs sign in with a token, so that there is no key' },
  },
  sees: {
    imageBuild: { because: 'the image is built on every pull request' },
    signInSteps: { because: 'a job that has to sign in does it in its steps' },
  },
  parts: { login },
  reads: ['ci-secret', 'core.pins', 'secret', 'compose-include'],
  provides: { ciSystem: () => ({ file: '.github/workflows/pull-request.yml' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/github-actions.md', value: { title: 'GitHub Actions: what runs when' } },
    { slot: 'diagram-node', key: 'ci', value: { title: 'GitHub Actions', group: 'delivery', shape: 'process' } },
    { slot: 'diagram-edge', key: 'ci pipeline', value: { label: 'main, every night' } },
    {
      slot: 'cost',
      key: 'CI',
      value: {
        here: 'minutes of runners: each job installs its environment, then runs what `make` runs here',
        grows: 'pushes × minutes; the timeouts in `.github/workflows/` are the upper end',
        elsewhere: 'minutes beyond the plan on private repositories, rounded up for each job',
      },
    },
    {
      slot: 'threat',
      key: 'A pull request runs code with rights',
      value: {
        area: 'permissions',
        measure: 'It gets no secret and a token that reads; nothing that it triggers deploys',
        left: 'review before merging: what is on `main` runs with its secrets, every night',
      },
    },
    {
      slot: 'threat',
      key: 'An action is replaced under its tag',
      value: {
        area: 'supply',
        measure: 'Actions are pinned to commits; updates wait a week',
        left: 'reading what an update changes',
      },
    },
  ],
  pins: {
    'actions/checkout': action('v7.0.1', '3d3c42e5aac5ba805825da76410c181273ba90b1'),
    'actions/cache/restore': action('v6.1.0', CACHE),
    'actions/cache/save': action('v6.1.0', CACHE),
    'actions/dependency-review-action': action('v5.0.0', 'a1d282b36b6f3519aa1f3fc636f609c47dddb294'),
    'actions/setup-node': action('v7.1.0', '949feb2413d6458794dcd2491c4babbbce0c15c1'),
    'actions/upload-artifact': action('v7.0.2', 'cf430e030ddbb5b0abf93d22962f4752f3646cd9'),
    'astral-sh/setup-uv': action('v10.2.0', 'c18668ad3cf93ea998bef934396af7bb5c839dc7'),
  },
  traces: ['.github/workflows', 'actions/checkout'],
  leftovers: [
    {
      what: 'the secrets of the repository, its caches and its run history on GitHub',
      remove: 'gh secret delete NAME and gh cache delete --all; runs expire by themselves',
    },
  ],
});
