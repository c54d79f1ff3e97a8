import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'cloud/local': true;
  }
}

export default defineModule({
  choice: 'cloud',
  id: 'local',
  title: 'This machine',
  summary: 'Data, models and runs stay in folders of the repository; nothing is created anywhere else.',
  docs: 'https://filesystem-spec.readthedocs.io/en/latest/api.html#fsspec.implementations.local.LocalFileSystem',
  why: 'One folder and no account: the whole loop can be tried, broken and thrown away without asking anybody.',
  watch:
    'SQLite has one writer and registry records hold absolute paths, so two machines cannot share the folder. A second machine that trains or serves is the moment for an object store and a server for runs and versions.',
  status: 'active',
  home: '.mlops/',
  provides: {
    artifactStore: ({ project }) => ({
      scheme: 'file',
      roots: { local: '.mlops', ...Object.fromEntries(project.environments.map((name) => [name, `.mlops/${name}`])) },
    }),
  },
  contributes: () => [
    {
      slot: 'diagram-node',
      key: 'storage',
      value: { title: '.mlops/', detail: 'runs, versions, logs', group: 'data', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline storage', value: { label: 'files of each run' } },
    { slot: 'docs', key: 'docs/tools/storage.md', value: { title: 'Storage: folders of this machine' } },
    {
      slot: 'threat',
      key: 'Somebody reads models, rows or predictions',
      value: {
        area: 'permissions',
        measure: 'Folders of models are written for their owner only',
        left: 'other files take the mask of the user, and the disk is not encrypted by this repository',
      },
    },
  ],
  // The folder itself is the default of config/*.yaml, which the package owns.
  traces: ['[This machine]('],
  leftovers: [
    {
      what: 'data, models and runs in .mlops/, where the environment local has them with any cloud',
      remove: 'rm -rf .mlops',
    },
  ],
});
