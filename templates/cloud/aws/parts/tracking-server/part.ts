import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * A server for runs and versions in each deployed environment, for clients of the MLflow REST API. `uri` is its
     * address, in which `${section.key}` is replaced by a setting. `user` and `password` are the environment variables
     * from which the client reads its credentials.
     */
    trackingHost: { readonly uri: string; readonly user: string; readonly password: string };
  }
}

const CHECKED = '2026-11-21';
const venv = 'tracking-server';

/** The MLflow server on Fargate, with a database and with files in the bucket. */
export default definePart({
  onDemand: true,
  needs: {
    awsAlerts: { because: 'it reports that runs cannot be recorded' },
    awsCluster: { because: 'the server is a task in the cluster' },
    awsDatabase: { because: 'the database stores runs, versions and user accounts' },
    awsNetwork: { because: 'the server is reachable only from the network' },
    containerEngine: { because: 'the engine builds the image of the server' },
    imageRegistry: { because: 'the image of the server is pushed with the login of the registry' },
    awsRoles: { because: 'the server reads and writes files of runs with its own role' },
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
    ...project.environments.map(
      (environment, index): Contribution => ({
        slot: 'tfvars',
        key: 'tracking_allows_http',
        value: {
          value: index === 0,
          comment: 'Whether the tracking server can be used without a certificate, which is tracking_certificate',
        },
        environment,
      }),
    ),
    ...mayApply('alarms', 'cluster', 'images', 'loadBalancer', 'names', 'network', 'roles', 'secrets'),
    {
      slot: 'aws-private',
      key: 'the tracking server',
      value: { why: 'it records runs and registers versions' },
    },
    {
      slot: 'ci-secret',
      key: 'MLFLOW_TRACKING_USERNAME',
      value: { title: 'User name of the CI account on the tracking server' },
    },
    {
      slot: 'ci-secret',
      key: 'MLFLOW_TRACKING_PASSWORD',
      value: { title: 'Password of the CI account on the tracking server' },
    },
    { slot: 'workload', key: 'tracking', value: { host: 'ecs-tasks' } },
    {
      slot: 'grant',
      key: 'tracking files',
      value: {
        workload: 'tracking',
        to: 'artifactStore',
        verbs: ['read', 'write'],
        paths: ['tracking/'],
        why: 'the server stores the files of runs',
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
      value: { title: 'Tracking server: deployment, access, upgrades' },
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
        grows: 'requests, billed in LCU-hours',
        price: 'alb-hour',
      },
    },
    {
      slot: 'cost-line',
      key: 'tracking zone',
      value: {
        what: 'Private DNS zone',
        basis: 'month',
        quantity: 1,
        unit: 'hosted zone',
        how: 'one per environment',
        grows: 'does not grow',
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
        how: 'its password and the password of the database',
        grows: 'does not grow',
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
        how: 'the server does not respond',
        grows: 'does not grow',
        price: 'cloudwatch-alarm',
      },
    },
    {
      slot: 'cost',
      key: 'Tracking server',
      value: {
        here: 'nothing: `local` writes to a file',
        grows: 'with files of runs in S3',
        elsewhere:
          'half a vCPU and 2 GB that run continuously, an internal load balancer, the database, a private DNS zone',
      },
    },
    {
      slot: 'threat',
      key: 'An unauthorized user writes runs or moves the champion',
      value: {
        area: 'authentication',
        measure:
          'The server requires a password, accepts requests for its own name only, and is reachable only from ' +
          'the private network',
        test: 'infra/terraform/tests/tracking_server.tftest.hcl',
        left: 'within the network, the password is not encrypted until you set `tracking_certificate`',
      },
    },
  ],
});
