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
    /** The account that resources are made in; `console` is where people look at them. */
    cloudAccount: { readonly vendor: 'aws' | 'azure' | 'gcp'; readonly region: string };
  }
}

const CHECKED = '2026-11-21';

export default defineModule({
  choice: 'cloud',
  id: 'aws',
  title: 'AWS',
  summary: 'Files in S3, encrypted and versioned, in an account for each environment; made by Terraform.',
  docs: 'https://docs.aws.amazon.com/wellarchitected/latest/machine-learning-lens/machine-learning-lens.html',
  why: 'Every service that a model needs is there, and access is one system of roles for people, pipelines and the service.',
  watch:
    'Requests and keys are billed as well as bytes: many small files cost more than few large ones. Interface endpoints and NAT gateways cost by the hour whether anything runs or not.',
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
      title: 'Prices of your contract in US dollars, in place of those in the table of docs/cost.md',
      at: 'generation',
    },
  },
  needs: {
    rehearsals: { because: 'make demo shows the way to the bucket without an account' },
    terraformRoot: { because: 'what is in the account is written down in Terraform' },
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
  lacks: { kubernetes: 'no part of it makes a cluster yet' },
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
    botocore: { version: '1.43.117', checked: CHECKED, groups: ['train'], because: 'the one that s3fs takes along' },
    flask: { version: '3.1.3', checked: CHECKED, groups: ['dev'], imports: [], because: 'moto answers through it' },
    'flask-cors': {
      version: '6.0.5',
      checked: CHECKED,
      groups: ['dev'],
      imports: [],
      because: 'moto answers through it',
    },
    moto: { version: '5.2.5', checked: CHECKED, extras: ['s3'], groups: ['dev'], because: 'it plays S3 in make demo' },
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
          'Whether losing this environment would hurt: longer retention, no deletion by accident',
        ],
        ['artifact_versions_days', guarded ? 90 : 14, 'Days that an overwritten or deleted file can be brought back'],
        ['run_days', guarded ? 365 : 60, 'Days after which the files of a run move to a cheaper class of storage'],
        ['prediction_days', guarded ? 365 : 60, 'Days after which what the service answered is deleted'],
        [
          'budget_usd',
          guarded ? 500 : 100,
          'US dollars a month at which mails go out: at 80 % spent, and when the forecast is above',
        ],
        ['budget_emails', [], 'Who gets these mails, and those about unusual costs; nobody while it is empty'],
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
    ...Object.entries({ bucket: 'aws.state_bucket', region: 'aws.region' }).map(
      ([key, setting]): Contribution => ({
        slot: 'terraform-backend',
        key,
        value: { setting },
      }),
    ),
    ...pricesIn(settings.region, settings.prices),
    {
      slot: 'cost-line',
      key: 'key',
      value: {
        what: 'Key of the data',
        basis: 'month',
        quantity: 1,
        unit: 'key',
        how: 'one for the environment',
        grows: 'the first two yearly rotations, by one key each',
        price: 'kms-key',
      },
    },
    {
      slot: 'cost-line',
      key: 'state key',
      value: {
        what: 'Key of the Terraform state',
        basis: 'month',
        quantity: 1,
        unit: 'key',
        how: 'one for the environment, from `make infra-bootstrap`',
        grows: 'likewise',
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
        grows: 'every run, and earlier versions for `artifact_versions_days`',
        price: 's3-gb',
      },
    },
    {
      slot: 'cost-line',
      key: 'files of a run',
      value: {
        what: 'Files of a run in S3, each month from then on',
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
        how: 'some 20 files, and as many listings',
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
        how: 'each file by the steps that follow',
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
        how: 'at most one for each file that is written or read first: the bucket keeps its data key',
        grows: 'files',
        price: 'kms-request',
      },
    },
    ...(
      [
        [
          '1-identity',
          'credentials are of the account `aws.account`',
          'identity',
          'sign in there, for example with aws sso login',
        ],
        [
          '2-region',
          'the account may use its region',
          'region',
          'enable it under Account, AWS Regions, or generate with another one',
        ],
        [
          '3-state',
          'the bucket of the Terraform state is there',
          'state',
          'an administrator runs make infra-bootstrap once for this environment',
        ],
      ] as const
    ).map(
      ([key, title, value, hint]): Contribution => ({
        slot: 'doctor',
        key: `aws-${key}`,
        value: { title, kind: 'account', value, hint },
      }),
    ),
    { slot: 'untyped', key: 'botocore.*', value: { why: 'botocore comes without types' } },
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
      alias: 'alias/${var.name}-data',
    }),
    // Files go up from the first environment to the later ones.
    ...(project.environments.length > 1
      ? [
          awsDeploy('Origin', {
            actions: ['s3:GetObject', 's3:ListBucket'],
            resources: [`arn:aws:s3:::${namePrefix(project.name, project.environments[0]!)}-artifacts-*`],
          }),
          awsDeploy('OriginKey', {
            actions: ['kms:Decrypt'],
            resources: ['arn:aws:kms:${var.region}:*:key/*'],
            alias: `alias/${namePrefix(project.name, project.environments[0]!)}-data`,
            why: 'Whatever the account of that environment is: its key has to let this role in as well.',
          }),
        ]
      : []),
    { slot: 'demo-rehearsal', key: 'object store', value: { module: 'object_store' } },
    { slot: 'untyped', key: 's3fs.*', value: { why: 's3fs comes without types' } },
    { slot: 'docs', key: 'docs/tools/aws.md', value: { title: 'AWS: what is in the account, and what to know of it' } },
    {
      slot: 'diagram-node',
      key: 'storage',
      value: { title: 'S3', detail: 'runs, versions, audit', group: 'data', shape: 'store' },
    },
    { slot: 'diagram-edge', key: 'pipeline storage', value: { label: 'files of each run' } },
    {
      slot: 'threat',
      key: 'Somebody reads models, rows or predictions',
      value: {
        area: 'permissions',
        measure: 'The bucket is closed to the public, takes TLS only and is encrypted with a key of this environment',
        left: 'whoever may use the key and read the bucket: look at both policies',
      },
    },
    {
      slot: 'threat',
      key: 'Files are overwritten or deleted',
      value: {
        area: 'data',
        measure:
          'Every version of an object is kept for `artifact_versions_days`, and Terraform refuses to remove the bucket',
        left: 'an administrator who empties it on purpose: use a backup vault in another account where that must be ruled out',
      },
    },
  ],
  traces: ['hashicorp/aws', 'aws.account'],
  leftovers: [
    {
      what: 'everything that Terraform made in the accounts, and the state buckets',
      carry: 'make export-champion with TO= a folder here, before the swap',
      remove: 'make infra-destroy ENV=<env> for each environment, before the swap: afterwards its files are gone',
    },
  ],
  tests: {
    'tests/test_account.py': { varies: ['artifactStore', 'cloudAccount'] },
    'tests/test_object_store.py': { varies: ['artifactStore'] },
  },
});
