import * as z from 'zod';
import { type Contribution, defineModule, type Slots } from '../../../src/core/contract.ts';
import { namePrefix } from './names.ts';
import alerts from './parts/alerts/part.ts';
import ci from './parts/ci/part.ts';
import { awsDeploy } from './parts/ci/slots.ts';
import cluster from './parts/cluster/part.ts';
import database from './parts/database/part.ts';
import execution from './parts/execution/part.ts';
import firstRun from './parts/first-run/part.ts';
import images from './parts/images/part.ts';
import logs from './parts/logs/part.ts';
import network from './parts/network/part.ts';
import roles from './parts/roles/part.ts';
import scheduledPipeline from './parts/scheduled-pipeline/part.ts';
import secrets from './parts/secrets/part.ts';
import trackingServer from './parts/tracking-server/part.ts';
import { PRICE_KEYS, pricesIn } from './prices.ts';
import { awsEndpoint, awsKeyUser, awsPrivate, awsTaskSecret } from './slots.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'cloud/aws': true;
  }
  interface Capabilities {
    /** The account in which Terraform creates resources; `console` is the address of its web console. */
    cloudAccount: { readonly vendor: 'aws' | 'azure' | 'gcp'; readonly region: string };
  }
}

const CHECKED = '2026-11-21';

