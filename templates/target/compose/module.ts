import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'target/compose': true;
  }
}

export default defineModule({
  choice: 'target',
  id: 'compose',
  title: 'Docker Compose',
  summary: 'The service in a container on one machine, from an image that is built here.',
  docs: 'https://docs.docker.com/compose/',
  why: 'One host, one file, and the image that any other target would run.',
  watch:
    'One host is one point of failure: no second replica, no rolling update. Base images are pinned by digest, so they get no fixes until somebody moves the digest.',
  status: 'active',
  home: 'deploy/, compose.yaml',
  needs: {
    containerEngine: { because: 'the compose plugin of the engine runs the container' },
    imageBuild: { because: 'the container runs an image that is built here' },
    servingApp: { because: 'the port of the service is published on this machine' },
    artifactStore: { because: 'a store in a folder must be mounted, one behind a URI need not' },
  },
  reads: ['secret'],
  provides: {
    deployment: () => ({ up: 'make up', down: 'make down' }),
  },
  contributes: () => [
    { slot: 'compose-include', key: 'deploy/compose/service.yaml', value: { path: 'deploy/compose/service.yaml' } },
    { slot: 'docs', key: 'docs/tools/compose.md', value: { title: 'Compose: the service in a container' } },
    {
      slot: 'diagram-node',
      key: 'container',
      value: { title: 'Docker Compose', detail: 'image without root or model', group: 'delivery', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'container service', value: { label: 'runs' } },
    {
      slot: 'threat',
      key: 'The container is taken over',
      value: {
        area: 'permissions',
        measure:
          'No root, no capabilities, no new privileges, a read-only file system; the folder is mounted read-only but for the log',
        test: 'tests/deploy/test_compose.py',
        left: 'the engine: who may use its socket is root on this machine',
      },
    },
  ],
  traces: ['deploy/compose/service.yaml'],
  leftovers: [{ what: 'the container of the service and its image on each machine that ran it', remove: 'make down' }],
});
