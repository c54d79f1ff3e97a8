import { definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_iam_role.workload["<workload>"]` for each workload in the slot `workload`, with the permissions in the slot
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
      key: 'A workload uses the permissions of another workload',
      value: {
        area: 'permissions',
        measure:
          'Each workload has its own role: it can access only its folders of the bucket, ' +
          'and use the key only through S3',
        test: 'infra/terraform/tests/roles.tftest.hcl',
        left: 'each workload can list the names of all files in the bucket',
      },
    },
  ],
});