export default defineModule({
  choice: 'cloud',
  id: 'aws',
  title: 'AWS',
  summary:
    'Stores files in S3, encrypted and versioned, with one account per environment. Terraform creates all resources.',
  docs: 'https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/machine-learning-lens.html',
  why:
    'AWS offers all services that a model needs, and one system of roles controls access for users, ' +
    'pipelines and the service.',
  watch:
    'AWS bills requests and keys in addition to storage: many small files cost more than few large files. ' +
    'Interface endpoints and NAT gateways are billed per hour, even when nothing runs.',
  status: 'active',
  home: 'infra/terraform/',
  settings: {
    region: {
      schema: z
        .string()
        .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region is written like eu-west-1')
        .default('eu-west-1'),
      title: 'Region',
      at: 'generation',
    },
    prices: {
      schema: z.partialRecord(z.enum(PRICE_KEYS), z.number().nonnegative()).default({}),
      title: 'Prices of your contract in US dollars, which replace the prices in docs/cost.md',
      at: 'generation',
    },
  },
  needs: {
    rehearsals: { because: 'make demo rehearses the access to the bucket without an account' },
    terraformRoot: { because: 'Terraform defines the resources of the account' },
  },
  provides: {
    artifactStore: ({ project }) => ({
      scheme: 's3',
      roots: {
        local: '.mlops',
        ...Object.fromEntries(
          project.environments.map((name) => [
            name,
            `s3://${namePrefix(project.name, name)}-artifacts-\${aws.account}`,
          ]),
        ),
      },
    }),
    cloudAccount: ({ settings }) => ({ vendor: 'aws', region: settings.region }),
  },
  lacks: { kubernetes: 'the AWS module does not create a cluster' },
  slots: [awsDeploy.slot, awsEndpoint.slot, awsKeyUser.slot, awsPrivate.slot, awsTaskSecret.slot],
  reads: ['aws-key-user'],
  parts: {
    alerts,
    ci,
    cluster,
    database,
    execution,
    'first-run': firstRun,
    images,
    logs,
    network,
    roles,
    'scheduled-pipeline': scheduledPipeline,
    secrets,
    'tracking-server': trackingServer,
  },
  owners: { 'infra/terraform/tests/*': 'managed' },
  moved: {
    'src/__package__/account.py': 'src/__package__/platform/account.py',
    'src/__package__/rehearsals/object_store.py': 'src/__package__/platform/rehearsals/object_store.py',
  },
  pins: {
    botocore: { version: '1.43.117', checked: CHECKED, groups: ['train'], because: 'the version that s3fs requires' },
    flask: { version: '3.1.3', checked: CHECKED, groups: ['dev'], imports: [], because: 'moto requires it' },
    'flask-cors': {
      version: '6.0.5',
      checked: CHECKED,
      groups: ['dev'],
      imports: [],
      because: 'moto requires it',
    },
    moto: { version: '5.2.5', checked: CHECKED, extras: ['s3'], groups: ['dev'], because: 'replaces S3 in make demo' },
    s3fs: { version: '2026.9.0', checked: CHECKED, groups: ['train', 'serve'] },
  },
  contributes: ({ project, settings }) => [
    ...project.environments.flatMap((environment, index): Contribution[] => {
      const guarded = index === project.environments.length - 1;
      const name = namePrefix(project.name, environment);
      const sizes: [string, Slots['tfvars']['value'], string][] = [
        [
          'is_guarded',
          guarded,
          'Whether this environment is protected: longer retention, and protection against accidental deletion',
        ],
        ['artifact_versions_days', guarded ? 90 : 14, 'Days for which an overwritten or deleted file can be restored'],
        ['run_days', guarded ? 365 : 60, 'Days after which the files of a run move to a cheaper storage class'],
        ['prediction_days', guarded ? 365 : 60, 'Days after which logged predictions are deleted'],
        [
          'budget_usd',
          guarded ? 600 : 250,
          'Monthly budget in US dollars; emails are sent at 80 %, and if the forecast exceeds it',
        ],
        ['budget_emails', [], 'Receivers of emails about the budget and unusual costs; if empty, no emails are sent'],
        [
          'has_cost_monitor',
          false,
          'Whether to send emails about unusual costs of a day; possible only in an account that pays its own bills',
        ],
      ];
      return [
        { slot: 'config', key: 'aws.account', value: null, environment },
        { slot: 'config', key: 'aws.name', value: name, environment },
        { slot: 'config', key: 'aws.region', value: settings.region, environment },
        { slot: 'config', key: 'aws.state_bucket', value: `${name}-state-\${aws.account}`, environment },
        ...sizes.map(
          ([key, value, comment]): Contribution => ({ slot: 'tfvars', key, value: { value, comment }, environment }),
        ),
      ];
    }),
    ...Object.entries({ account_id: 'aws.account', name: 'aws.name', region: 'aws.region' }).map(
      ([key, setting]): Contribution => ({
        slot: 'terraform-setting',
        key,
        value: { setting },
      }),
    ),
    {
      slot: 'terraform-backend',
      key: 'bucket',
      value: { setting: 'aws.state_bucket', store: 'aws_s3_bucket.state' },
    },
    { slot: 'terraform-backend', key: 'region', value: { setting: 'aws.region' } },
    ...pricesIn(settings.region, settings.prices),
    {
      slot: 'cost-line',
      key: 'key',
      value: {
        what: 'Key for data',
        basis: 'month',
        quantity: 1,
        unit: 'key',
        how: 'one per environment',
        grows: 'with the first two yearly rotations, by one key each',
        price: 'kms-key',
      },
    },
    {
      slot: 'cost-line',
      key: 'state key',
      value: {
        what: 'Key for the Terraform state',
        basis: 'month',
        quantity: 1,
        unit: 'key',
        how: 'one per environment, from `make infra-bootstrap`',
        grows: 'with the first two yearly rotations, by one key each',
        price: 'kms-key',
      },
    },
    {
      slot: 'cost-line',
      key: 'files',
      value: {
        what: 'Files in S3',
        basis: 'month',
        quantity: 1,
        unit: 'GB-month',
        how: '250 training runs of the sample at 4 MB',
        grows: 'with each run, and with earlier versions for `artifact_versions_days`',
        price: 's3-gb',
      },
    },
    {
      slot: 'cost-line',
      key: 'files of a run',
      value: {
        what: 'Files of a run in S3, each following month',
        basis: 'run',
        quantity: 0.004,
        unit: 'GB-month',
        how: '3.6 MB of files and 0.35 MB of the registered version',
        grows: 'rows: about 100 bytes each',
        price: 's3-gb',
      },
    },
    {
      slot: 'cost-line',
      key: 'writes of a run',
      value: {
        what: 'Writes to S3',
        basis: 'run',
        quantity: 40,
        unit: 'write request',
        how: 'about 20 files, and as many list requests',
        grows: 'steps of the pipeline',
        price: 's3-put',
      },
    },
    {
      slot: 'cost-line',
      key: 'reads of a run',
      value: {
        what: 'Reads from S3',
        basis: 'run',
        quantity: 100,
        unit: 'read request',
        how: 'each file, by the steps after it',
        grows: 'steps of the pipeline',
        price: 's3-get',
      },
    },
    {
      slot: 'cost-line',
      key: 'key requests of a run',
      value: {
        what: 'Requests to the key',
        basis: 'run',
        quantity: 40,
        unit: 'request',
        how: 'at most one for the first write or read of each file: the bucket caches its data key',
        grows: 'files',
        price: 'kms-request',
      },
    },
    ...(
      [
        [
          '1-identity',
          'the credentials belong to the account `aws.account`',
          'identity',
          'sign in to that account, for example with aws sso login',
        ],
        [
          '2-region',
          'the region is enabled in the account',
          'region',
          'enable it under Account, AWS Regions, or choose another region',
        ],
        [
          '3-state',
          'the bucket for the Terraform state exists',
          'state',
          'ask an administrator to run make infra-bootstrap once for this environment',
        ],
      ] as const
    ).map(
      ([key, title, value, hint]): Contribution => ({
        slot: 'doctor',
        key: `aws-${key}`,
        value: { title, kind: 'account', value, hint },
      }),
    ),
    { slot: 'untyped', key: 'botocore.*', value: { why: 'botocore has no type annotations' } },
    awsDeploy('Bucket', {
      actions: ['s3:GetBucketLocation', 's3:ListBucket'],
      resources: ['arn:aws:s3:::${var.name}-artifacts-${var.account_id}'],
    }),
    awsDeploy('Files', {
      actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
      resources: ['arn:aws:s3:::${var.name}-artifacts-${var.account_id}/*'],
    }),
    awsDeploy('FilesKey', {
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['arn:aws:kms:${var.region}:${var.account_id}:key/*'],
      via: 's3',
    }),
    // Promotion copies files from the first environment to the later ones.
    ...(project.environments.length > 1
      ? [
          awsDeploy('Origin', {
            actions: ['s3:GetObject', 's3:ListBucket'],
            resources: [`arn:aws:s3:::${namePrefix(project.name, project.environments[0]!)}-artifacts-*`],
          }),
          awsDeploy('OriginKey', {
            actions: ['kms:Decrypt'],
            resources: ['arn:aws:kms:${var.region}:*:key/*'],
            via: 's3',
            why: 'The account of that environment can differ; the policy of its key must also allow this role.',
          }),
        ]
      : []),
    { slot: 'demo-rehearsal', key: 'object store', value: { module: 'object_store' } },
    { slot: 'untyped', key: 's3fs.*', value: { why: 's3fs has no type annotations' } },
    { slot: 'docs', key: 'docs/tools/aws.md', value: { title: 'AWS: resources and access rules of an environment' } },
    {
      slot: 'diagram-node',
      key: 'storage',
      value: { title: 'S3', detail: 'runs, versions, audit', group: 'data', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline storage', value: { label: 'files of each run' } },
    {
      slot: 'threat',
      key: 'Models, rows or predictions are disclosed',
      value: {
        area: 'permissions',
        measure: 'The bucket is not public, accepts TLS only and is encrypted with a key of this environment',
        left: 'users who can use the key and read the bucket: review both policies',
      },
    },
    {
      slot: 'threat',
      key: 'Files are overwritten or deleted',
      value: {
        area: 'data',
        measure:
          'Each version of an object is stored for `artifact_versions_days`, and Terraform refuses to delete ' +
          'the bucket',
        left:
          'an administrator who empties the bucket deliberately: to prevent this, use a backup vault in another ' +
          'account',
      },
    },
  ],
  traces: ['hashicorp/aws', 'aws.account'],
  leftovers: [
    {
      what: 'all resources that Terraform created in the accounts, and the state buckets',
      carry: 'run make export-champion with TO=<local folder> before the swap',
      remove:
        'run make infra-destroy ENV=<env> for each environment, before the swap: its files are removed afterwards',
    },
    {
      what: 'all resources that Terraform created for <env>, with data and audit records, and the state bucket',
      remove: 'run make infra-destroy ENV=<env> before the update, which removes the settings that the command needs',
      of: 'environment',
    },
  ],
  tests: {
    'tests/test_account.py': { varies: ['artifactStore', 'cloudAccount'] },
    'tests/test_object_store.py': { varies: ['artifactStore'] },
    'tests/test_release_conformance_s3.py': { varies: ['artifactStore', 'registryClient'] },
    'tests/test_retraining_s3.py': { varies: ['artifactStore', 'registryClient'] },
  },
});
