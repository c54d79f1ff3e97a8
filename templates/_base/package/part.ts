import * as z from 'zod';
import { type Contribution, definePart, defineSlot } from '../../../src/core/contract.ts';
import { trainingSteps } from './steps.ts';

declare module '../../../src/core/contract.ts' {
  interface Slots {
    'demo-rehearsal': { module: string };
    'upgrade-step': { file: string; before: string; after: string };
  }
}

const checked = '2026-11-21';
const roles = ['train', 'serve'];

export const demoRehearsal = defineSlot({
  id: 'demo-rehearsal',
  meaning:
    'A row that `make demo` adds to its table, with a local stand-in for a remote service. ' +
    'The key is its name. `module`: a file of `src/<package>/rehearsals`.',
  schema: z.object({ module: z.string().regex(/^[a-z]\w*$/) }),
  sameKey: 'equal',
  owner: 'managed',
});

export const upgradeStep = defineSlot({
  id: 'upgrade-step',
  meaning:
    'A change of an interface that a file of the user relies on, for `docs/upgrading.md`. The key says what to do. ' +
    '`file`: the file. `before`, `after`: Python code of earlier releases and of this one.',
  schema: z.object({ file: z.string(), before: z.string(), after: z.string() }),
  sameKey: 'equal',
  owner: 'managed',
});

/** Next to the runs; locally in a folder that `make clean` and a deleted `.mlops/` do not remove. */
function auditRoot(environment: string, root: string): string {
  if (root.includes('://')) return `${root}/audit`;
  return environment === 'local' ? 'audit' : `audit/${environment}`;
}

