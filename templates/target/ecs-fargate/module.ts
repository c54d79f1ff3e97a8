import * as z from 'zod';
import { type Contribution, defineModule, type Slots } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'target/ecs-fargate': true;
  }
}

/** One process uses about one core at most; half of one answers hundreds of requests a second. */
const CPU = 512;
const MEMORY = 1024;

export default defineModule({
  choice: 'target',
  id: 'ecs-fargate',
  title: 'ECS on Fargate',
  summary:
    'The service as tasks without machines, behind a private load balancer; a new version gets a share of the requests first.',
  docs: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate.html',
  why: 'Tasks that are always warm, and a rollout that ECS itself watches and takes back, without a cluster to look after.',
  watch:
    'A load balancer, its endpoints and at least one task cost by the hour whether anybody asks or not. A rollout takes its minutes, and for that long two versions answer.',
  status: 'active',
  home: 'infra/terraform/service*.tf',
  settings: {
    rollout: {
      schema: z.enum(['canary', 'rolling']).default('canary'),
      title: 'How a new version comes in: a share of the requests first, or task by task',
      at: 'generation',
    },
  },
  needs: {
    servingApp: { because: 'the load balancer asks its port, and a collector its metrics' },
    imageBuild: { because: 'tasks run the image of the service' },
    imagePush: { because: 'Fargate pulls the image from a registry' },
    imageRegistry: { because: 'a deployment names the image in the registry' },
    awsAlerts: { because: 'somebody has to hear that requests fail' },
    awsCluster: { because: 'tasks run in a cluster' },
    awsImages: { because: 'the role that starts tasks pulls from ECR' },
    awsNetwork: { because: 'tasks have private addresses' },
    awsRoles: { because: 'the service reads models in a role of its own' },
    awsSecrets: { because: 'tasks are started with secrets that no file holds' },
    rollout: { because: 'a deployment names its versions, and the champion follows what it shows' },
  },
  reads: ['secret'],
  provides: {
    deployment: () => ({
      up: 'make deploy',
      down: 'make undeploy',
      rollout: { deploy: 'deploy', forward: 'roll-out-service', back: 'rollback-service', role: 'rollout' },
    }),
  },
  moved: { 'src/__package__/ecs_deployment.py': 'src/__package__/platform/ecs_deployment.py' },
  pins: {
    boto3: {
      version: '1.43.117',
      checked: '2026-11-21',
      groups: ['dev'],
      because: 'matches the botocore version that s3fs requires',
    },
  },
  contributes: ({ project, settings }) => [
    ...mayApply('alarms', 'cluster', 'loadBalancer', 'network', 'roles', 'scaling'),
    { slot: 'workload', key: 'serve', value: { host: 'ecs-tasks' } },
    { slot: 'terraform-kept', key: 'pinned', value: { why: 'the versions that are served' } },
    {
      slot: 'image-user',
      key: 'one(aws_ecs_service.service[*].task_definition)',
      value: { why: 'the service runs it' },
    },
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'service.cluster', value: '${aws.name}', environment },
      { slot: 'config', key: 'service.name', value: '${aws.name}-service', environment },
    ]),
    { slot: 'aws-endpoint', key: 'ecr.api', value: { why: 'images are looked up' } },
    { slot: 'aws-endpoint', key: 'ecr.dkr', value: { why: 'images are pulled' } },
    { slot: 'aws-endpoint', key: 'logs', value: { why: 'log lines are written' } },
    ...project.environments.flatMap((environment, index) => {
      const guarded = index === project.environments.length - 1;
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        ['service_cpu', CPU, 'Processor of one task, in units of 1/1024'],
        ['service_memory', MEMORY, 'Memory of one task in MiB'],
        ['service_tasks_min', guarded ? 2 : 1, 'Tasks that always run; two survive the loss of a zone'],
        ['service_tasks_max', guarded ? 10 : 2, 'Tasks at most'],
        [
          'service_secrets',
          ['SERVICE_API_KEYS'],
          'Secrets that tasks are started with; each needs a value first, see docs/tools/ecs-fargate.md',
        ],
        [
          'certificate_arn',
          '',
          'Certificate of its address, in ACM of this region; without one it is asked over HTTP, inside the network',
        ],
        ...(settings.rollout === 'canary'
          ? ([
              ['canary_percent', 10, 'Share of requests that a new version gets first, in percent'],
              ['canary_minutes', guarded ? 15 : 5, 'Minutes that it is watched with this share'],
              [
                'bake_minutes',
                guarded ? 10 : 1,
                'Minutes that the version before stays up, once all requests have moved',
              ],
            ] as [string, Slots['tfvars']['value'], string][])
          : []),
      ];
      const tasks = guarded ? 2 : 1;
      const month = (cost: Omit<Slots['cost-line'], 'basis'>): Contribution => ({
        slot: 'cost-line',
        key: `service ${cost.what.toLowerCase()}`,
        environment,
        value: { ...cost, basis: 'month' },
      });
      return [
        ...sizes.map(
          ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
        ),
        month({
          what: 'Processors of the service',
          quantity: (tasks * CPU * 730) / 1024,
          unit: 'vCPU-hour',
          how: `${tasks} × ${CPU / 1024} vCPU × 730 h`,
          grows: 'tasks, up to `service_tasks_max`',
          price: 'fargate-vcpu-hour',
        }),
        month({
          what: 'Memory of the service',
          quantity: (tasks * MEMORY * 730) / 1024,
          unit: 'GB-hour',
          how: `${tasks} × ${MEMORY / 1024} GB × 730 h`,
          grows: 'likewise',
          price: 'fargate-gb-hour',
        }),
        month({
          what: 'Load balancer',
          quantity: 730,
          unit: 'load balancer-hour',
          how: 'one × 730 h',
          grows: 'requests, by the unit of capacity',
          price: 'alb-hour',
        }),
      ];
    }),
    {
      slot: 'cost-line',
      key: 'service alarms',
      value: {
        what: 'Alarms of the service',
        basis: 'month',
        quantity: 6,
        unit: 'alarm metric',
        how: 'three metrics for errors, one for latency, two of the autoscaling',
        grows: 'with nothing',
        price: 'cloudwatch-alarm',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/ecs-fargate.md',
      value: { title: 'ECS on Fargate: the service on AWS, its rollouts and who reaches it' },
    },
    {
      slot: 'diagram-node',
      key: 'balancer',
      value: { title: 'Load balancer', detail: 'private', group: 'serving', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'ecs',
      value: {
        title: 'ECS on Fargate',
        detail: settings.rollout === 'canary' ? 'canary' : 'rolling',
        group: 'delivery',
        shape: 'process',
      },
    },
    { slot: 'diagram-edge', key: 'ecs service', value: { label: 'runs' } },
    { slot: 'diagram-edge', key: 'balancer service', value: { label: 'requests' } },
    {
      slot: 'cost',
      key: 'The service on Fargate',
      value: {
        here: 'nothing',
        grows: 'with tasks: each × processors and memory × hours; during a rollout there are twice as many',
        elsewhere: 'the load balancer by the hour and by its units of capacity',
      },
    },
    {
      slot: 'threat',
      key: 'A stranger reaches the service on AWS',
      value: {
        area: 'permissions',
        measure:
          'The load balancer has private addresses and takes requests of `service_clients` alone; tasks take them from it alone',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'without `certificate_arn` requests travel the private network in clear',
      },
    },
    {
      slot: 'threat',
      key: 'A task is taken over',
      value: {
        area: 'permissions',
        measure: 'No root, no capabilities, a read-only file system; its role reads served versions and nothing else',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'secrets are variables of the process',
      },
    },
    {
      slot: 'threat',
      key: 'A bad version is rolled out',
      value: {
        area: 'data',
        measure: 'Alarms on errors and latency take a rollout back, and the command ends red',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'scores that are wrong but fast: the gate and monitoring look for these',
      },
    },
  ],
  traces: ['aws_ecs_service.service', 'docs/tools/ecs-fargate.md'],
  leftovers: [
    {
      what: 'the service, its load balancer and images in ECR',
      remove: 'make undeploy ENV=<env>, then make infra-destroy ENV=<env>, before the swap',
    },
  ],
});
