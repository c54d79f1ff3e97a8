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
  summary: 'Runs the service in a container on one machine, from an image that is built on that machine.',
  docs: 'https://docs.docker.com/compose/',
  why: 'It needs one host and one file, and it runs the same image as other targets.',
  watch:
    'One host is a single point of failure, without replicas or rolling updates. Base images are pinned by ' +
    'digest: update the digest to get security fixes.',
  status: 'active',
  home: 'deploy/, compose.yaml',
  needs: {
    containerEngine: { because: 'the Compose command of the engine runs the container' },
    imageBuild: { because: 'the container runs an image that is built on the same machine' },
    inferenceServer: { because: 'the container publishes the port of the service' },
    artifactStore: { because: 'a local store must be mounted into the container' },
  },
  reads: ['secret'],
  provides: {
    deployment: () => ({ up: 'make up', down: 'make down' }),
  },
  contributes: () => [
    { slot: 'compose-include', key: 'deploy/compose/service.yaml', value: { path: 'deploy/compose/service.yaml' } },
    { slot: 'docs', key: 'docs/tools/compose.md', value: { title: 'Docker Compose: the service in a container' } },
    {
      slot: 'diagram-node',
      key: 'container',
      value: { title: 'Docker Compose', detail: 'image without root or model', group: 'delivery', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'container service', value: { label: 'runs' } },
    {
      slot: 'threat',
      key: 'The container is compromised',
      value: {
        area: 'permissions',
        measure:
          'No root, no capabilities, no new privileges, a read-only file system; the repository folder is ' +
          'mounted read-only, except for the log',
        test: 'tests/deploy/test_compose.py',
        left: 'the container engine: a user with access to its socket has root access to the machine',
      },
    },
  ],
  exempt: {
    cost: 'the service and the image have rows for what they use on this machine',
  },
  traces: ['deploy/compose/service.yaml'],
  leftovers: [{ what: 'the container of the service and its image on each machine that ran it', remove: 'make down' }],
});
