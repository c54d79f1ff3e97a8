/**
 * Services of AWS by the prefix of their actions, with what Terraform in CI may write there: resources whose ARN begins with
 * the name of the environment, or everything in the region where ARNs hold no name, with the reason.
 */
export type Service = { readonly resources: readonly string[]; readonly why?: string };

const named = (service: string, ...kinds: string[]): Service => ({ resources: kinds.map((kind) => `arn:aws:${service}:\${var.region}:\${var.account_id}:${kind}\${var.name}-*`) });
const numbered = (why: string): Service => ({ resources: ['*'], why });

export const SERVICES: Readonly<Record<string, Service>> = {
  'application-autoscaling': numbered('scalable targets have numbers in their ARNs'),
  batch: { resources: ['compute-environment/', 'job-queue/', 'job-definition/'].map((kind) => `arn:aws:batch:\${var.region}:\${var.account_id}:${kind}\${var.name}-*`) },
  budgets: { resources: ['arn:aws:budgets::${var.account_id}:budget/${var.name}-*'] },
  ce: { resources: ['arn:aws:ce::${var.account_id}:anomaly*/*'], why: 'monitors and subscriptions have numbers in their ARNs' },
  cloudwatch: { resources: ['arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${var.name}-*', 'arn:aws:cloudwatch::${var.account_id}:dashboard/${var.name}-*'] },
  codedeploy: named('codedeploy', 'application:', 'deploymentgroup:', 'deploymentconfig:'),
  ec2: numbered('networks have numbers in their ARNs'),
  ecr: { resources: ['', '-*'].map((end) => `arn:aws:ecr:\${var.region}:\${var.account_id}:repository/\${var.name}${end}`) },
  ecs: numbered('clusters and task definitions are made and withdrawn by requests that name none'),
  elasticloadbalancing: named('elasticloadbalancing', 'loadbalancer/*/', 'listener/*/', 'listener-rule/*/', 'targetgroup/'),
  events: named('events', 'rule/', 'event-bus/'),
  kms: numbered('keys have numbers in their ARNs'),
  lambda: named('lambda', 'function:', 'layer:'),
  logs: numbered('names of log groups begin with the service that writes them'),
  rds: named('rds', 'db:', 'subgrp:', 'pg:', 'cluster:', 'cluster-pg:', 'secgrp:', 'og:'),
  s3: { resources: ['arn:aws:s3:::${var.name}-*'] },
  scheduler: named('scheduler', 'schedule/', 'schedule/*/', 'schedule-group/'),
  secretsmanager: named('secretsmanager', 'secret:'),
  servicediscovery: numbered('namespaces have numbers in their ARNs'),
  sns: named('sns', ''),
  sqs: named('sqs', ''),
  states: named('states', 'stateMachine:'),
};
