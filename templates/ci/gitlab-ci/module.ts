import * as z from 'zod';
import { defineModule } from '../../../src/core/contract.ts';
import login from './parts/login/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'ci/gitlab-ci': true;
  }
}

export default defineModule({
  choice: 'ci',
  id: 'gitlab-ci',
  title: 'GitLab CI',
  summary:
    'Runs checks, training with the gate and an image build on each merge request; ' +
    'trains after each merge, checks for drift on a schedule, and promotes manually.',
  docs: 'https://docs.gitlab.com/ci/',
  why: 'The jobs run next to the code and its reviews. Each job is a make target, so you can debug it on your machine.',
  watch:
    'If the store is a folder, the cache of the deployed branch passes it between runs. Without a shared cache, ' +
    'each runner has its own champion. Protected branches and variables are settings of the project, not files.',
  status: 'active',
  home: '.gitlab-ci.yml, ci/gitlab/, .gitlab/',
  settings: {
    host: {
      schema: z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a host is written like gitlab.example.com')
        .default('gitlab.com'),
      title: 'Host of GitLab, whose tokens the cloud trusts',
      at: 'generation',
    },
    tag: {
      schema: z
        .string()
        .regex(/^[\w.-]*$/, 'a tag is a word')
        .default(''),
      title: 'Tag of the runner for jobs of an environment; use a runner inside the network if these jobs need it',
      at: 'generation',
    },
  },
  needs: {
    everyModel: { because: 'jobs run the pipeline of all models' },
    artifactStore: { because: 'runs must pass a local store to later runs' },
    secretScan: { because: 'secrets are found before a merge' },
    supplyChain: { because: 'locked dependencies are scanned in each merge request and on a schedule' },
    ciLogin: { many: true, optional: true, because: 'jobs sign in with a token instead of a key' },
  },
  sees: {
    imageBuild: { because: 'each merge request builds the image' },
    terraformRoot: { because: 'each merge request checks the Terraform code' },
  },
  parts: { login },
  reads: ['ci-secret', 'ci-program', 'python-environment'],
  provides: {
    ciSystem: () => ({
      file: '.gitlab-ci.yml',
      shared: [
        {
          file: '.gitlab-ci.yml',
          // One pipeline for each change: that of the merge request if there is one.
          head: [
            'workflow:',
            '  rules:',
            '    - if: $CI_PIPELINE_SOURCE == "merge_request_event"',
            '    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS',
            '      when: never',
            '    - when: always',
          ],
          body: `sed -n 's/^#   //p' "$$own"`,
        },
        { file: '.gitlab/CODEOWNERS', body: `grep -Ev '^(#|$$)' "$$own"` },
      ],
    }),
  },
  contributes: ({ project }) => [
    { slot: 'docs', key: 'docs/tools/gitlab-ci.md', value: { title: 'GitLab CI: jobs, promotions, setup' } },
    {
      slot: 'docs',
      key: 'docs/tools/gitlab-branch-protection.md',
      value: { title: 'Branch protection on GitLab: required jobs, owners' },
    },
    { slot: 'gitignore', key: '/.uv-cache/', value: { why: 'the cache of CI runners' } },
    { slot: 'dockerignore', key: '.uv-cache/', value: { why: 'the cache of CI runners' } },
    { slot: 'diagram-node', key: 'ci', value: { title: 'GitLab CI', group: 'delivery', shape: 'process' } },
    { slot: 'diagram-edge', key: 'ci pipeline', value: { label: `${project.trunk}, schedule` } },
    {
      slot: 'cost',
      key: 'CI',
      value: {
        here: 'runner minutes: each job installs its environment, then runs the same `make` targets as on your machine',
        grows: 'pushes × minutes; the timeouts in `ci/gitlab/` limit each job',
        elsewhere: 'compute minutes above the plan, or your own runners',
      },
    },
    {
      slot: 'threat',
      key: 'A merge request runs code with permissions',
      value: {
        area: 'permissions',
        measure: 'Protected variables are available on protected branches only; jobs of a merge request never deploy',
        left: 'mark each variable as *masked* and *protected*',
      },
    },
    {
      slot: 'threat',
      key: 'The image of a job changes',
      value: {
        area: 'supply',
        measure: 'Images are pinned by digest',
        left: 'images receive fixes only if a Renovate bot reads `renovate.json`: otherwise, update the digest',
      },
    },
  ],
  pins: {
    python: {
      kind: 'image',
      version: '3.12.15-slim-trixie',
      digest: 'sha256:05cda9777409a9c3ffddd94a4c476b79f0769a0b4857f0c7ed9226b6800b0d6f',
      checked: '2026-11-20',
    },
    node: {
      kind: 'image',
      version: '24-trixie-slim',
      digest: 'sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe',
      checked: '2026-11-21',
    },
    docker: {
      kind: 'image',
      version: '29.8.1-dind',
      digest: 'sha256:3f3c01aaaebf7cce837356b688b7c059a4749f10bd7660dec7c58fc454a283f0',
      checked: '2026-11-21',
    },
  },
  traces: ['.gitlab-ci.yml', 'CI_PIPELINE_SOURCE'],
  leftovers: [
    {
      what: 'CI/CD variables, pipeline schedules, caches and job artifacts of the GitLab project',
      remove: 'delete the schedules and variables in the project settings, and clear the runner caches',
    },
    {
      what: 'the environment <env> of the GitLab project, and CI/CD variables for it',
      remove: 'stop and delete it under Operate, Environments, and delete its variables in the project settings',
      of: 'environment',
    },
  ],
});
