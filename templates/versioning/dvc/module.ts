import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'versioning/dvc': true;
  }
}

/** Of a throw-away project: its remote is inside it. */
const scratch = `[core]\n    remote = store\n['remote "store"']\n    url = ../store\n`;

export default defineModule({
  choice: 'versioning',
  id: 'dvc',
  title: 'DVC',
  summary:
    'Stores the training rows of each registered version in a DVC remote, from which you can restore them exactly.',
  docs: 'https://dvc.org/doc',
  why:
    'DVC stores rows by their hash, without a server, and git tracks the revisions. ' +
    'You can restore the rows of each registered version.',
  watch:
    'Each data set is stored in full, so each version with new rows adds a whole table to the store. ' +
    'Before you run `dvc gc`, check which revisions the registered versions use.',
  status: 'active',
  home: 'data/',
  provides: {
    dataVersioning: () => ({ module: 'dvc', keep: 'keep', fetch: 'fetch', scratch: { '.dvc/config': scratch } }),
  },
  owners: { '.dvc/config': 'starter', '.dvcignore': 'starter' },
  pins: { dvc: { version: '3.67.1', checked: '2026-11-21', groups: ['train'] } },
  contributes: () => [
    {
      slot: 'gitignore',
      key: '/data/*.parquet',
      value: { why: 'DVC stores the data; git tracks the names of the revisions' },
    },
    { slot: 'gitignore', key: '/.dvc/cache/', value: { why: 'created by DVC' } },
    { slot: 'gitignore', key: '/.dvc/config.local', value: { why: 'created by DVC' } },
    { slot: 'gitignore', key: '/.dvc/tmp/', value: { why: 'created by DVC' } },
    { slot: 'dockerignore', key: '.dvc/', value: { why: 'not part of an image' } },
    { slot: 'dockerignore', key: 'data/', value: { why: 'not part of an image' } },
    {
      slot: 'make-env',
      key: 'DVC_NO_ANALYTICS',
      value: { value: '1', why: 'Disables the usage telemetry of DVC.' },
    },
    {
      slot: 'doctor',
      key: 'dvc',
      value: { title: 'DVC is installed', kind: 'import', value: 'dvc', hint: 'run make setup' },
    },
    {
      slot: 'doctor',
      key: 'dvc-config',
      value: {
        title: 'DVC has a remote',
        kind: 'file',
        value: '.dvc/config',
        hint: 'run git checkout .dvc/config',
      },
    },
    { slot: 'docs', key: 'docs/tools/dvc.md', value: { title: 'DVC: store and restore data revisions' } },
    {
      slot: 'pytest-warning',
      key: 'ignore:_NoneStep.value will soon:DeprecationWarning',
      value: { why: 'DVC uses a deprecated API of pygtrie' },
    },
    { slot: 'untyped', key: 'dvc.*', value: { why: 'DVC has no type annotations' } },
    {
      slot: 'diagram-node',
      key: 'revisions',
      value: { title: 'DVC remote', detail: 'rows by their md5', group: 'data', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline revisions', value: { label: 'rows of each version' } },
    {
      slot: 'cost',
      key: 'Stored rows',
      value: {
        here: '1.5 MB for each data set of 40,000 rows: 39 bytes per row, in the remote and again in the cache',
        grows:
          'with each version on changed rows: one version per day adds 2 × 550 MB per year; ' +
          '`dvc gc` removes unused revisions',
        elsewhere: 'object storage: GB × months, and requests',
      },
    },
    {
      slot: 'threat',
      key: 'Stored rows are read or replaced',
      value: {
        area: 'data',
        measure: 'The hash of a file is verified after each pull',
        test: 'tests/test_data_dvc.py',
        left: 'permissions and encryption of the remote: configure them for the bucket',
      },
    },
  ],
  traces: ['dvc', 'DVC'],
  leftovers: [
    {
      what: 'revisions of data in the remotes of .dvc/config',
      carry:
        'make export-champion before the swap exports the rows of the champion, and make import-champion after ' +
        'it stores them again',
      remove: 'rm -rf .dvc .mlops/dvc data, and the bucket, if there is one',
    },
  ],
});
