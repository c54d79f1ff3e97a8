import { type Contribution, definePart, type Slots } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';
import { awsDeploy } from '../ci/slots.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * Starts a pipeline that runs in one process, on a schedule and by `make submit ENV=<env>`. `variable` sets the
     * schedule.
     */
    pipelineHost: { readonly title: string; readonly variable: string };
  }
}

/** One Fargate task per run, which EventBridge Scheduler or `make submit` starts. */
export default definePart({
  onDemand: true,
  needs: {
    awsAlerts: { because: 'it reports runs that failed or did not start' },
    awsCluster: { because: 'a run is a task in the cluster' },
    awsImages: { because: 'the task runs the image of the pipeline' },
    awsNetwork: { because: 'the task runs in the network' },
    awsRoles: { because: 'the task has only the permissions of training' },
    imageBuild: { because: 'the image of the pipeline is a stage of the image build' },
    imagePush: { because: 'the task pulls its image from a registry' },
    pipelineRunner: {
      where: ({ task }) => task !== undefined,
      because: 'the task runs the whole pipeline in one process',
    },
    runParameters: { because: '`make submit` passes them' },
  },
  reads: ['aws-task-secret'],
  moved: { 'mk/scheduled-pipeline.mk': 'mk/scheduled-pipeline.mk.ejs' },
  provides: { pipelineHost: () => ({ title: 'a scheduled ECS task', variable: 'pipeline_schedule' }) },
  pins: {
    boto3: {
      version: '1.43.117',
      checked: '2026-11-21',
      groups: ['orchestrate'],
      because: 's3fs does not support a later botocore',
    },
  },
  contributes: ({ project, cap }) => [
    ...project.environments.flatMap((environment, index) => {
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'pipeline_models',
          project.models.map(({ name }) => name),
          'Models that are trained on the schedule: names of files in params/',
        ],
        [
          'pipeline_schedule',
          'cron(0 3 * * ? *)',
          'Schedule of the training, in UTC, in the syntax of EventBridge Scheduler; empty: ' +
            'only `make submit` starts training',
        ],
        ['pipeline_cpu', index === project.environments.length - 1 ? 2048 : 1024, 'CPU units of a run, 1024 per vCPU'],
        ['pipeline_memory', index === project.environments.length - 1 ? 8192 : 4096, 'Memory of a run, in MiB'],
      ];
      const cpus = index === project.environments.length - 1 ? 2 : 1;
      const line = (cost: Omit<Slots['cost-line'], 'basis'>): Contribution => ({
        slot: 'cost-line',
        key: `scheduled ${cost.price}`,
        environment,
        value: { ...cost, basis: 'run' },
      });
      return [
        ...sizes.map(
          ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
        ),
        line({
          what: 'CPU of the task',
          quantity: (cpus * 5) / 60,
          unit: 'vCPU-hour',
          how: `${cpus} vCPU × 5 minutes, including its start`,
          grows: 'with rows and `pipeline_cpu`',
          price: 'fargate-vcpu-hour',
        }),
        line({
          what: 'Memory of the task',
          quantity: (4 * cpus * 5) / 60,
          unit: 'GB-hour',
          how: `${4 * cpus} GB × 5 minutes`,
          grows: 'with rows and `pipeline_memory`',
          price: 'fargate-gb-hour',
        }),
      ];
    }),
    {
      slot: 'image-stage',
      key: 'train',
      value: {
        title: 'the pipeline',
        groups: ['train', 'orchestrate'],
        folders: ['pipelines', ...(cap.pipelineRunner.task?.files ?? [])],
        command: [...(cap.pipelineRunner.task?.command ?? [])],
        environments: [...(cap.pipelineRunner.task?.environments ?? [])],
      },
    },
    ...mayApply('alarms', 'cluster', 'events', 'network', 'queues', 'roles', 'schedules'),
    awsDeploy('Submit', {
      actions: ['ecs:RunTask'],
      resources: ['arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${var.name}-pipeline:*'],
    }),
    awsDeploy('Schedules', {
      actions: ['scheduler:GetSchedule'],
      resources: ['arn:aws:scheduler:${var.region}:${var.account_id}:schedule/${var.name}-pipeline/*'],
    }),
    awsDeploy('Runs', {
      actions: ['ecs:DescribeTasks', 'ecs:TagResource'],
      resources: ['arn:aws:ecs:${var.region}:${var.account_id}:task/${var.name}/*'],
    }),
    awsDeploy('TaskRoles', {
      actions: ['iam:PassRole'],
      resources: ['execution', 'train'].map((role) => `arn:aws:iam::\${var.account_id}:role/\${var.name}-${role}`),
    }),
    { slot: 'workload', key: 'train', value: { host: 'ecs-tasks' } },
    ...Object.entries({
      'ecr.api': 'images are looked up',
      'ecr.dkr': 'images are pulled',
      logs: 'log lines are written',
      secretsmanager: 'passwords are read',
    }).map(([key, why]): Contribution => ({ slot: 'aws-endpoint', key, value: { why } })),
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    { slot: 'docs', key: 'docs/tools/scheduled-pipeline.md', value: { title: 'Training on AWS: the scheduled task' } },
    {
      slot: 'diagram-node',
      key: 'schedule',
      value: {
        title: 'EventBridge Scheduler',
        detail: 'one Fargate task per run',
        group: 'training',
        shape: 'process',
      },
    },
    { slot: 'diagram-edge', key: 'schedule pipeline', value: { label: 'starts' } },
    {
      slot: 'cost',
      key: 'Scheduled training',
      value: {
        here: 'nothing: `make pipeline` runs on your machine',
        grows: 'with runs and their duration: vCPU and GB, billed per second',
        elsewhere: 'between runs, a queue and an alarm only',
      },
    },
    {
      slot: 'threat',
      key: 'A run fails without a notification',
      value: {
        area: 'data',
        measure: 'Failed tasks, and starts that failed permanently, are reported to the alert topic',
        test: 'infra/terraform/tests/scheduled_pipeline.tftest.hcl',
        left: 'a disabled schedule: monitor the age of the last success',
      },
    },
  ],
});
