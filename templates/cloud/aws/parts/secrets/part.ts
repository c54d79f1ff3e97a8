import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_secretsmanager_secret.value["<NAME>"]` for each entry in the slot `secret`, and for the optional ones that
     * the Terraform variable `optional_secrets` names; each reader needs its own policy.
     */
    awsSecrets: true;
  }
}

export default definePart({
  onDemand: true,
  reads: ['secret'],
  provides: { awsSecrets: true },
  moved: { 'infra/terraform/tests/secrets.tftest.hcl': 'infra/terraform/tests/secrets.tftest.hcl.ejs' },
  contributes: ({ project }) => [
    ...mayApply('secrets'),
    {
      slot: 'cost-line',
      key: 'secrets',
      value: {
        what: 'Secrets',
        basis: 'month',
        quantity: 1,
        unit: 'secret',
        each: 'secret',
        // An optional secret is created only in an environment that names it.
        where: { optional: undefined },
        how: 'each is billed, even without a value; optional secrets that you create are not included',
        grows: 'secrets',
        price: 'secret',
      },
    },
    ...project.environments.map(
      (environment, index): Contribution => ({
        slot: 'tfvars',
        key: 'secret_recovery_days',
        value: {
          value: index === project.environments.length - 1 ? 30 : 7,
          comment: 'Days for which a deleted secret can be restored',
        },
        environment,
      }),
    ),
    { slot: 'aws-endpoint', key: 'secretsmanager', value: { why: 'secrets are read' } },
    {
      slot: 'threat',
      key: 'A secret is written to the Terraform state',
      value: {
        area: 'secrets',
        measure:
          'Terraform creates secrets without values; users set the values, and each workload can read only its ' +
          'own secrets',
        test: 'infra/terraform/tests/secrets.tftest.hcl',
        left: 'rotation: a running task reads a new value only after a restart',
      },
    },
  ],
});
