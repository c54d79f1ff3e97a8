import { type Contribution, defineModule } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'monitoring/cloudwatch': true;
  }
}

/**
 * Number of metrics that the alarms of one model read: error budgets (8 windows with two metrics and one), and the
 * others.
 */
const ALARM_METRICS = 8 * 2 + 8 + 15;
/** Sets of labels of one model: 11 inputs and 6 quality measures of the sample, three statuses, one version, six of following and logging. */
const METRICS = 44;

export default defineModule({
  choice: 'monitoring',
  id: 'cloudwatch',
  title: 'CloudWatch',
  summary:
    'Writes metrics as log lines, and creates alarms from slo.yaml and a dashboard in the account of the environment.',
  docs: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/WhatIsCloudWatch.html',
  why:
    'No agent runs next to the service: CloudWatch creates metrics from its log lines, ' +
    'and Terraform defines the alarms.',
  watch:
    'AWS bills each set of labels as a metric per month, and each alarm per month. No alarm covers more than a week.',
  status: 'active',
  home: 'infra/terraform/monitoring.tf, docs/runbooks/cloudwatch/',
  needs: {
    cloudAccount: {
      where: ({ vendor }) => vendor === 'aws',
      because: 'metrics and alarms are stored in the account that runs the workloads',
    },
    terraformRoot: { because: 'it defines the alarms and the dashboard' },
    awsAlerts: { because: 'it contains the topic that receives alarms' },
    awsLogs: { because: 'metrics are created from the lines in its log group' },
    serviceLevels: { because: 'alarms are generated from the service levels' },
    inferenceServer: { because: 'runbooks name its address' },
    servingApp: { because: 'the application itself writes its metrics as log lines' },
    takeBack: { because: 'runbooks describe how to roll back' },
  },
  sees: {
    deployment: { many: true, because: 'runbooks describe how to restart the service' },
  },
  provides: {
    metricsBackend: () => ({ ingest: 'push', runbooks: 'docs/runbooks/cloudwatch/README.md', exporter: 'cloudwatch' }),
  },
  owners: { 'infra/terraform/tests/*': 'managed' },
  pins: {
    fastjsonschema: { version: '2.22.3', checked: '2026-11-21', groups: ['dev'] },
    boto3: {
      version: '1.43.117',
      checked: '2026-11-21',
      groups: ['dev'],
      because: 'matches the botocore version that s3fs requires',
    },
  },
  contributes: ({ project, cap }) => [
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'cloudwatch.namespace', value: '${aws.name}', environment },
      { slot: 'config', key: 'cloudwatch.seconds', value: 60, environment },
      {
        slot: 'tfvars',
        key: 'models',
        value: { value: project.models.map(({ name }) => name), comment: 'Names of the monitored models' },
        environment,
      },
      {
        slot: 'tfvars',
        key: 'is_always_on',
        value: {
          value: cap.deployment.length === 0 || cap.deployment.some(({ whileAsked }) => !whileAsked),
          comment: 'Whether the service runs continuously; if true, missing metrics raise an alarm',
        },
        environment,
      },
    ]),
    { slot: 'terraform-setting', key: 'metrics_namespace', value: { setting: 'cloudwatch.namespace' } },
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    {
      slot: 'docs',
      key: 'docs/tools/cloudwatch.md',
      value: { title: 'CloudWatch: metrics, alarms, dashboard, configuration' },
    },
    {
      slot: 'docs',
      key: 'docs/runbooks/cloudwatch/README.md',
      value: { title: 'Runbooks: what to do when a CloudWatch alarm fires' },
    },
    {
      slot: 'diagram-node',
      key: 'cloudwatch',
      value: { title: 'CloudWatch', detail: 'metrics, alarms, dashboard', group: 'monitoring', shape: 'store' },
    },
    { slot: 'diagram-node', key: 'on_call', value: { title: 'On call', group: 'monitoring', shape: 'person' } },
    { slot: 'diagram-edge', key: 'service cloudwatch', value: { label: 'metrics, once a minute' } },
    { slot: 'diagram-edge', key: 'pipeline cloudwatch', value: { label: 'results of a step' } },
    { slot: 'diagram-edge', key: 'cloudwatch on_call', value: { label: 'alarm with its runbook' } },
    ...mayApply('alarms', 'logs'),
    ...project.environments.flatMap((environment) =>
      (
        [
          [
            'alarms',
            {
              what: 'Alarms',
              quantity: 4 + ALARM_METRICS * project.models.length,
              unit: 'alarm metric',
              how: `${ALARM_METRICS} metrics per model, and four of the service`,
              grows: 'with models',
              price: 'cloudwatch-alarm',
            },
          ],
          [
            'composite alarms',
            {
              what: 'Alarms on error budgets',
              quantity: 8 * project.models.length,
              unit: 'composite alarm',
              how: '2 levels × 4 windows per model',
              grows: 'with models',
              price: 'cloudwatch-composite',
            },
          ],
          [
            'dashboard',
            {
              what: 'Dashboard',
              quantity: 1,
              unit: 'dashboard',
              how: 'one for all models',
              grows: 'does not grow',
              price: 'cloudwatch-dashboard',
            },
          ],
          [
            'metrics',
            {
              what: 'Metrics',
              quantity: METRICS * project.models.length,
              unit: 'custom metric',
              how: `${METRICS} sets of labels per model`,
              grows: 'with models, their inputs and versions',
              price: 'cloudwatch-metric',
            },
          ],
          [
            'metric lines',
            {
              what: 'Metric log lines',
              quantity: 0.4,
              unit: 'log GB',
              how: '30 lines × 0.3 KB × 43,800 minutes, one instance',
              grows: 'with models and instances',
              price: 'log-gb',
            },
          ],
        ] as const
      ).map(
        ([key, line]): Contribution => ({
          slot: 'cost-line',
          key: `CloudWatch ${key}`,
          value: { basis: 'month', ...line },
          environment,
        }),
      ),
    ),
    {
      slot: 'cost',
      key: 'Metrics and alarms in CloudWatch',
      value: {
        here: 'nothing: `local` exports no metrics',
        grows: 'with models, inputs and versions (one metric each), and with alarms',
        elsewhere: 'metrics × months, alarm metrics × months, GB of log lines',
      },
    },
    {
      slot: 'threat',
      key: 'An alarm fires without a receiver',
      value: {
        area: 'permissions',
        measure: 'Alarms are sent to one encrypted topic; missing metrics raise an alarm too',
        test: 'infra/terraform/tests/monitoring.tftest.hcl',
        left: 'subscribe a receiver: set `alert_emails`, or connect a paging service to the topic',
      },
    },
  ],
  traces: ['aws_cloudwatch_dashboard', 'cloudwatch.namespace'],
  leftovers: [
    {
      what: 'recorded metrics, which CloudWatch stores for 15 months and which cannot be deleted',
      remove: 'run make infra-apply ENV=<env> after the swap, which removes alarms and the dashboard; metrics expire',
    },
  ],
});
