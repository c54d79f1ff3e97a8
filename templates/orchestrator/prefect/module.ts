import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/prefect': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'orchestrator',
  id: 'prefect',
  title: 'Prefect',
  summary: 'The steps as tasks of a Prefect flow; a run starts its own server, or reports to the one of the team.',
  docs: 'https://docs.prefect.io/v3/get-started',
  why: 'A flow is a Python function, so the pipeline is debugged like any other code, and a run needs no server that somebody keeps alive.',
  watch:
    'Prefect 3.8.8 cannot be imported with FastAPI 0.155 or later, although its metadata allows it: raise both pins in one change and run `make test`. A schedule needs a process that serves it; without one it is late and nothing fails.',
  status: 'active',
  home: 'pipelines/prefect/',
  needs: {
    pipelineHost: {
      take: 'any',
      onDemand: true,
      because: 'outside this machine a run is one process that somebody has to start',
    },
  },
  provides: {
    pipelineRunner: () => ({
      module: 'prefect',
      title: 'Prefect',
      task: {
        command: ['python', '-m', 'pipelines'],
        files: ['prefect.toml'],
        variables: { MLOPS_PREFECT__HOME: '/tmp/prefect', PREFECT_HOME: '/tmp/prefect' },
        place:
          'the task runs the flow in its process, against a server of its own on loopback, or the one of `prefect.api_url`',
      },
    }),
  },
  pins: {
    fastapi: {
      version: '0.154.0',
      checked,
      groups: ['orchestrate'],
      because: 'Prefect 3.8.8 says that it takes later ones, and cannot be imported with them',
    },
    prefect: { version: '3.8.8', checked, groups: ['orchestrate'] },
    uvicorn: { version: '0.54.0', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'prefect.api_url', value: null },
    { slot: 'config', key: 'prefect.schedule', value: '0 3 * * *' },
    {
      slot: 'env',
      key: 'PREFECT_API_KEY',
      value: { default: '', comment: 'Key of the Prefect API in prefect.api_url, where it asks for one', secret: true },
    },
    {
      slot: 'make-env',
      key: 'PREFECT_API_URL',
      value: {
        value: '',
        why: "the server is named by prefect.api_url of the environment, never by a shell of somebody's",
      },
    },
    {
      slot: 'make-env',
      key: 'PREFECT_PROFILE',
      value: { value: '', why: 'settings stand in prefect.toml, never in a profile of somebody' },
    },
    { slot: 'gitignore', key: '.prefect/', value: { why: 'runs that Prefect recorded on this machine' } },
    { slot: 'dockerignore', key: '.prefect/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '4200', value: { name: 'Prefect', variable: 'orchestrator-ui' } },
    {
      slot: 'doctor',
      key: 'prefect',
      value: { title: 'Prefect is installed', kind: 'import', value: 'prefect', hint: 'run make setup' },
    },
    { slot: 'docs', key: 'docs/tools/prefect.md', value: { title: 'Prefect: flow, server, deployments' } },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Prefect flow', detail: 'ten steps as tasks', group: 'training', shape: 'process' },
    },
    {
      slot: 'threat',
      key: 'Somebody else uses the pages of Prefect',
      value: {
        area: 'authentication',
        measure: 'They listen on 127.0.0.1 only',
        left: 'they ask nobody who is there: any user of this machine may start runs. A server for a team needs a proxy that does',
      },
    },
    {
      slot: 'cost',
      key: 'Prefect',
      value: {
        here: 'no server unless `make orchestrator-ui`; records of runs in `.prefect/`, some MB',
        grows: 'with each run; `prefect flow-run delete` removes one',
        elsewhere: 'a server and its database around the clock, or a seat of Prefect Cloud',
      },
    },
  ],
  traces: ['prefect', 'Prefect'],
  leftovers: [
    {
      what: 'runs and deployments in the Prefect server, or in .prefect',
      remove: 'prefect deployment delete --all on the server; rm -r .prefect here',
    },
  ],
});
