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
  summary: 'Stores data, models and runs in folders of the repository. Nothing is created outside the repository.',
  docs: 'https://filesystem-spec.readthedocs.io/en/latest/api.html#fsspec.implementations.local.LocalFileSystem',
  why: 'You need only one folder and no account. You can try, change and delete the whole system without permission.',
  watch:
    'SQLite supports one writer, and registry records contain absolute paths, so two machines cannot share the ' +
    'folder. If a second machine trains or serves, use an object store and a server for runs and versions.',
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
    { slot: 'docs', key: 'docs/tools/storage.md', value: { title: 'Local storage: folders, settings, limits' } },
    {
      slot: 'threat',
      key: 'Models, rows or predictions are disclosed',
      value: {
        area: 'permissions',
        measure: 'Only the owner can read the folders of models',
        left: 'other files have the default permissions of the user, and this repository does not encrypt the disk',
      },
    },
  ],
  // The package owns config/*.yaml, whose default is the local folder.
  exempt: {
    cost: 'the disk of your machine is not billed; the rows about runs name its size',
  },
  traces: ['[This machine]('],
  leftovers: [
    {
      what: 'data, models and runs in .mlops/, which the environment local uses with any cloud',
      remove: 'run rm -rf .mlops',
    },
  ],
});
