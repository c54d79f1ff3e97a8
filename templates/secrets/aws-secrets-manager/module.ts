import { type Contribution, defineModule } from '../../../src/core/contract.ts';
import { mayApply } from '../../cloud/aws/permissions.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'secrets/aws-secrets-manager': true;
  }
}

const checked = '2026-11-21';

export default defineModule({
  choice: 'secrets',
  id: 'aws-secrets-manager',
  title: 'AWS Secrets Manager',
  summary:
    'Outside local, secrets are in AWS Secrets Manager. Each workload reads only the secrets that it needs, ' +
    'with its role.',
  docs: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/intro.html',
  why:
    'A secret is encrypted with the key of its environment, workloads read it with a role instead of a copy, ' +
    'and each access is logged.',
  watch:
    'Each secret is billed per month, and each access costs a small fee. Processes read secrets at startup: ' +
    'restart them after a change.',
  status: 'active',
  home: 'infra/terraform/secrets_access.tf',
  needs: {
    cloudAccount: {
      where: ({ vendor }) => vendor === 'aws',
      because: 'secrets are stored in the account that runs the workloads',
    },
    terraformRoot: { because: 'it defines the permissions to read secrets' },
    awsSecrets: { because: 'it creates the secrets in the account' },
    inferenceServer: { because: 'its page describes how to replace the API keys of the service' },
  },
  sees: {
    awsRoles: { because: 'a workload in the account reads its secrets with its role' },
  },
  reads: ['secret'],
  provides: { secretStore: true },
  owners: { 'infra/terraform/tests/*': 'managed' },
  moved: { 'src/__package__/secret_store.py': 'src/__package__/platform/secret_store.py' },
  pins: { botocore: { version: '1.43.117', checked, groups: ['train', 'serve'] } },
  contributes: ({ project }) => [
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'secrets.optional', value: [], environment },
      { slot: 'config', key: 'secrets.prefix', value: '${aws.name}/', environment },
      { slot: 'config', key: 'secrets.region', value: '${aws.region}', environment },
    ]),
    { slot: 'terraform-setting', key: 'optional_secrets', value: { setting: 'secrets.optional' } },
    ...mayApply('secrets', 'roles'),
    { slot: 'untyped', key: 'botocore.*', value: { why: 'botocore has no type annotations' } },
    {
      slot: 'doctor',
      key: 'secrets',
      value: {
        title: 'each secret of this environment has a value',
        kind: 'command',
        value: `python -m ${project.package}.platform.secret_store check`,
        hint: 'set it with make secrets-put NAME=<secret> ENV=<environment>',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/secrets.md',
      value: { title: 'Secrets: set, read and replace secrets in AWS Secrets Manager' },
    },
    {
      slot: 'cost',
      key: 'Secrets',
      value: {
        here: 'nothing: `local` reads `.env`',
        grows: 'with secrets × environments, not with traffic: a process reads each secret once, at startup',
        elsewhere: 'secrets × months, and requests (billed per 10,000)',
      },
    },
    {
      slot: 'threat',
      key: 'A workload reads a secret of another workload',
      value: {
        area: 'secrets',
        measure: 'Each role can read only the secrets that its workload needs, and can use the key only for them',
        test: 'infra/terraform/tests/secrets_access.tftest.hcl',
        left: 'administrators can read all secrets: CloudTrail records the user and time of each `GetSecretValue`',
      },
    },
    {
      slot: 'threat',
      key: 'A secret is written to Terraform, its state or a log',
      value: {
        area: 'secrets',
        measure:
          'Terraform creates secrets without values; `make secrets-put` reads the value from standard input ' +
          'and does not print it',
        test: 'tests/test_secret_store.py',
        left: 'your shell history: enter the value at the prompt, or pipe it from a file',
      },
    },
  ],
  traces: ['secrets_access.tf', 'secrets-put'],
  leftovers: [
    {
      what: 'the secrets in AWS Secrets Manager, with their values',
      carry: 'before the swap, set each value in the place that the new option reads',
      remove:
        'run make infra-apply ENV=<env> after the swap, which deletes the secrets; ' +
        'they can be restored for secret_recovery_days',
    },
  ],
  tests: {
    'tests/test_secret_store.py': { varies: ['secretStore'] },
  },
});
