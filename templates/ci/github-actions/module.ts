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
    'Runs checks, training with the gate and an image build on each pull request; trains after each merge, ' +
    'checks for drift every night, and promotes after approval.',
  docs: 'https://docs.github.com/en/actions',
  why: 'The jobs run next to the code and its reviews. Each job is a make target, so you can debug it on your machine.',
  watch:
    'If the store is a folder, the cache passes it between runs. GitHub deletes the cache after a week without ' +
    'a run; the next push then starts with a first champion. The required checks are a setting of the ' +
    'repository, not a file.',
  status: 'active',
  home: '.github/',
  settings: {
    runner: {
      schema: z
        .string()
        .regex(/^[\w.-]+$/, 'a label is a word like ubuntu-24.04')
        .default('ubuntu-24.04'),
      title: 'Label of the runner for jobs of an environment; use a runner inside the network if these jobs need it',
      at: 'generation',
    },
  },
  needs: {
    everyModel: { because: 'jobs run the pipeline of all models' },
    artifactStore: { because: 'runs must pass a local store to later runs' },
    secretScan: { because: 'secrets are found before a merge' },
    supplyChain: { because: 'locked dependencies are scanned in each pull request and every night' },
    ciLogin: { many: true, optional: true, because: 'jobs sign in with a token instead of a key' },
  },
  sees: {
    imageBuild: { because: 'each pull request builds the image' },
    signInSteps: { because: 'a job signs in with these steps' },
    terraformRoot: { because: 'each pull request checks the Terraform code' },
  },
  parts: { login },
  reads: ['ci-secret', 'ci-program', 'core.pins', 'secret', 'compose-include', 'python-environment'],
  provides: {
    ciSystem: () => ({
      file: '.github/workflows/pull-request.yml',
      copied: '.github/workflows',
      shared: [
        { file: '.github/CODEOWNERS', body: `grep -Ev '^(#|$$)' "$$own"` },
        {
          file: '.github/dependabot.yml',
          head: [
            'version: 2',
            'updates:',
            '  - package-ecosystem: github-actions',
            '    directory: /',
            '    schedule:',
            '      interval: weekly',
            '    cooldown:',
            '      default-days: 7',
          ],
          // The first entry is that of the actions, of which a git repository has one.
          body: `sed '1,/^$$/ d' "$$own"`,
          last: 'updates:',
        },
      ],
    }),
  },
  contributes: ({ project }) => [
    {
      slot: 'docs',
      key: 'docs/tools/github-actions.md',
      value: { title: 'GitHub Actions: workflows, promotions, setup' },
    },
    {
      slot: 'docs',
      key: 'docs/tools/github-branch-protection.md',
      value: { title: 'Branch protection on GitHub: required checks, owners' },
    },
    { slot: 'diagram-node', key: 'ci', value: { title: 'GitHub Actions', group: 'delivery', shape: 'process' } },
    { slot: 'diagram-edge', key: 'ci pipeline', value: { label: `${project.trunk}, every night` } },
    {
      slot: 'cost',
      key: 'CI',
      value: {
        here: 'runner minutes: each job installs its environment, then runs the same `make` targets as on your machine',
        grows: 'pushes × minutes; the timeouts in `.github/workflows/` limit each job',
        elsewhere: 'minutes above the plan on private repositories, rounded up per job',
      },
    },
    {
      slot: 'threat',
      key: 'A pull request runs code with permissions',
      value: {
        area: 'permissions',
        measure: 'Its jobs receive no secrets and a read-only token, and never deploy',
        left: `code on \`${project.trunk}\` runs with secrets every night: review it before you merge`,
      },
    },
    {
      slot: 'threat',
      key: 'The tag of an action is moved to other code',
      value: {
        area: 'supply',
        measure: 'Actions are pinned to commits; updates wait a week',
        left: 'review the changes of each update',
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
    'peter-evans/create-pull-request': action('v8.1.1', '5f6978faf089d4d20b00c7766989d076bb2fc7f1'),
    'astral-sh/setup-uv': action('v10.2.0', 'c18668ad3cf93ea998bef934396af7bb5c839dc7'),
  },
  traces: ['.github/workflows', 'actions/checkout'],
  leftovers: [
    {
      what: 'the secrets of the repository, its caches and its run history on GitHub',
      remove: 'run gh secret delete NAME and gh cache delete --all; runs expire automatically',
    },
    {
      what: 'the environment <env> on GitHub, with its secrets, variables and required reviewers',
      remove: 'run gh api --method DELETE repos/{owner}/{repo}/environments/<env>',
      of: 'environment',
    },
  ],
});
