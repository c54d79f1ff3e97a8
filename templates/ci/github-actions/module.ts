import { defineModule } from '../../../src/core/contract.ts';

const CHECKED = '2026-11-20';
const action = (version: string, digest: string) => ({ kind: 'action', version, digest, checked: CHECKED }) as const;
const CACHE = '55cc8345863c7cc4c66a329aec7e433d2d1c52a9';

export default defineModule({
  choice: 'ci',
  id: 'github-actions',
  title: 'GitHub Actions',
  summary: 'Checks, a training run with its gate and an image on every pull request; training on main, drift every night.',
  docs: 'https://docs.github.com/en/actions',
  status: 'active',
  home: '.github/',
  needs: {
    everyModel: { because: 'jobs run the pipeline of all models' },
    artifactStore: { because: 'a store in a folder has to be carried from run to run' },
    imageBuild: { take: 'any', because: 'the image is built on every pull request' },
  },
  reads: ['core.pins', 'secret', 'compose-include'],
  provides: { ciSystem: () => ({ file: '.github/workflows/pull-request.yml' }) },
  contributes: () => [{ slot: 'docs', key: 'docs/tools/github-actions.md', value: { title: 'GitHub Actions: what runs when' } }],
  pins: {
    'actions/checkout': action('v7.0.1', '3d3c42e5aac5ba805825da76410c181273ba90b1'),
    'actions/cache/restore': action('v6.1.0', CACHE),
    'actions/cache/save': action('v6.1.0', CACHE),
    'actions/upload-artifact': action('v7.0.2', 'cf430e030ddbb5b0abf93d22962f4752f3646cd9'),
    'astral-sh/setup-uv': action('v10.2.0', 'c18668ad3cf93ea998bef934396af7bb5c839dc7'),
  },
  traces: ['.github/workflows', 'actions/checkout'],
  leftovers: [
    { what: 'the secrets of the repository, its caches and its run history on GitHub', remove: 'gh secret delete NAME and gh cache delete --all; runs expire by themselves' },
  ],
});
