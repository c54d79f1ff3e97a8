import { type Contribution, defineModule } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'monitoring/cloudwatch': true;
  }
}

/**
 * Metrics that alarms of one model look at: those of its error budgets (8 windows, two metrics and one), and of the
 * others.
 */
const ALARM_METRICS = 8 * 2 + 8 + 11;
/** Sets of labels of one model: the sample's 11 inputs and 6 measures of quality, three statuses, one version. */
const METRICS = 38;

export default defineModule({
  choice: 'monitoring',
  id: 'cloudwatch',
  title: 'CloudWatch',
  summary:
    'Metrics as lines of the log, alarms made from slo.yaml and a dashboard, all in the account of the environment.',
  docs: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/WhatIsCloudWatch.html',
  why: 'Nothing runs beside the service: what it logs becomes metrics, and alarms are Terraform like everything else in the account.',
  watch:
    'Every set of labels is a metric that is billed by the month, and so is every alarm. No alarm looks back further than a week.',
  status: 'active',
  home: 'infra/terraform/monitoring.tf, docs/runbooks/cloudwatch/',
  needs: {
    cloudAccount: {
      where: ({ vendor }) => vendor === 'aws',
      because: 'metrics and alarms are kept in the account that runs the workloads',
    },
    terraformRoot: { because: 'alarms and the dashboard are written down there' },
    awsAlerts: { because: 'alarms are sent to its topic' },
    awsLogs: { because: 'metrics are made of the lines in its log group' },
    serviceLevels: { because: 'alarms are made from what was promised' },
    servingApp: { because: 'runbooks name its address' },
    deployment: { take: 'all', because: 'runbooks say how a service that is down is started again' },
    takeBack: { because: 'runbooks end with the way back' },
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
      because: 'of the same day as the botocore that s3fs asks for',
    },
  },
  contributes: ({ project, cap }) => [
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'cloudwatch.namespace', value: '${aws.name}', environment },
      { slot: 'config', key: 'cloudwatch.seconds', value: 60, environment },
      {
        slot: 'tfvars',
        key: 'models',
        value: { value: project.models.map(({ name }) => name), comment: 'Models that are watched, by their names' },
        environment,
      },
      {
        slot: 'tfvars',
        key: 'is_always_on',
        value: {
          value: cap.deployment.length === 0 || cap.deployment.some(({ whileAsked }) => !whileAsked),
          comment: 'Whether the service runs all the time, so that its silence is an alarm',
        },
        environment,
      },
    ]),
    { slot: 'terraform-setting', key: 'metrics_namespace', value: { setting: 'cloudwatch.namespace' } },
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 comes without types' } },
    {
      slot: 'docs',
      key: 'docs/tools/cloudwatch.md',
      value: { title: 'CloudWatch: what is watched, and how to change it' },
    },
    {
      slot: 'docs',
      key: 'docs/runbooks/cloudwatch/README.md',
      value: { title: 'Runbooks: what to do when an alarm of CloudWatch goes off' },
    },
    {
      slot: 'diagram-node',
      key: 'cloudwatch',
      value: { title: 'CloudWatch', detail: 'metrics, alarms, dashboard', group: 'monitoring', shape: 'store' },
    },
    { slot: 'diagram-node', key: 'on_call', value: { title: 'On call', group: 'monitoring', shape: 'person' } },
    { slot: 'diagram-edge', key: 'service cloudwatch', value: { label: 'metrics, once a minute' } },
    { slot: 'diagram-edge', key: 'pipeline cloudwatch', value: { label: 'what a step found' } },
    { slot: 'diagram-edge', key: 'cloudwatch on_call', value: { label: 'alarm with its runbook' } },
    ...mayApply('alarms', 'logs'),
    ...project.environments.flatMap((environment) =>
      (
        [
          [
            'alarms',
            {
              what: 'Alarms',
              quantity: 1 + ALARM_METRICS * project.models.length,
              unit: 'alarm metric',
              how: `${ALARM_METRICS} metrics for each model, and one of the service`,
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
              how: '2 levels × 4 windows for each model',
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
              grows: 'not by itself',
              price: 'cloudwatch-dashboard',
            },
          ],
          [
            'metrics',
            {
              what: 'Metrics',
              quantity: METRICS * project.models.length,
              unit: 'custom metric',
              how: `${METRICS} sets of labels for each model`,
              grows: 'with models, their inputs and versions',
              price: 'cloudwatch-metric',
            },
          ],
          [
            'metric lines',
            {
              what: 'Lines of metrics',
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
        here: 'nothing: `local` exports none',
        grows: 'with models, their inputs and versions, each a metric, and with alarms',
        elsewhere: 'metrics × months, metrics that alarms look at × months, GB of log lines',
      },
    },
    {
      slot: 'threat',
      key: 'An alarm fires and nobody hears it',
      value: {
        area: 'permissions',
        measure: 'Alarms go to one encrypted topic; a service that says nothing is an alarm itself',
        test: 'infra/terraform/tests/monitoring.tftest.hcl',
        left: 'subscribe somebody: `alert_emails`, or a pager at the topic',
      },
    },
  ],
  traces: ['aws_cloudwatch_dashboard', 'cloudwatch.namespace'],
  leftovers: [
    {
      what: 'recorded metrics, which CloudWatch keeps for 15 months and nobody can delete',
      remove: 'make infra-apply ENV=<env> after the swap removes alarms and dashboard; metrics expire',
    },
  ],
});
