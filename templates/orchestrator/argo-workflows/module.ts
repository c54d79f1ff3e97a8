import { defineModule } from '../../../src/core/contract.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/argo-workflows': true;
  }
}

export default defineModule({
  choice: 'orchestrator',
  id: 'argo-workflows',
  title: 'Argo Workflows',
  summary:
    'Runs each step as a pod of a Kubernetes cluster that you have. On your machine, a small interpreter executes the ' +
    'same WorkflowTemplate.',
  docs: 'https://argo-workflows.readthedocs.io/en/latest/',
  why:
    'The pipeline is one Kubernetes manifest. Pods exist only while a step runs, and each step has its own size, ' +
    'retries and time limit.',
  watch:
    'The cluster and its Argo Workflows 4 are yours to operate, and you need an object store that pods can reach. ' +
    'Earlier versions do not know `mutexes` and `schedules`. The local interpreter rejects constructs that it does ' +
    'not support, so extend it before you use more of Argo.',
  status: 'active',
  home: 'pipelines/argo/',
  needs: {
    artifactStore: { because: 'the definition names the folder of all runs' },
    definitionWalker: { because: 'the definition is interpreted on this machine, which has no cluster' },
    failureNotices: { because: 'the task at the end of a workflow sends them' },
    imageBuild: { because: 'pods run the image of the steps' },
    localPipeline: { because: 'a failed run continues, and the retraining pipeline runs, without the cluster' },
    runParameters: { because: 'every run takes them' },
    pipelineCluster: { because: 'workflows run in a cluster that the user has' },
  },
  sees: { imagePush: { because: 'the page says how an image reaches a registry' } },
  reads: ['pipeline-step', 'secret'],
  provides: {
    pipelineRunner: () => ({
      module: 'argo',
      title: 'Argo Workflows',
      standIn: 'a walker of pipelines/argo/training.yaml',
    }),
  },
  contributes: ({ project }) => [
    { slot: 'config', key: 'argo.schedule', value: '0 3 * * *' },
    { slot: 'config', key: 'argo.drift_schedule', value: null },
    {
      slot: 'image-stage',
      key: 'train',
      value: {
        title: 'the training steps',
        groups: ['train'],
        command: ['python', '-m', `${project.package}.steps.train`],
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/argo-workflows.md',
      value: { title: 'Argo Workflows: definition, cluster, schedule, troubleshooting' },
    },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Argo Workflows', detail: 'one pod per step', group: 'training', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'schedule',
      value: { title: 'CronWorkflows', detail: 'training, drift', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'schedule pipeline', value: { label: 'starts' } },
    {
      slot: 'cost',
      key: 'Pods of training',
      value: {
        here: 'nothing: `make pipeline` runs the steps on your machine',
        grows: 'with runs: a pod for each step, with the CPU and the memory in `pipelines/argo/training.yaml`',
        elsewhere: 'nodes of the cluster, and the controller of Argo Workflows, which runs continuously',
      },
    },
    {
      slot: 'threat',
      key: 'A user who can start a workflow runs other code',
      value: {
        area: 'permissions',
        measure:
          'Parameters of a workflow are single arguments of fixed commands, and no shell reads them. Pods run without ' +
          'root, without privileges and with a read-only file system. Their service account may only report results',
        left:
          'a user who may create any Workflow in the namespace can run any image there: allow only references to ' +
          'templates, with `workflowRestrictions` of the controller. Kubernetes replaces `$(NAME)` in a parameter with ' +
          'a variable of the pod, so a user who starts a workflow can see the secrets of the steps',
      },
    },
  ],
  tests: { 'tests/test_walker.py': { varies: ['definitionWalker', 'pipelineRunner'] } },
  traces: ['argoproj', 'Argo Workflows'],
  leftovers: [
    {
      what: 'the WorkflowTemplate, CronWorkflows, Workflows and service account in the namespace',
      remove:
        'kubectl --context <context> --namespace <namespace> delete cronworkflows,workflows,workflowtemplates ' +
        '--selector app.kubernetes.io/name=<project>, before the swap',
    },
    {
      what: 'the WorkflowTemplate, CronWorkflows, Workflows and service account in the cluster of <env>',
      remove:
        'kubectl --context <context> --namespace <namespace> delete cronworkflows,workflows,workflowtemplates ' +
        '--selector app.kubernetes.io/name=<project>, with the context of <env>',
      of: 'environment',
    },
    {
      what: 'the CronWorkflows of <model> in the cluster of each environment, which start Workflows that fail',
      remove:
        'kubectl --context <context> --namespace <namespace> delete cronworkflow ' +
        '<project>-training-<model> <project>-retraining-<model>',
      of: 'model',
    },
  ],
});
