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
  summary: 'Outside local, secrets are in AWS Secrets Manager; each workload reads those that it needs, by its role.',
  docs: 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/intro.html',
  why: 'A value is encrypted with the key of its environment, read by a role instead of copied around, and each reading is recorded.',
  watch:
    'Every secret costs by the month, every reading a little. Values are read at the start of a process: a new one is there after the next start.',
  status: 'active',
  home: 'infra/terraform/secrets_access.tf',
  needs: {
    cloudAccount: {
      where: ({ vendor }) => vendor === 'aws',
      because: 'secrets are kept in the account that runs the workloads',
    },
    terraformRoot: { because: 'who may read a secret is written down there' },
    awsSecrets: { because: 'each secret has its place in the account' },
  },
  sees: {
    awsRoles: { because: 'a workload that runs in the account reads its secrets by its role' },
  },
  reads: ['secret'],
  provides: { secretStore: true },
  owners: { 'infra/terraform/tests/*': 'managed' },
  moved: { 'src/__package__/secret_store.py': 'src/__package__/platform/secret_store.py' },
  pins: { botocore: { version: '1.43.117', checked, groups: ['train', 'serve'] } },
  contributes: ({ project }) => [
    ...project.environments.flatMap((environment): Contribution[] => [
      { slot: 'config', key: 'secrets.prefix', value: '${aws.name}/', environment },
      { slot: 'config', key: 'secrets.region', value: '${aws.region}', environment },
    ]),
    ...mayApply('secrets', 'roles'),
    { slot: 'untyped', key: 'botocore.*', value: { why: 'botocore comes without types' } },
    {
      slot: 'doctor',
      key: 'secrets',
      value: {
        title: 'every secret of this environment has a value',
        kind: 'command',
        value: `python -m ${project.package}.platform.secret_store check`,
        hint: 'write it with make secrets-put NAME=<secret> ENV=<environment>',
      },
    },
    {
      slot: 'docs',
      key: 'docs/tools/secrets.md',
      value: { title: 'Secrets: AWS Secrets Manager, who reads what, and how a value gets there' },
    },
    {
      slot: 'cost',
      key: 'Secrets',
      value: {
        here: 'nothing: `local` reads `.env`',
        grows: 'with secrets × environments, not with traffic: a process reads each once, at its start',
        elsewhere: 'secrets × months, and 10,000 requests at a time',
      },
    },
    {
      slot: 'threat',
      key: 'A workload reads a secret of another one',
      value: {
        area: 'secrets',
        measure: 'Each role may read the secrets that its workload needs, one by one, and use the key for that alone',
        test: 'infra/terraform/tests/secrets_access.tftest.hcl',
        left: 'administrators, who may read all of them: CloudTrail records `GetSecretValue` with who and when',
      },
    },
    {
      slot: 'threat',
      key: 'A value gets into Terraform, its state or a log',
      value: {
        area: 'secrets',
        measure:
          'Terraform makes the place only; `make secrets-put` takes the value from standard input and prints none',
        test: 'tests/test_secret_store.py',
        left: 'the history of the shell: type or paste the value when asked, or pipe it from a file',
      },
    },
  ],
  traces: ['secrets_access.tf', 'secrets-put'],
  leftovers: [
    {
      what: 'the secrets in AWS Secrets Manager, with their values',
      carry: 'set each value where the other option reads it, before the swap',
      remove:
        'make infra-apply ENV=<env> after the swap deletes them; until secret_recovery_days are over they can be restored',
    },
  ],
});
