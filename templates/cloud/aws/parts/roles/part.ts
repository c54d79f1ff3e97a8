import { definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_iam_role.workload["<workload>"]` for each workload of the slot `workload`, with the rights of the slot
     * `grant`.
     */
    awsRoles: { readonly role: string };
  }
}

export default definePart({
  onDemand: true,
  reads: ['grant', 'workload'],
  provides: { awsRoles: () => ({ role: 'aws_iam_role.workload' }) },
  contributes: () => [
    ...mayApply('roles'),
    {
      slot: 'threat',
      key: 'One workload does what another one may',
      value: {
        area: 'permissions',
        measure:
          'Each has a role of its own: folders of the bucket that it reads or writes, and the key, through S3 alone',
        test: 'infra/terraform/tests/roles.tftest.hcl',
        left: 'names of all files of the bucket, which every workload may list',
      },
    },
  ],
});
