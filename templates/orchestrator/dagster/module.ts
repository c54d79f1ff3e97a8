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
  summary:
    'Represents the results of training as Dagster assets, with the data contract as a blocking check. ' +
    'Runs need no server.',
  docs: 'https://docs.dagster.io/',
  why:
    'Assets show which results exist and how they were produced. A blocking check stops the run if rows break ' +
    'the contract.',
  watch:
    'Schedules are disabled by default, and need the daemon. Assets contain URIs, not tables: ' +
    'do not add an IO manager that passes rows, because the steps could then no longer run as commands.',
  status: 'active',
  home: 'pipelines/dagster/',
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
      module: 'dagster',
      title: 'Dagster',
      task: {
        command: ['python', '-m', 'pipelines'],
        place:
          'the task runs the job in its own process; the web server runs on your machine only ' +
          '(`make orchestrator-ui`) and shows the runs on your machine',
      },
    }),
  },
  pins: {
    dagster: { version: '1.13.27', checked, groups: ['orchestrate'] },
    'dagster-webserver': { version: '1.13.27', checked, groups: ['orchestrate'] },
  },
  contributes: () => [
    { slot: 'config', key: 'dagster.schedule', value: '0 3 * * *' },
    { slot: 'config', key: 'dagster.first_day', value: '2026-01-01' },
    {
      slot: 'make-env',
      key: 'DAGSTER_HOME',
      value: { value: '$(CURDIR)/.dagster', why: 'Dagster stores its runs in this folder' },
    },
    {
      slot: 'make-env',
      key: 'DAGSTER_DISABLE_TELEMETRY',
      value: { value: '1', why: 'disables the usage telemetry of Dagster' },
    },
    { slot: 'gitignore', key: '/.dagster/*', value: { why: 'local Dagster runs' } },
    { slot: 'gitignore', key: '!/.dagster/dagster.yaml', value: { why: 'the settings of the Dagster instance' } },
    { slot: 'dockerignore', key: '.dagster/', value: { why: 'not part of an image' } },
    { slot: 'port', key: '3030', value: { name: 'Dagster', variable: 'orchestrator-ui' } },
    {
      slot: 'doctor',
      key: 'dagster',
      value: { title: 'Dagster is installed', kind: 'import', value: 'dagster', hint: 'run make setup' },
    },
    {
      slot: 'docs',
      key: 'docs/tools/dagster.md',
      value: { title: 'Dagster: assets, checks, jobs, triggers, backfills' },
    },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Dagster assets', detail: 'one asset per result', group: 'training', shape: 'process' },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user uses the Dagster UI',
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
      key: 'Dagster',
      value: {
        here: 'no server except during `make orchestrator-ui`; some MB of run records in `.dagster/`',
        grows: 'with each run; `dagster run delete` deletes a run',
        elsewhere: 'a web server, a daemon and a database that run continuously, or a Dagster+ plan',
      },
    },
  ],
  traces: ['dagster', 'Dagster'],
  leftovers: [
    {
      what: 'runs in the shared Dagster instance, or in .dagster',
      remove: 'run dagster run wipe on the instance, and rm -r .dagster in the repository',
    },
  ],
});
