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
  summary: 'The rows behind every registered version are kept in a DVC remote, and come back byte by byte.',
  docs: 'https://dvc.org/doc',
  why: 'Rows are kept by their hash beside git, without a server, and each registered version leads back to its bytes.',
  watch:
    'Every data set is kept whole: the store grows by a table with each version on new rows. Before `dvc gc` look which revisions registered versions still name.',
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
      value: { why: 'data is kept by DVC; git keeps the names of its revisions' },
    },
    { slot: 'gitignore', key: '/.dvc/cache/', value: { why: 'made by DVC on this machine' } },
    { slot: 'gitignore', key: '/.dvc/config.local', value: { why: 'made by DVC on this machine' } },
    { slot: 'gitignore', key: '/.dvc/tmp/', value: { why: 'made by DVC on this machine' } },
    { slot: 'dockerignore', key: '.dvc/', value: { why: 'not part of an image' } },
    { slot: 'dockerignore', key: 'data/', value: { why: 'not part of an image' } },
    {
      slot: 'make-env',
      key: 'DVC_NO_ANALYTICS',
      value: { value: '1', why: 'DVC sends usage data home unless told not to.' },
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
        title: 'DVC has a remote to keep data in',
        kind: 'file',
        value: '.dvc/config',
        hint: 'run git checkout .dvc/config',
      },
    },
    { slot: 'docs', key: 'docs/tools/dvc.md', value: { title: 'DVC: revisions of data, and how to get one back' } },
    {
      slot: 'pytest-warning',
      key: 'ignore:_NoneStep.value will soon:DeprecationWarning',
      value: { why: 'DVC reads tries in the old way of pygtrie' },
    },
    { slot: 'untyped', key: 'dvc.*', value: { why: 'DVC comes without types' } },
    {
      slot: 'diagram-node',
      key: 'revisions',
      value: { title: 'DVC remote', detail: 'rows by their md5', group: 'data', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline revisions', value: { label: 'rows of each version' } },
    {
      slot: 'cost',
      key: 'Kept rows',
      value: {
        here: '1.5 MB for each data set of 40,000 rows: 39 bytes a row, in the remote and once more in the cache',
        grows:
          'by each version on rows that changed: one a day is 2 × 550 MB a year; `dvc gc` removes what no revision names',
        elsewhere: 'object storage: GB × months, and requests',
      },
    },
    {
      slot: 'threat',
      key: 'Somebody reads or replaces kept rows',
      value: {
        area: 'data',
        measure: 'A file is compared with its hash after every pull',
        test: 'tests/test_data_dvc.py',
        left: 'rights on the remote, and its encryption: those are settings of the bucket',
      },
    },
  ],
  traces: ['dvc', 'DVC'],
  leftovers: [
    {
      what: 'revisions of data in the remotes of .dvc/config',
      carry:
        'make export-champion before the swap takes the rows of the champion along, make import-champion after it keeps them again',
      remove: 'rm -rf .dvc .mlops/dvc data, and the bucket, if there is one',
    },
  ],
});
