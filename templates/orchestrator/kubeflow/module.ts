import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/kubeflow': true;
  }
}

const checked = '2026-11-30';

export default defineModule({
  choice: 'orchestrator',
  id: 'kubeflow',
  title: 'Kubeflow Pipelines',
  summary:
    'Runs each step as a component of Kubeflow Pipelines, in a cluster that you have. On your machine, its local runner ' +
    'runs the same components.',
  docs: 'https://www.kubeflow.org/docs/components/pipelines/',
  why:
    'The UI shows the graph, the artifacts and the metadata of each run, and a step that already ran for the same data is ' +
    'not repeated. No server is needed to run the pipeline on your machine.',
  watch:
    'Kubeflow Pipelines is a large installation, which you or your platform team operate. Its SDK requires exact ' +
    'versions of requests and urllib3, which the lock of this repository then has. Each local step starts a process ' +
    'and imports its libraries again.',
  status: 'active',
  home: 'pipelines/kubeflow/',
  needs: {
    failureNotices: { because: 'the task at the end of a run sends them' },
    imageBuild: { because: 'pods run the image of the steps' },
    pipelineCluster: { because: 'runs are in a cluster that the user has' },
    localPipeline: { because: 'a failed run continues, and the retraining pipeline runs, without the cluster' },
    runParameters: { because: 'every run takes them' },
  },
  sees: { imagePush: { because: 'the page says how an image reaches a registry' } },
  reads: ['pipeline-step', 'secret'],
  provides: { pipelineRunner: () => ({ module: 'kubeflow', title: 'Kubeflow Pipelines' }) },
  pins: {
    kfp: {
      version: '2.17.3',
      checked,
      groups: ['orchestrate'],
      extras: ['kubernetes'],
      imports: ['kfp', 'kfp_server_api', 'urllib3'],
    },
  },
  contributes: ({ project }) => [
    ...project.environments.flatMap((environment) =>
      Object.entries({ host: null, api_namespace: 'kubeflow', schedule: '0 3 * * *', drift_schedule: null }).map(
        ([key, value]) => ({ slot: 'config' as const, key: `kubeflow.${key}`, value, environment }),
      ),
    ),
    {
      slot: 'env',
      key: 'KUBEFLOW_TOKEN',
      value: {
        default: '',
        comment: 'Token for the API in kubeflow.host, if it requires one',
        secret: true,
        localBecause: 'only commands with an ENV use the API',
      },
    },
    { slot: 'untyped', key: 'kfp.*', value: { why: 'kfp has no type annotations' } },
    { slot: 'untyped', key: 'kfp_server_api.*', value: { why: 'kfp has no type annotations' } },
    {
      slot: 'doctor',
      key: 'kubeflow',
      value: { title: 'Kubeflow Pipelines is installed', kind: 'import', value: 'kfp', hint: 'run make setup' },
    },
    {
      slot: 'image-stage',
      key: 'train',
      value: {
        title: 'the training steps',
        groups: ['train', 'orchestrate'],
        command: ['python', '-m', `${project.package}.steps.train`],
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/kubeflow.md',
      value: { title: 'Kubeflow Pipelines: components, cluster, schedule, troubleshooting' },
    },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Kubeflow Pipelines', detail: 'one pod per step', group: 'training', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'schedule',
      value: { title: 'Recurring runs', detail: 'training, drift', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'schedule pipeline', value: { label: 'starts' } },
    {
      slot: 'cost',
      key: 'Pods of training',
      value: {
        here: 'nothing: `make pipeline` runs the steps on your machine',
        grows: 'with runs: a pod for each step, with the CPU and the memory in `pipelines/kubeflow/definitions.py`',
        elsewhere: 'nodes of the cluster; the services, the database and the object store of Kubeflow run continuously',
      },
    },
    {
      slot: 'threat',
      key: 'A user who can start a run reads or runs more than intended',
      value: {
        area: 'permissions',
        measure: 'Parameters of a run are arguments of fixed functions, and no shell reads them',
        left:
          'a user of the namespace can run any image there and read the artifacts of all runs: give each team its own ' +
          'profile',
      },
    },
  ],
  tests: { 'tests/test_kubeflow_submit.py': { varies: ['pipelineRunner', 'pipelineCluster'] } },
  traces: ['kubeflow', 'Kubeflow'],
  leftovers: [
    {
      what: 'runs, recurring runs and artifacts in Kubeflow, and the ConfigMap and secret of the namespace',
      remove: 'delete the experiment of this project in the UI, and its recurring runs, before the swap',
    },
    {
      what: 'the compiled definitions pipelines/kubeflow/training.yaml and pipelines/kubeflow/retraining.yaml',
      remove: 'run git rm -r pipelines/kubeflow, and commit',
    },
    {
      what: 'the recurring runs in the cluster of <env>',
      remove: 'delete them in the UI of that cluster, with the experiment of this project',
      of: 'environment',
    },
    {
      what: 'the recurring runs of <model>, which start runs that fail',
      remove: 'run make schedule ENV=<env> for each environment, after the update: it replaces all recurring runs',
      of: 'model',
    },
  ],
});
