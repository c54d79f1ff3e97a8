import { defineModule } from '../../../src/core/contract.ts';

const checked = '2026-11-21';

export default defineModule({
  choice: 'orchestrator',
  id: 'dagster',
  title: 'Dagster',
  summary: 'What training makes as Dagster assets, with the data contract as a blocking check; runs need no server.',
  docs: 'https://docs.dagster.io/',
  status: 'active',
  home: 'pipelines/dagster/',
  provides: { pipelineRunner: () => ({ module: 'dagster', title: 'Dagster' }) },
  pins: {
    dagster: { version: '1.13.27', checked, groups: ['orchestrate'] },
    'dagster-webserver': { version: '1.13.27', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'dagster.schedule', value: '0 3 * * *' },
    { slot: 'make-env', key: 'DAGSTER_HOME', value: { value: '$(CURDIR)/.dagster', why: 'runs that Dagster records stay in this folder' } },
    { slot: 'make-env', key: 'DAGSTER_DISABLE_TELEMETRY', value: { value: '1', why: 'Dagster reports usage to its makers unless told not to' } },
    { slot: 'gitignore', key: '.dagster/*', value: { why: 'runs that Dagster recorded on this machine' } },
    { slot: 'gitignore', key: '!.dagster/dagster.yaml', value: { why: 'the settings of that folder' } },
    { slot: 'dockerignore', key: '.dagster/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '3030', value: { name: 'Dagster', variable: 'orchestrator-ui' } },
    { slot: 'doctor', key: 'dagster', value: { title: 'Dagster is installed', kind: 'import', value: 'dagster', hint: 'run make setup' } },
    { slot: 'docs', key: 'docs/tools/dagster.md', value: { title: 'Dagster: assets, check, job, schedule' } },
  ],
  traces: ['dagster', 'Dagster'],
  leftovers: [{ what: 'runs in the Dagster instance of the team, or in .dagster', remove: 'dagster run wipe on the instance; rm -r .dagster here' }],
});
