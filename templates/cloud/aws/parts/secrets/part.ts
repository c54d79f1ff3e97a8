import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_secretsmanager_secret.value["<NAME>"]` for each entry of the slot `secret`; who reads one needs a policy of
     * its own.
     */
    awsSecrets: true;
  }
}

export default definePart({
  onDemand: true,
  reads: ['secret'],
  provides: { awsSecrets: true },
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
        how: 'each costs whether it has a value or not',
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
          comment: 'Days that a deleted secret can be brought back',
        },
        environment,
      }),
    ),
    { slot: 'aws-endpoint', key: 'secretsmanager', value: { why: 'secrets are read' } },
    {
      slot: 'threat',
      key: 'A secret stands in the state of Terraform',
      value: {
        area: 'secrets',
        measure: 'Terraform makes secrets without a value; people write it, and a workload reads its own alone',
        test: 'infra/terraform/tests/secrets.tftest.hcl',
        left: 'rotation: a new value reaches a running task when it starts again',
      },
    },
  ],
});
