import * as z from 'zod';
import { definePart, defineSlot } from '../../../src/core/contract.ts';
import { q } from '../../../src/core/quote.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'pre-commit': Hook;
  }
  interface Capabilities {
    /**
     * Make targets that check the contents of the repository, for CI systems. `scan` queries a database on the network.
     * `lock` needs no installed environment. `bump` is no check: it updates the locked packages.
     */
    supplyChain: {
      readonly sbom: string;
      readonly lock: string;
      readonly bump: string;
      readonly scan: string;
      readonly hooks: string /** Vulnerabilities that are accepted, in the format of Trivy's ignore file. */;
      readonly accepted: string;
    };
    /**
     * The Make target that searches the files and the available history for secrets. It needs the tools that `make
     * setup` installs.
     */
    secretScan: { readonly target: string };
  }
}

const checked = '2026-11-21';

export type Hook = {
  name: string;
  entry: string;
  files?: string | undefined;
  types?: string[] | undefined;
  alone?: true | undefined;
};
export const preCommit = defineSlot({
  id: 'pre-commit',
  meaning:
    'A hook of pre-commit that runs a tool of the repository. The key is its id. `files` and `types` select ' +
    'the files that it gets. With `alone`, it gets none and finds them itself.',
  path: '.pre-commit-config.yaml',
  header: [
    'Checks for each commit. `make hooks` installs them; `make pre-commit` runs them on every file.',
    'The hooks use the tools in .venv, in the versions of uv.lock, so they work offline.',
  ],
  schema: z.object({
    name: z.string(),
    entry: z.string(),
    files: z.string().optional(),
    types: z.array(z.string()).optional(),
    alone: z.literal(true).optional(),
  }),
  sameKey: 'equal',
  owner: 'managed',
  render: (entries, { folder }) =>
    [
      ...(folder === '' ? [] : [`# pre-commit runs at the root of the git repository.`, `files: ^${escaped(folder)}/`]),
      'repos:',
      '  - repo: local',
      '    hooks:',
      ...entries.flatMap(({ key, value }) => hook(key, folder === '' ? value : inFolder(value, folder))),
      '',
    ].join('\n'),
});

const escaped = (text: string): string => text.replaceAll('.', '\\.');

/** A hook of a folder, started at the root of the git repository, from which pre-commit names the files. */
function inFolder({ entry, files, ...hook }: Hook, folder: string): Hook {
  const from = entry.startsWith('make ') ? entry.replace('make ', `make -C ${folder} `) : `${folder}/${entry}`;
  return {
    ...hook,
    entry: hook.alone && !entry.startsWith('make ') ? `sh -c "cd ${folder} && exec ${entry}"` : from,
    ...(files !== undefined && { files: files.replace(/^\^/, `^${escaped(folder)}/`) }),
  };
}

const hook = (id: string, { name, entry, files, types, alone }: Hook): string[] => [
  `      - id: ${q.yaml(id)}`,
  `        name: ${q.yaml(name)}`,
  `        entry: ${q.yaml(entry)}`,
  '        language: unsupported',
  ...(files === undefined ? [] : [`        files: ${q.yaml(files)}`]),
  ...(types === undefined ? [] : [`        types_or: [${types.map(q.yaml).join(', ')}]`]),
  ...(alone ? ['        pass_filenames: false'] : []),
  // A tool that starts several threads gains nothing from several processes.
  '        require_serial: true',
];

/** Checks of the contents of the repository: bill of materials, known vulnerabilities, secrets, hooks. */
export default definePart({
  slots: [preCommit.slot],
  provides: {
    supplyChain: () => ({
      sbom: 'sbom',
      scan: 'scan',
      hooks: 'pre-commit',
      accepted: 'security/accepted.yaml',
      lock: 'lock-check',
      bump: 'bump',
    }),
    secretScan: () => ({ target: 'secret-scan' }),
  },
  pins: {
    'kingfisher-bin': { version: '2.14.0', checked, groups: ['dev'], imports: [] },
    'pre-commit': { version: '4.7.0', checked, groups: ['dev'], imports: ['pre_commit'] },
    'pre-commit-hooks': { version: '6.0.0', checked, groups: ['dev'], imports: ['pre_commit_hooks'] },
  },
  owners: { 'security/**': 'starter' },
  reads: ['python-environment'],
  sees: { ciSystem: { because: 'its jobs run the same checks' } },
  contributes: ({ cap }) => [
    preCommit('check-added-large-files', {
      name: 'no large files',
      entry: '.venv/bin/check-added-large-files --enforce-all --maxkb=1024',
    }),
    preCommit('check-merge-conflict', {
      name: 'no merge conflict markers',
      entry: '.venv/bin/check-merge-conflict --assume-in-merge',
      types: ['text'],
    }),
    preCommit('mypy', { name: 'types', entry: '.venv/bin/mypy', types: ['python'], alone: true }),
    preCommit('ruff-check', { name: 'lint', entry: '.venv/bin/ruff check --force-exclude', types: ['python', 'pyi'] }),
    preCommit('ruff-format', {
      name: 'formatting',
      entry: '.venv/bin/ruff format --check --force-exclude',
      types: ['python', 'pyi'],
    }),
    preCommit('secrets', {
      name: 'no secrets',
      entry: '.venv/bin/kingfisher scan --no-validate --no-update-check --redact --quiet',
    }),
    preCommit('uv-lock', {
      name: 'uv.lock matches pyproject.toml',
      entry: 'make --silent lock-check',
      files: '^(environments/[^/]+/)?(pyproject\\.toml|uv\\.lock)$',
      alone: true,
    }),
    {
      slot: 'docs',
      key: 'docs/supply-chain.md',
      value: { title: 'Supply chain: bill of materials, vulnerabilities, secrets, hooks' },
    },
    {
      slot: 'doctor',
      key: 'secret-scanner',
      value: {
        title: 'the secret scanner is installed',
        kind: 'command',
        value: '.venv/bin/kingfisher --version',
        hint: 'run make setup',
      },
    },
    {
      slot: 'threat',
      key: 'A dependency has a known vulnerability',
      value: {
        area: 'supply',
        measure: '`make scan` fails for severe vulnerabilities; each exception has a reason and ends within 90 days',
        left: 'unreported vulnerabilities, and vulnerabilities below the threshold',
      },
    },
    {
      slot: 'threat',
      key: 'A token is written into a file',
      value: {
        area: 'secrets',
        measure: 'A hook stops the commit; `make secret-scan` searches the files and the history',
        left:
          'passwords without a recognizable format; ' +
          (cap.ciSystem?.file
            ? 'commits with `--no-verify` are checked in CI only'
            : 'commits with `--no-verify` are not checked'),
      },
    },
    {
      slot: 'doctor',
      key: 'lock',
      value: { title: 'uv.lock exists', kind: 'file', value: 'uv.lock', hint: 'run make setup && git add uv.lock' },
    },
    { slot: 'dockerignore', key: 'security/', value: { why: 'not part of an image' } },
    { slot: 'dockerignore', key: '.pre-commit-config.yaml', value: { why: 'not part of an image' } },
  ],
  tests: {
    'tests/supply_chain/test_bump.py': { varies: ['supplyChain'] },
    'tests/supply_chain/test_hooks.py': { varies: ['secretScan', 'supplyChain'] },
    'tests/supply_chain/test_scan.py': { varies: ['supplyChain'] },
  },
});
