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
  summary: 'Runs the steps as tasks of a Prefect flow. A run starts its own server, or reports to a shared one.',
  docs: 'https://docs.prefect.io/v3/get-started',
  why:
    'A flow is a Python function, so you can debug the pipeline like any other code. ' +
    'A run does not need a permanent server.',
  watch:
    'The server of Prefect 3.8.8 refuses requests with FastAPI 0.151 or later, although its metadata allows it: ' +
    'update both pins in one change and run `make test`. A schedule needs a running process that serves it. ' +
    'Without this process, scheduled runs do not start, and no error is reported.',
  status: 'active',
  home: 'pipelines/prefect/',
  needs: {
    pipelineHost: {
      optional: true,
      because: 'in other environments, a platform must start the run as one process',
    },
    failureNotices: { because: 'a failed run sends a notice' },
    runParameters: { because: 'every run takes them' },
  },
  reads: ['pipeline-step'],
  provides: {
    pipelineRunner: () => ({
      module: 'prefect',
      title: 'Prefect',
      task: {
        command: ['python', '-m', 'pipelines'],
        files: ['prefect.toml'],
        variables: { MLOPS_PREFECT__HOME: '/tmp/prefect', PREFECT_HOME: '/tmp/prefect' },
        place:
          'the task runs the flow in its own process, with its own server on loopback or the server in ' +
          '`prefect.api_url`',
      },
    }),
  },
  pins: {
    fastapi: {
      version: '0.150.0',
      checked: '2026-11-30',
      groups: ['orchestrate'],
      because:
        'the server of Prefect 3.8.8 refuses requests of its own client with later versions, although its metadata allows them',
    },
    prefect: { version: '3.8.8', checked, groups: ['orchestrate'] },
    pydantic: {
      version: '2.14.3',
      checked: '2026-11-21',
      groups: ['orchestrate'],
      because: 'the secrets of the notices have a type of this package',
    },
    uvicorn: { version: '0.54.0', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'prefect.api_url', value: null },
    { slot: 'config', key: 'prefect.schedule', value: '0 3 * * *' },
    {
      slot: 'env',
      key: 'PREFECT_API_KEY',
      value: {
        default: '',
        comment: 'API key for the Prefect API in prefect.api_url, if it requires one',
        secret: true,
        localBecause: 'a run starts its own server while prefect.api_url is empty',
      },
    },
    {
      slot: 'make-env',
      key: 'PREFECT_API_URL',
      value: {
        value: '',
        why: 'prefect.api_url of the environment selects the server; PREFECT_API_URL of your shell is ignored',
      },
    },
    {
      slot: 'make-env',
      key: 'PREFECT_PROFILE',
      value: { value: '', why: 'Prefect reads prefect.toml; user profiles are ignored' },
    },
    { slot: 'gitignore', key: '/.prefect/', value: { why: 'local Prefect runs' } },
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
      value: { title: 'Prefect flow', detail: 'steps as tasks', group: 'training', shape: 'process' },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user uses the Prefect UI',
      value: {
        area: 'authentication',
        measure: 'The UI listens on 127.0.0.1 only',
        left:
          'the UI has no authentication: every user of your machine can start runs. For a shared server, ' +
          'use a proxy with authentication',
      },
    },
    {
      slot: 'cost',
      key: 'Prefect',
      value: {
        here: 'no server except during `make orchestrator-ui`; some MB of run records in `.prefect/`',
        grows: 'with each run; `prefect flow-run delete` deletes a run',
        elsewhere: 'a server and a database that run continuously, or a seat of Prefect Cloud',
      },
    },
  ],
  traces: ['prefect', 'Prefect'],
  leftovers: [
    {
      what: 'runs and deployments in the Prefect server, or in .prefect',
      remove: 'run prefect deployment delete --all on the server, and rm -r .prefect in the repository',
    },
    {
      what: 'the deployment training/<model> in the Prefect server, whose schedule starts runs that fail',
      remove: 'run prefect deployment delete training/<model> for the server of each environment',
      of: 'model',
    },
  ],
});
