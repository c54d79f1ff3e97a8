import { type Contribution, defineModule, type Slots } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'target/lambda': true;
  }
}

export default defineModule({
  choice: 'target',
  id: 'lambda',
  title: 'AWS Lambda',
  summary:
    'Runs the service as a function from a container image, behind an alias that shifts requests between two versions.',
  docs: 'https://docs.aws.amazon.com/lambda/latest/dg/images-create.html',
  why:
    'Without requests, nothing runs and nothing is billed. A new version first receives a tenth of the requests, ' +
    'and is rolled back automatically if it fails.',
  watch:
    'A new instance loads libraries and models before its first response. This takes seconds, ' +
    'which affects the service level of a rarely used function. A function cannot be scraped: ' +
    'Lambda records errors, throttles and durations, and the metrics of the service need a backend that ' +
    'receives pushed metrics.',
  status: 'active',
  home: 'infra/terraform/lambda.tf, src/__package__/platform/lambda_deployment.py',
  needs: {
    eventHandler: { because: 'Lambda calls a handler with an event, not a port' },
    imageBuild: { because: 'the function uses a stage of the image' },
    imagePush: { because: 'Lambda pulls the image from a registry' },
    awsImages: { because: 'Lambda runs only ECR images of the same account and region' },
    awsRoles: { because: 'the function reads models with its own role' },
    awsLogs: { because: 'its log lines have the same retention as those of other workloads' },
    awsAlerts: { because: 'alarms on failed requests need a receiver' },
    rollout: { because: 'a deployment names its versions, and the champion follows its result' },
  },
  sees: {
    metricsBackend: { many: true, because: 'the page describes where the metrics of the service go' },
  },
  lacks: {
    abDeployment: 'an alias divides requests by chance, and an entity would get both versions',
    blueGreenDeployment: 'its deployments watch a share of the requests before they move the rest',
    followingDeployment: 'an instance serves the versions that its function names, and never the alias',
    rollingDeployment: 'an alias divides requests between two versions, and Lambda replaces no instances',
    shadowDeployment: 'an alias cannot copy requests',
  },
  provides: {
    canaryDeployment: true,
    deployment: () => ({
      up: 'make deploy-function',
      down: 'make infra-destroy',
      rollout: { deploy: 'deploy-function', forward: 'roll-out-function', back: 'rollback-function', role: 'deploy' },
      whileAsked: true,
      unreachable: true,
    }),
  },
  moved: { 'src/__package__/lambda_deployment.py': 'src/__package__/platform/lambda_deployment.py' },
  pins: {
    boto3: {
      version: '1.43.117',
      checked: '2026-11-21',
      groups: ['dev'],
      because: 'matches the botocore version that s3fs requires',
    },
  },
  contributes: ({ project, cap }) => [
    {
      slot: 'image-stage',
      key: 'lambda',
      value: {
        title: 'the Lambda function',
        groups: ['serve', cap.eventHandler.group],
        entrypoint: ['python', '-m', cap.eventHandler.runtime],
        command: [cap.eventHandler.handler],
        variables: { LAMBDA_TASK_ROOT: '/app' },
      },
    },
    { slot: 'workload', key: 'serve', value: { host: 'lambda' } },
    ...mayApply('function', 'queues', 'alarms'),
    {
      slot: 'aws-deploy',
      key: 'Function',
      value: {
        actions: [
          'lambda:GetAlias',
          'lambda:GetFunction',
          'lambda:GetFunctionConfiguration',
          'lambda:InvokeFunction',
          'lambda:PublishVersion',
          'lambda:UpdateAlias',
          'lambda:UpdateFunctionCode',
          'lambda:UpdateFunctionConfiguration',
        ],
        resources: ['', ':*'].map(
          (end) => `arn:aws:lambda:\${var.region}:\${var.account_id}:function:\${var.name}-predict${end}`,
        ),
      },
    },
    {
      slot: 'aws-deploy',
      key: 'FunctionAlarm',
      value: {
        actions: ['cloudwatch:DescribeAlarms'],
        resources: ['arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${var.name}-function-errors'],
      },
    },
    {
      slot: 'aws-deploy',
      key: 'FunctionKey',
      value: {
        actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:CreateGrant'],
        resources: ['arn:aws:kms:${var.region}:${var.account_id}:key/*'],
        via: 'lambda',
      },
    },
    ...project.environments.flatMap((environment, index): Contribution[] => {
      const guarded = index === project.environments.length - 1;
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'function_memory_mb',
          1769,
          'Memory of one instance of the function, in MB; CPU scales with memory, with a full vCPU at 1769',
        ],
        ['function_timeout_seconds', 30, 'Seconds after which a request times out'],
        [
          'function_concurrency',
          guarded ? 50 : 5,
          "Largest number of concurrent requests, reserved from the account's limit; " +
            '-1 reserves nothing and sets no limit',
        ],
        [
          'function_error_percent',
          1,
          'Percentage of failed requests above which an alarm fires and a deployment is rolled back',
        ],
        [
          'has_function_url',
          false,
          'Whether the function has an HTTPS address for callers that sign their requests with IAM',
        ],
      ];
      return [
        { slot: 'config', key: 'function.name', value: '${aws.name}-predict', environment },
        { slot: 'config', key: 'function.alarm', value: '${aws.name}-function-errors', environment },
        ...sizes.map(
          ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
        ),
      ];
    }),
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    { slot: 'docs', key: 'docs/tools/lambda.md', value: { title: 'Lambda: the service as a function' } },
    {
      slot: 'diagram-node',
      key: 'function',
      value: { title: 'AWS Lambda', detail: 'alias live', group: 'delivery', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'function service', value: { label: 'runs' } },
    {
      slot: 'cost-line',
      key: 'function alarms',
      value: {
        what: 'Alarms of the function',
        basis: 'month',
        quantity: 4,
        unit: 'alarm metric',
        how: 'errors by requests, throttles, failed events',
        grows: 'nothing',
        price: 'cloudwatch-alarm',
      },
    },
    {
      slot: 'cost-line',
      key: 'function time',
      value: {
        what: 'Time of the function',
        basis: 'thousand',
        quantity: 17.3,
        unit: 'GB-second',
        how: '1000 requests of a row × 0.01 s × 1769 MB',
        grows: 'rows per request, memory and cold starts',
        price: 'lambda-gb-second',
      },
    },
    {
      slot: 'cost-line',
      key: 'function requests',
      value: {
        what: 'Requests to the function',
        basis: 'thousand',
        quantity: 1000,
        unit: 'request',
        how: 'one each; a deployment adds about 120',
        grows: 'requests',
        price: 'lambda-request',
      },
    },
    {
      slot: 'cost-line',
      key: 'function traces',
      value: {
        what: 'Traces of the function',
        basis: 'thousand',
        quantity: 50,
        unit: 'recorded trace',
        how: 'the first of each second, and 5 % of the others',
        grows: 'requests',
        price: 'xray-trace',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized caller invokes the function',
      value: {
        area: 'permissions',
        measure: 'Only callers with an IAM permission can invoke it; its address, if enabled, requires signed requests',
        test: 'infra/terraform/tests/lambda.tftest.hcl',
        left: 'roles of the account that can invoke all functions',
      },
    },
    {
      slot: 'threat',
      key: 'Requests cost more than planned',
      value: {
        area: 'permissions',
        measure: '`function_concurrency` limits the number of concurrent requests',
        left: 'an authorized caller can use the whole limit: other requests are then refused, and an alarm fires',
      },
    },
  ],
  traces: ['aws_lambda_function', 'lambda_deployment'],
  leftovers: [
    {
      what: 'the function, its versions and failed events',
      remove: 'run make infra-destroy ENV=<env> for each environment, before the swap',
    },
  ],
});