/** The Python package: settings, data, steps, tracking, registry, and the loop of `make demo`. */
export default definePart({
  slots: [demoRehearsal.slot, upgradeStep.slot],
  reads: ['demo-rehearsal', 'pipeline-step', 'upgrade-step'],
  sees: {
    imageBuild: { because: 'the page of the parameters says how a model without ONNX gets into the image' },
    parameterSearch: { because: 'the step train uses the values that a search found' },
  },
  needs: {
    artifactStore: { because: 'runs, models and the audit are stored in it' },
    trackerClient: { because: 'the step register records each run' },
    registryClient: { because: 'versions are registered, promoted and served' },
    dataVersioning: { because: 'lineage names the revision of the data' },
    dataValidator: { because: 'the step validate checks rows against the contract' },
    pipelineRunner: { because: 'the pipeline runner runs the steps' },
    runParameters: { because: 'commands and Make targets pass the parameters of a run' },
  },
  moved: {
    'mk/pipeline.mk': 'mk/pipeline.mk.ejs',
    'src/__package__/params.py': 'src/__package__/params.py.ejs',
    'src/__package__/steps/train.py': 'src/__package__/steps/train.py.ejs',
    'src/__package__/artifacts.py': 'src/__package__/platform/artifacts.py',
    'src/__package__/audit.py': 'src/__package__/platform/audit.py',
    'src/__package__/champion.py': 'src/__package__/platform/transfer.py',
    'src/__package__/demo.py': 'src/__package__/platform/demo.py',
    'src/__package__/doctor.py': 'src/__package__/platform/doctor.py',
    'src/__package__/errors.py': 'src/__package__/platform/errors.py',
    'src/__package__/events.py': 'src/__package__/platform/events.py',
    'src/__package__/lineage.py': 'src/__package__/platform/lineage.py',
    'src/__package__/paths.py': 'src/__package__/platform/paths.py.ejs',
    'src/__package__/prediction_logs.py': 'src/__package__/platform/prediction_logs.py',
    'src/__package__/scoring.py': 'src/__package__/platform/scoring.py',
    'src/__package__/settings.py': 'src/__package__/platform/settings.py',
  },
  pins: {
    fsspec: { version: '2026.9.0', checked, groups: roles },
    msgspec: { version: '0.22.0', checked: '2026-11-29', groups: roles },
    numpy: [
      {
        version: '2.4.6',
        marker: "python_version < '3.12'",
        checked,
        groups: roles,
        because: 'newer NumPy releases require Python 3.12',
      },
      { version: '2.5.5', marker: "python_version >= '3.12'", checked, groups: roles },
    ],
    onnxruntime: { version: '1.31.1', checked, groups: roles },
    pandas: { version: '3.1.1', checked, groups: ['native', 'train'] },
    'pandas-stubs': { version: '3.1.0.261029', checked, groups: ['dev'], imports: [] },
    pyarrow: { version: '25.0.1', checked, groups: ['train'] },
    psycopg: { version: '3.3.9', checked: '2026-11-29', groups: ['train'], extras: ['binary'] },
    pyyaml: { version: '6.0.3', checked, groups: roles, imports: ['yaml'] },
    sqlalchemy: { version: '2.0.58', checked, groups: ['train'] },
    'types-pyyaml': { version: '6.0.12.20261113', checked, groups: ['dev'], imports: [] },
  },
  removed: [
    {
      package: 'numpy',
      api: 'np.float_',
      since: '2.0.0',
      instead: 'np.float64',
      source: 'https://numpy.org/doc/stable/numpy_2_0_migration_guide.html',
    },
    {
      package: 'numpy',
      api: 'np.NaN',
      since: '2.0.0',
      instead: 'np.nan',
      source: 'https://numpy.org/doc/stable/numpy_2_0_migration_guide.html',
    },
    {
      package: 'numpy',
      api: 'np.Inf',
      since: '2.0.0',
      instead: 'np.inf',
      source: 'https://numpy.org/doc/stable/numpy_2_0_migration_guide.html',
    },
    {
      package: 'numpy',
      api: 'np.trapz',
      since: '2.4.0',
      instead: 'np.trapezoid',
      source: 'https://numpy.org/doc/stable/release/2.4.0-notes.html',
    },
    {
      package: 'numpy',
      api: 'np.in1d',
      since: '2.4.0',
      instead: 'np.isin',
      source: 'https://numpy.org/doc/stable/release/2.4.0-notes.html',
    },
    {
      package: 'pandas',
      api: '.applymap(',
      since: '3.0.0',
      instead: '.map(',
      source: 'https://pandas.pydata.org/docs/whatsnew/v3.0.0.html',
    },
    {
      package: 'pandas',
      api: '.fillna(method=',
      since: '3.0.0',
      instead: '.ffill() or .bfill()',
      source: 'https://pandas.pydata.org/docs/whatsnew/v3.0.0.html',
    },
  ],
  contributes: ({ project, cap }) => [
    ...trainingSteps(cap.parameterSearch ? [cap.parameterSearch.output] : []),
    ...Object.entries(cap.artifactStore.roots).flatMap(([environment, root]): Contribution[] => [
      { slot: 'config', key: 'artifacts.root', value: `${root}/runs`, environment },
      { slot: 'config', key: 'audit.root', value: auditRoot(environment, root), environment },
    ]),
    {
      slot: 'grant',
      key: 'train files',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['read'],
        why: 'your own data can be anywhere in the store',
      },
    },
    {
      slot: 'grant',
      key: 'train files',
      value: {
        workload: 'train',
        to: 'artifactStore',
        verbs: ['write'],
        paths: ['audit/', 'runs/'],
        why: 'steps write to run folders, and a promotion writes to the audit',
      },
    },
    {
      slot: 'secret',
      key: 'DATABASE_URL',
      value: {
        title: 'URL of the database of your rows, if data.secret names it',
        environments: [...project.environments],
        readers: ['train'],
        optional: true,
      },
    },
    {
      slot: 'env',
      key: 'DATABASE_URL',
      value: {
        default: '',
        comment: 'URL of the database of your rows, with user and password, if data.secret in params/ is DATABASE_URL',
        secret: true,
      },
    },
    { slot: 'gitignore', key: '/.mlops/', value: { why: 'local runs, models and audit records' } },
    { slot: 'gitignore', key: '/audit/', value: { why: 'local runs, models and audit records' } },
    { slot: 'gitignore', key: '/reports/', value: { why: 'created by make demo' } },
    { slot: 'dockerignore', key: '.mlops/', value: { why: 'not part of an image' } },
    { slot: 'dockerignore', key: 'audit/', value: { why: 'not part of an image' } },
    { slot: 'dockerignore', key: 'reports/', value: { why: 'not part of an image' } },
    {
      slot: 'docs',
      key: 'docs/parameters.md',
      value: { title: 'Parameters: tune a model, use your own data, add a model' },
    },
    {
      slot: 'docs',
      key: 'docs/upgrading.md',
      value: { title: 'Upgrade: changes for your own files after an update' },
    },
    {
      slot: 'docs',
      key: 'docs/carrying-over.md',
      value: { title: 'Move the champion, its run and its data to another tool' },
    },
    { slot: 'clean', key: 'reports', value: {} },
    {
      slot: 'doctor',
      key: 'git',
      value: {
        title: 'git is installed, for the lineage of models',
        kind: 'command',
        value: 'git --version',
        hint: 'install git',
      },
    },
    {
      slot: 'doctor',
      key: 'package',
      value: { title: 'the package is installed', kind: 'import', value: project.package, hint: 'run make setup' },
    },
    { slot: 'untyped', key: 'fsspec.*', value: { why: 'fsspec has no type annotations' } },
    { slot: 'untyped', key: 'onnxruntime.*', value: { why: 'ONNX Runtime has no type annotations' } },
    { slot: 'untyped', key: 'pyarrow.*', value: { why: 'PyArrow has no type annotations' } },
  ],
  tests: {
    'tests/test_contract.py': { varies: [] },
    'tests/test_conversion.py': { varies: [] },
    'tests/test_dialects.py': { varies: [] },
    'tests/test_split.py': { varies: [] },
    'tests/test_row_time.py': { varies: ['modelFramework'] },
    'tests/test_steps.py': { varies: ['artifactStore', 'dataVersioning'] },
    'tests/test_network.py': { varies: ['pipelineRunner'] },
    'tests/test_artifacts.py': { varies: ['artifactStore'] },
    'tests/test_transfer.py': {
      varies: ['artifactStore', 'dataVersioning', 'modelFramework', 'registryClient', 'trackerClient'],
    },
    'tests/test_database.py': { varies: ['artifactStore', 'dataVersioning', 'modelFramework'] },
    'tests/test_quality.py': { varies: ['dataValidator'] },
    'tests/test_columns.py': {
      varies: ['artifactStore', 'dataValidator', 'dataVersioning', 'modelFramework', 'registryClient', 'trackerClient'],
    },
    'tests/test_train_parameters.py': {
      varies: ['artifactStore', 'dataValidator', 'modelFramework', 'registryClient', 'trackerClient'],
    },
    'tests/test_feature_code.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] },
    'tests/test_data.py': { varies: ['artifactStore', 'dataValidator', 'dataVersioning'] },
    'tests/test_lineage.py': { varies: ['artifactStore', 'dataVersioning', 'trackerClient'] },
    'tests/test_interrupts.py': { varies: [] },
    'tests/test_interrupted_commands.py': { varies: ['pipelineRunner'] },
    'tests/test_baselines.py': { varies: [] },
    'tests/test_locks.py': { varies: [] },
    'tests/test_onnx_file.py': { varies: ['modelFramework'] },
    'tests/test_output.py': { varies: [] },
    'tests/test_moved.py': { varies: [] },
    'tests/test_run_folder.py': { varies: [] },
    'tests/test_settings_of_commands.py': { varies: [] },
    'tests/test_registry.py': { varies: ['artifactStore', 'registryClient', 'trackerClient'] },
    'tests/test_releases.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] },
    'tests/test_release_conformance.py': { varies: ['artifactStore', 'modelFramework', 'registryClient'] },
    'tests/test_tracker.py': { varies: ['artifactStore', 'modelFramework', 'trackerClient'] },
    'tests/test_windows.py': {
      varies: ['artifactStore', 'dataValidator', 'modelFramework', 'pipelineRunner', 'registryClient', 'trackerClient'],
    },
    'tests/test_training.py': {
      varies: ['artifactStore', 'dataValidator', 'dataVersioning', 'modelFramework', 'registryClient', 'trackerClient'],
    },
  },
});
