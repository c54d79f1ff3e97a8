import { type Contribution, defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'tracker/none': true;
  }
}

export default defineModule({
  choice: 'tracker',
  id: 'none',
  title: 'Files only',
  summary: 'Records each run as JSON files in a folder, or in the artifact store. There is no server and no account.',
  docs: 'https://jsonlines.org',
  why: 'Any program reads the files, and nothing besides the artifact store has to run or be paid for.',
  watch: 'There is no web UI. If you compare many runs in a team, choose a tracker with a server.',
  status: 'active',
  home: 'src/__package__/tracking/',
  needs: {
    artifactStore: { because: 'the files of a run are stored in it' },
    tablePlots: { because: 'the plots of a run are files, too' },
  },
  provides: { trackerClient: () => ({ module: 'files', object: 'FileTracker' }) },
  contributes: ({ cap }) => [
    ...Object.entries(cap.artifactStore.roots).map(
      ([environment, root]): Contribution => ({
        slot: 'config',
        key: 'tracking.folder',
        value: `${root}/tracking`,
        environment,
      }),
    ),
    {
      slot: 'grant',
      key: 'train tracking',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['tracking/'],
        why: 'the files of a run are stored below tracking.folder',
      },
    },
    { slot: 'docs', key: 'docs/tools/run-files.md', value: { title: 'Recorded runs: files without a server' } },
    {
      slot: 'diagram-node',
      key: 'tracker',
      value: { title: 'Run files', detail: 'runs', group: 'training', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline tracker', value: { label: 'run, metrics, model' } },
    {
      slot: 'cost',
      key: 'Recorded runs',
      value: {
        here: '0.35 MB per run, most of it a copy of the package',
        grows: 'with each registered run: one run per day adds 130 MB per year',
        elsewhere: 'object storage',
      },
    },
    {
      slot: 'threat',
      key: 'Recorded runs are changed or deleted',
      value: {
        area: 'data',
        measure: 'Decisions and lineage use the files of a run, not the tracker: its records are a copy',
        left: 'everyone who can write to the folder can change the records: restrict write access to it',
      },
    },
  ],
  traces: ['FileTracker'],
  leftovers: [
    {
      what: 'the files of the runs, in the folder tracking.folder of each environment',
      carry: 'make export-champion before the swap, make import-champion after it',
      remove: 'delete the folder',
    },
  ],
  tests: { 'tests/test_tracker_files.py': { varies: ['artifactStore', 'trackerClient'] } },
});
