import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A server for runs and versions in each environment that is deployed, for clients that speak MLflow's REST API.
     * `uri` is its address,
     * in which `${section.key}` stands for a setting; `user`, `password`: the variables that the client takes
     * credentials from.
     */
    trackingHost: { readonly uri: string; readonly user: string; readonly password: string };
  }
}

const CHECKED = '2026-11-21';
const venv = 'tracking-server';

/** MLflow's server on Fargate, with the database behind it and files in the bucket. */
export default definePart({
  onDemand: true,
  needs: {
    awsAlerts: { because: 'somebody must hear that runs cannot be recorded' },
    awsCluster: { because: 'the server is a task of it' },
    awsDatabase: { because: 'runs, versions and accounts are kept in it' },
    awsNetwork: { because: 'the server is reached from it alone' },
    containerEngine: { because: 'the engine builds the image of the server' },
    imageRegistry: { because: 'the image of the server is pushed with its login' },
    awsRoles: { because: 'the server reads and writes files of runs in a role of its own' },
  },
  reads: ['core.pins'],
  provides: {
    trackingHost: () => ({
      uri: 'http://${aws.tracking_host}',
      user: 'MLFLOW_TRACKING_USERNAME',
      password: 'MLFLOW_TRACKING_PASSWORD',
    }),
  },
  pins: {
    boto3: { version: '1.43.117', checked: CHECKED, venv },
    mlflow: { version: '3.17.2', checked: CHECKED, venv, extras: ['auth'] },
    'psycopg2-binary': { version: '2.9.13', checked: CHECKED, venv, imports: ['psycopg2'] },
    python: {
      kind: 'image',
      version: '3.12.15-slim-trixie',
      digest: 'sha256:05cda9777409a9c3ffddd94a4c476b79f0769a0b4857f0c7ed9226b6800b0d6f',
      checked: '2026-11-20',
    },
    'ghcr.io/astral-sh/uv': {
      kind: 'image',
      version: '0.13.0',
      digest: 'sha256:cdc6093146eb3ff6a40107b38f008b789e050e77ad87865e381d9917da55a168',
      checked: '2026-11-20',
    },
  },
  contributes: ({ project }) => [
    ...project.environments.map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'aws.tracking_host',
        value: 'tracking.${aws.name}.internal',
        environment,
      }),
    ),
    ...project.environments.map(
      (environment): Contribution => ({
        slot: 'config',
        key: 'aws.tracking_repository',
        value: '${aws.account}.dkr.ecr.${aws.region}.amazonaws.com/${aws.name}-tracking',
        environment,
      }),
    ),
    ...mayApply('alarms', 'cluster', 'images', 'loadBalancer', 'names', 'network', 'roles', 'secrets'),
    {
      slot: 'aws-private',
      key: 'the tracking server',
      value: { why: 'runs are recorded and versions registered there' },
    },
    { slot: 'ci-secret', key: 'MLFLOW_TRACKING_USERNAME', value: { title: 'Account of CI on the tracking server' } },
    { slot: 'ci-secret', key: 'MLFLOW_TRACKING_PASSWORD', value: { title: 'Its password' } },
    { slot: 'workload', key: 'tracking', value: { host: 'ecs-tasks' } },
    {
      slot: 'grant',
      key: 'tracking files',
      value: {
        workload: 'tracking',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['tracking/'],
        why: 'the server keeps the files of runs',
      },
    },
    ...Object.entries({
      'ecr.api': 'images are looked up',
      'ecr.dkr': 'images are pulled',
      logs: 'log lines are written',
      secretsmanager: 'passwords are read',
    }).map(([key, why]): Contribution => ({ slot: 'aws-endpoint', key, value: { why } })),
    {
      slot: 'aws-task-secret',
      key: 'MLFLOW_TRACKING_PASSWORD',
      value: { secret: 'aws_secretsmanager_secret.tracking', field: 'password', workloads: ['serve', 'train'] },
    },
    {
      slot: 'aws-task-secret',
      key: 'MLFLOW_TRACKING_USERNAME',
      value: { secret: 'aws_secretsmanager_secret.tracking', field: 'username', workloads: ['serve', 'train'] },
    },
    { slot: 'terraform-setting', key: 'tracking_host', value: { setting: 'aws.tracking_host' } },
    { slot: 'terraform-kept', key: 'tracking_image', value: { why: 'the image of the tracking server' } },
    {
      slot: 'docs',
      key: 'docs/tools/tracking-server.md',
      value: { title: 'Tracking server: accounts, upgrades, TLS' },
    },
    {
      slot: 'diagram-node',
      key: 'trackingserver',
      value: { title: 'MLflow server', detail: 'ECS, PostgreSQL, S3', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'pipeline trackingserver', value: { label: 'runs and versions' } },
    {
      slot: 'cost-line',
      key: 'tracking vcpu',
      value: {
        what: 'Tracking server',
        basis: 'month',
        quantity: 0.5 * 730,
        unit: 'vCPU-hour',
        how: '0.5 vCPU × 730 h',
        grows: '`tracking_cpu`',
        price: 'fargate-vcpu-hour',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking memory',
      value: {
        what: 'Memory of the tracking server',
        basis: 'month',
        quantity: 2 * 730,
        unit: 'GB-hour',
        how: '2 GB × 730 h',
        grows: '`tracking_memory`',
        price: 'fargate-gb-hour',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking balancer',
      value: {
        what: 'Load balancer of the tracking server',
        basis: 'month',
        quantity: 730,
        unit: 'load balancer-hour',
        how: '730 h',
        grows: 'requests, by LCU-hours besides',
        price: 'alb-hour',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking zone',
      value: {
        what: 'Zone of names in the network',
        basis: 'month',
        quantity: 1,
        unit: 'hosted zone',
        how: 'one for the environment',
        grows: 'not by itself',
        price: 'dns-zone',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking secrets',
      value: {
        what: 'Secrets of the tracking server',
        basis: 'month',
        quantity: 2,
        unit: 'secret',
        how: 'its password, and that of the database',
        grows: 'not by itself',
        price: 'secret',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking alarms',
      value: {
        what: 'Alarms of the tracking server',
        basis: 'month',
        quantity: 1,
        unit: 'alarm metric',
        how: 'that it does not answer',
        grows: 'not by itself',
        price: 'cloudwatch-alarm',
      },
    },
    {
      slot: 'cost',
      key: 'Tracking server',
      value: {
        here: 'nothing: `local` writes to a file',
        grows: 'with files of runs in S3 alone',
        elsewhere: 'half a vCPU and 2 GB around the clock, an internal load balancer, the database, a private zone',
      },
    },
    {
      slot: 'threat',
      key: 'Somebody else writes runs or moves the champion',
      value: {
        area: 'authentication',
        measure:
          'The server asks for a password, takes requests for its own name only, and is reached from the private network alone',
        test: 'infra/terraform/tests/tracking_server.tftest.hcl',
        left: 'within the network the password travels unencrypted until `tracking_certificate` names a certificate',
      },
    },
  ],
});
