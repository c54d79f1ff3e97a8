import { type Contribution, defineModule, type Slots } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'target/ecs-fargate': true;
  }
}

/** One process uses at most about one vCPU; half a vCPU answers hundreds of requests per second. */
const CPU = 512;
const MEMORY = 1024;

export default defineModule({
  choice: 'target',
  id: 'ecs-fargate',
  title: 'ECS on Fargate',
  summary:
    'Runs the service as serverless tasks behind a private load balancer. A new version first receives a share ' +
    'of the requests.',
  docs: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate.html',
  why:
    'Tasks have no cold starts, ECS monitors each rollout and takes it back if it fails, ' +
    'and there is no cluster to operate.',
  watch:
    'A load balancer, its endpoints and at least one task are billed per hour, even without requests. ' +
    'A rollout takes minutes, and during this time two versions serve requests.',
  status: 'active',
  home: 'infra/terraform/service*.tf',
  needs: {
    inferenceServer: {
      where: ({ pin, auth }) => pin === 'variable' && auth === 'own',
      because: 'a variable of its tasks names the versions, and no gateway authenticates the callers',
    },
    imageBuild: { because: 'tasks run the image of the service' },
    imagePush: { because: 'Fargate pulls the image from a registry' },
    imageRegistry: { because: 'a deployment names the image in the registry' },
    awsAlerts: { because: 'alarms on failed requests need a receiver' },
    awsCluster: { because: 'tasks run in a cluster' },
    awsImages: { because: 'the role that starts tasks pulls images from ECR' },
    awsNetwork: { because: 'tasks have private addresses' },
    awsRoles: { because: 'the service reads models with its own role' },
    awsSecrets: { because: 'tasks receive secrets that are not in any file' },
    rollout: { because: 'a deployment names its versions, and the champion follows its result' },
    rolloutMethod: { because: 'ECS replaces tasks in the way that it describes' },
  },
  reads: ['secret'],
  provides: {
    canaryDeployment: true,
    rollingDeployment: true,
    deployment: () => ({
      up: 'make deploy',
      down: 'make undeploy',
      rollout: { deploy: 'deploy', forward: 'roll-out-service', back: 'rollback-service', role: 'rollout' },
      unreachable: true,
    }),
  },
  lacks: {
    abDeployment: 'its load balancer divides requests by chance, and an entity would get both versions',
    blueGreenDeployment: 'its deployments watch a share of the requests before they move the rest',
    followingDeployment: 'a task serves the versions that its deployment names, and never the alias',
    shadowDeployment: 'its load balancer cannot copy requests',
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
  contributes: ({ project, cap }) => [
    ...mayApply('alarms', 'cluster', 'loadBalancer', 'network', 'roles', 'scaling'),
    { slot: 'workload', key: 'serve', value: { host: 'ecs-tasks' } },
    { slot: 'terraform-kept', key: 'pinned', value: { why: 'the served versions' } },
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
        ['service_cpu', CPU, 'CPU of one task, in units of 1/1024 vCPU'],
        ['service_memory', MEMORY, 'Memory of one task, in MiB'],
        ['service_tasks_min', guarded ? 2 : 1, 'Smallest number of tasks; two tasks tolerate the loss of a zone'],
        ['service_tasks_max', guarded ? 10 : 2, 'Largest number of tasks'],
        [
          'service_secrets',
          ['SERVICE_API_KEYS'],
          'Secrets that tasks receive; set a value for each first, see docs/tools/ecs-fargate.md',
        ],
        [
          'certificate_arn',
          '',
          'ACM certificate for the address, in this region; without one, requests use HTTP inside the network',
        ],
        ['service_allows_http', index === 0, 'Whether the service can be used without a certificate'],
        ...(cap.rolloutMethod.starts === 'share'
          ? ([
              ['canary_percent', 10, 'Percentage of requests that a new version receives first'],
              ['canary_minutes', guarded ? 15 : 5, 'Minutes for which the new version receives this share'],
              [
                'bake_minutes',
                guarded ? 10 : 1,
                'Minutes for which the previous version keeps running after all requests have moved',
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
          what: 'CPU of the service',
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
          grows: 'tasks, up to `service_tasks_max`',
          price: 'fargate-gb-hour',
        }),
        month({
          what: 'Load balancer',
          quantity: 730,
          unit: 'load balancer-hour',
          how: 'one × 730 h',
          grows: 'requests, billed in capacity units',
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
        grows: 'does not grow',
        price: 'cloudwatch-alarm',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/ecs-fargate.md',
      value: { title: 'ECS on Fargate: deployment, rollouts, access' },
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
        detail: cap.rolloutMethod.title.toLowerCase(),
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
        grows: 'with tasks: tasks × CPU and memory × hours; twice as many during a rollout',
        elsewhere: 'the load balancer, per hour and per capacity unit',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized client reaches the service on AWS',
      value: {
        area: 'permissions',
        measure:
          'The load balancer has private addresses and accepts requests from `service_clients` only; ' +
          'tasks accept requests from the load balancer only',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'without `certificate_arn`, requests in the private network are not encrypted',
      },
    },
    {
      slot: 'threat',
      key: 'A task is compromised',
      value: {
        area: 'permissions',
        measure: 'No root, no capabilities, a read-only file system; its role can only read served versions',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'secrets are environment variables of the process',
      },
    },
    {
      slot: 'threat',
      key: 'A bad version is rolled out',
      value: {
        area: 'data',
        measure: 'Alarms on errors and latency take a rollout back, and the command fails',
        test: 'infra/terraform/tests/service.tftest.hcl',
        left: 'wrong scores without errors: the gate and monitoring check for these',
      },
    },
  ],
  traces: ['aws_ecs_service.service', 'docs/tools/ecs-fargate.md'],
  leftovers: [
    {
      what: 'the service, its load balancer and images in ECR',
      remove: 'run make undeploy ENV=<env>, then make infra-destroy ENV=<env>, before the swap',
    },
  ],
});
