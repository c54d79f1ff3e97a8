import { type Contribution, definePart, type Slots } from '../../../../../src/core/contract.ts';
import { awsDeploy } from '../../../../cloud/aws/parts/ci/slots.ts';
import { mayApply } from '../../../../cloud/aws/permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /** The state machine of training in an account, `aws_sfn_state_machine.training`, and its triggers. */
    stateMachine: true;
  }
}

/** Terraform resources of training: the state machine, its jobs and the schedule. */
export default definePart({
  when: { cloud: 'aws' },
  needs: {
    awsAlerts: { because: 'it reports runs that failed or did not start' },
    awsExecution: { because: 'Batch uses this role to pull the image of a job and to write its log' },
    awsNetwork: { because: 'jobs run in the network' },
    awsRoles: { because: 'jobs have only the permissions of training' },
    imageBuild: { because: 'the image of the jobs is a stage of the image build' },
    imagePush: { because: 'Batch pulls the image of a job from a registry' },
    runParameters: { because: 'the schedule and the drift event pass them' },
  },
  reads: ['aws-task-secret', 'pipeline-step'],
  moved: { 'infra/terraform/schedule.tf': 'infra/terraform/schedule.tf.ejs' },
  provides: { stateMachine: true },
  contributes: ({ project }) => [
    ...project.environments.flatMap((environment, index) => {
      const isLast = index === project.environments.length - 1;
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'trained_models',
          project.models.map(({ name }) => name),
          'Models that are trained on the schedule and after drift',
        ],
        [
          'pipeline_schedule',
          'cron(0 3 * * ? *)',
          'Schedule of the training, in UTC, in the syntax of EventBridge Scheduler; empty: ' +
            'only `make submit` starts training',
        ],
        [
          'jobs_max_vcpus',
          isLast ? 16 : 4,
          'Largest number of vCPUs that training jobs use at the same time, for Spot and for on-demand capacity each',
        ],
        ['step_vcpu', 1, 'vCPUs of a small step'],
        ['step_memory', 4096, 'Memory of a small step, in MiB: 2 to 8 GiB per vCPU'],
        ['train_vcpu', isLast ? 4 : 2, 'vCPUs of a large step, such as train'],
        ['train_memory', isLast ? 16384 : 8192, 'Memory of a large step, in MiB'],
      ];
      return sizes.map(
        ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
      );
    }),
    ...mayApply('alarms', 'batch', 'events', 'logs', 'network', 'pipeline', 'queues', 'roles', 'schedules'),
    awsDeploy('StartTraining', {
      actions: ['states:StartExecution'],
      resources: ['arn:aws:states:${var.region}:${var.account_id}:stateMachine:${var.name}-training'],
    }),
    awsDeploy('TellDrift', {
      actions: ['events:PutEvents'],
      resources: ['arn:aws:events:${var.region}:${var.account_id}:event-bus/default'],
    }),
    {
      slot: 'image-stage',
      key: 'train',
      value: {
        title: 'the training steps',
        groups: ['train'],
        command: ['python', '-m', `${project.package}.steps.train`],
      },
    },
    { slot: 'workload', key: 'train', value: { host: 'ecs-tasks' } },
    ...Object.entries({
      'ecr.api': 'images are looked up',
      'ecr.dkr': 'images are pulled',
      logs: 'log lines are written',
      secretsmanager: 'passwords are read',
    }).map(([key, why]): Contribution => ({ slot: 'aws-endpoint', key, value: { why } })),
    {
      slot: 'doctor',
      key: 'aws-spot',
      value: {
        title: 'the Fargate Spot quota is sufficient for the largest job',
        kind: 'account',
        value: 'quota fargate L-36FBB829 4',
        hint: 'request a higher "Fargate Spot vCPU resource count" in Service Quotas',
      },
    },
    ...(
      [
        [
          'training transitions',
          {
            what: 'States around the steps',
            basis: 'run',
            quantity: 4,
            unit: 'state transition',
            how: '4 states: the name of the run, the decision, the choice, the end',
            grows: 'not',
            price: 'state-transition',
          },
        ],
        [
          'training-steps transitions',
          {
            each: 'pipeline-step',
            what: 'States of steps',
            basis: 'run',
            quantity: 1,
            unit: 'state transition',
            how: '1 state',
            grows: 'with retries',
            price: 'state-transition',
          },
        ],
        [
          'training-steps vcpu',
          {
            each: 'pipeline-step',
            where: { size: 'small' },
            what: 'Steps on Fargate',
            basis: 'run',
            quantity: 1 / 60,
            unit: 'vCPU-hour',
            how: '1 vCPU × 1 minute, the billing minimum',
            grows: 'with rows',
            price: 'fargate-vcpu-hour',
          },
        ],
        [
          'training-steps memory',
          {
            each: 'pipeline-step',
            where: { size: 'small' },
            what: 'Memory of steps on Fargate',
            basis: 'run',
            quantity: 4 / 60,
            unit: 'GB-hour',
            how: '4 GB × 1 minute',
            grows: 'with rows',
            price: 'fargate-gb-hour',
          },
        ],
      ] as const
    ).map(([key, value]): Contribution => ({ slot: 'cost-line', key, value })),
    ...project.environments.flatMap((environment, index): Contribution[] => {
      const size = index === project.environments.length - 1 ? 4 : 2;
      return [
        {
          slot: 'cost-line',
          key: 'training-fit vcpu',
          environment,
          value: {
            each: 'pipeline-step',
            where: { size: 'large' },
            what: 'Large steps on Fargate',
            basis: 'run',
            quantity: size / 60,
            unit: 'vCPU-hour',
            how: `${size} vCPU × 1 minute`,
            grows: 'with rows and parameters',
            price: 'fargate-vcpu-hour',
          },
        },
        {
          slot: 'cost-line',
          key: 'training-fit memory',
          environment,
          value: {
            each: 'pipeline-step',
            where: { size: 'large' },
            what: 'Memory of large steps on Fargate',
            basis: 'run',
            quantity: (4 * size) / 60,
            unit: 'GB-hour',
            how: `${4 * size} GB × 1 minute`,
            grows: 'with rows and parameters',
            price: 'fargate-gb-hour',
          },
        },
        {
          slot: 'cost-line',
          key: 'training alarms',
          environment,
          value: {
            what: 'Alarms of training',
            basis: 'month',
            quantity: 3,
            unit: 'alarm metric',
            how: 'aborted, timed out, lost starts',
            grows: 'does not grow',
            price: 'cloudwatch-alarm',
          },
        },
      ];
    }),
    {
      slot: 'threat',
      key: 'A run fails without a notification',
      value: {
        area: 'data',
        measure:
          'Failures are caught and published to the alert topic. An aborted run, a run that took too long, ' +
          'and a start that failed permanently raise an alarm',
        test: 'tests/test_walker.py',
        left: 'a topic without subscribers: set `alert_emails`, and confirm the email',
      },
    },
    {
      slot: 'threat',
      key: 'A user who can start training runs other code',
      value: {
        area: 'permissions',
        measure:
          'The input of an execution contains only the model and the variant, each as one argument of a fixed ' +
          'command. Terraform defines the state machine, the image and the roles',
        left: 'a user who can start training can start it any number of times: the compute environments limit the cost',
      },
    },
  ],
});
