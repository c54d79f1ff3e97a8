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
    'Checks, a training run with its gate and an image on every merge request; training on the default branch, drift on a schedule, promotion by hand.',
  docs: 'https://docs.gitlab.com/ci/',
  why: 'The jobs run beside the code and its reviews, and each is a make target, so nothing has to be debugged on a runner.',
  watch:
    'The store travels in the cache of the default branch; runners without a shared cache each have a champion of their own. Protected branches and variables are settings of the project, not files.',
  status: 'active',
  home: '.gitlab-ci.yml, ci/gitlab/',
  settings: {
    host: {
      schema: z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a host is written like gitlab.example.com')
        .default('gitlab.com'),
      title: 'Host of GitLab, whose tokens a cloud trusts',
      at: 'generation',
    },
    tag: {
      schema: z
        .string()
        .regex(/^[\w.-]*$/, 'a tag is a word')
        .default(''),
      title: 'Tag of the runner for jobs of an environment: one inside its network, where that is what they need',
      at: 'generation',
    },
  },
  needs: {
    everyModel: { because: 'jobs run the pipeline of all models' },
    artifactStore: { because: 'a store in a folder has to be carried from run to run' },
    secretScan: { because: 'a secret is found before it is merged' },
    supplyChain: { because: 'what is locked is looked up in every merge request and on schedule' },
    ciLogin: { many: true, optional: true, because: 'jobs sign in with a token, so that there is no key' },
  },
  sees: {
    imageBuild: { because: 'the image is built on every merge request' },
  },
  parts: { login },
  reads: ['ci-secret'],
  provides: { ciSystem: () => ({ file: '.gitlab-ci.yml' }) },
  contributes: () => [
    { slot: 'docs', key: 'docs/tools/gitlab-ci.md', value: { title: 'GitLab CI: what runs when' } },
    { slot: 'gitignore', key: '.uv-cache/', value: { why: 'the cache of CI runners' } },
    { slot: 'dockerignore', key: '.uv-cache/', value: { why: 'the cache of CI runners' } },
    { slot: 'diagram-node', key: 'ci', value: { title: 'GitLab CI', group: 'delivery', shape: 'process' } },
    { slot: 'diagram-edge', key: 'ci pipeline', value: { label: 'default branch, schedule' } },
    {
      slot: 'cost',
      key: 'CI',
      value: {
        here: 'minutes of runners: each job installs its environment, then runs what `make` runs here',
        grows: 'pushes × minutes; the timeouts in `ci/gitlab/` are the upper end',
        elsewhere: 'compute minutes beyond the plan, or machines of your own',
      },
    },
    {
      slot: 'threat',
      key: 'A merge request runs code with rights',
      value: {
        area: 'permissions',
        measure:
          'Variables are for protected branches only, if they are set so; nothing that a merge request triggers deploys',
        left: 'marking each variable *masked* and *protected*',
      },
    },
    {
      slot: 'threat',
      key: 'An image of a job changes',
      value: { area: 'supply', measure: 'Images are pinned by digest', left: 'their fixes: move the digest' },
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
  ],
});
