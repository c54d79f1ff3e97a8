import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'orchestrator',
  id: 'prefect',
  title: 'Prefect',
  summary: 'The steps as tasks of a Prefect flow; a run starts its own server, or reports to the one of the team.',
  docs: 'https://docs.prefect.io/v3/get-started',
  status: 'active',
  home: 'pipelines/prefect/',
  provides: { pipelineRunner: () => ({ module: 'prefect', title: 'Prefect' }) },
  pins: {
    fastapi: { version: '0.154.0', checked, groups: ['orchestrate'], because: 'Prefect 3.8.8 says that it takes later ones, and cannot be imported with them' },
    prefect: { version: '3.8.8', checked, groups: ['orchestrate'] },
    uvicorn: { version: '0.54.0', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'prefect.api_url', value: null },
    { slot: 'config', key: 'prefect.schedule', value: '0 3 * * *' },
    { slot: 'env', key: 'PREFECT_API_KEY', value: { default: '', comment: 'Key of the Prefect API in prefect.api_url, where it asks for one', secret: true } },
    { slot: 'make-env', key: 'PREFECT_API_URL', value: { value: '', why: "the server is named by prefect.api_url of the environment, never by a shell of somebody's" } },
    { slot: 'make-env', key: 'PREFECT_PROFILE', value: { value: '', why: 'settings stand in prefect.toml, never in a profile of somebody' } },
    { slot: 'gitignore', key: '.prefect/', value: { why: 'runs that Prefect recorded on this machine' } },
    { slot: 'dockerignore', key: '.prefect/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '4200', value: { name: 'Prefect', variable: 'orchestrator-ui' } },
    { slot: 'doctor', key: 'prefect', value: { title: 'Prefect is installed', kind: 'import', value: 'prefect', hint: 'run make setup' } },
    { slot: 'docs', key: 'docs/tools/prefect.md', value: { title: 'Prefect: flow, server, deployments' } },
  ],
  traces: ['prefect', 'Prefect'],
  leftovers: [{ what: 'runs and deployments in the Prefect server, or in .prefect', remove: 'prefect deployment delete --all on the server; rm -r .prefect here' }],
});
