import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/dagster': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'orchestrator',
  id: 'dagster',
  title: 'Dagster',
  summary: 'What training makes as Dagster assets, with the data contract as a blocking check; runs need no server.',
  docs: 'https://docs.dagster.io/',
  why: 'Assets say what exists and what it was made of, and a blocking check keeps rows that break the contract away from everything after it.',
  watch:
    'Schedules are off until they are switched on, and need the daemon. Assets hold URIs, not tables: a resource or IO manager that moves rows would make the steps useless as commands.',
  status: 'active',
  home: 'pipelines/dagster/',
  needs: {
    pipelineHost: {
      take: 'any',
      onDemand: true,
      because: 'outside this machine a run is one process that somebody has to start',
    },
  },
  provides: {
    pipelineRunner: () => ({
      module: 'dagster',
      title: 'Dagster',
      task: {
        command: ['python', '-m', 'pipelines'],
        place:
          'the task runs the job in its process; the web server stays on your machine (`make orchestrator-ui`) and shows the runs made there',
      },
    }),
  },
  pins: {
    dagster: { version: '1.13.27', checked, groups: ['orchestrate'] },
    'dagster-webserver': { version: '1.13.27', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'dagster.schedule', value: '0 3 * * *' },
    {
      slot: 'make-env',
      key: 'DAGSTER_HOME',
      value: { value: '$(CURDIR)/.dagster', why: 'runs that Dagster records stay in this folder' },
    },
    {
      slot: 'make-env',
      key: 'DAGSTER_DISABLE_TELEMETRY',
      value: { value: '1', why: 'Dagster reports usage to its makers unless told not to' },
    },
    { slot: 'gitignore', key: '.dagster/*', value: { why: 'runs that Dagster recorded on this machine' } },
    { slot: 'gitignore', key: '!.dagster/dagster.yaml', value: { why: 'the settings of that folder' } },
    { slot: 'dockerignore', key: '.dagster/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '3030', value: { name: 'Dagster', variable: 'orchestrator-ui' } },
    {
      slot: 'doctor',
      key: 'dagster',
      value: { title: 'Dagster is installed', kind: 'import', value: 'dagster', hint: 'run make setup' },
    },
    { slot: 'docs', key: 'docs/tools/dagster.md', value: { title: 'Dagster: assets, check, job, schedule' } },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Dagster assets', detail: 'one asset for each thing made', group: 'training', shape: 'process' },
    },
    {
      slot: 'threat',
      key: 'Somebody else uses the pages of Dagster',
      value: {
        area: 'authentication',
        measure: 'They listen on 127.0.0.1 only',
        left: 'they ask nobody who is there: any user of this machine may start runs. A server for a team needs a proxy that does',
      },
    },
    {
      slot: 'cost',
      key: 'Dagster',
      value: {
        here: 'no server unless `make orchestrator-ui`; records of runs in `.dagster/`, some MB',
        grows: 'with each run; `dagster run delete` removes one',
        elsewhere: 'web server, daemon and database around the clock, or a plan of Dagster+',
      },
    },
  ],
  traces: ['dagster', 'Dagster'],
  leftovers: [
    {
      what: 'runs in the Dagster instance of the team, or in .dagster',
      remove: 'dagster run wipe on the instance; rm -r .dagster here',
    },
  ],
});
