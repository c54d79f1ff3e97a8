import { definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_iam_role.execution`: with it ECS and Batch fetch the image and write logs, before and beside the workload's
     * own role.
     */
    awsExecution: true;
  }
}

export default definePart({
  onDemand: true,
  needs: {
    awsImages: { because: 'the role fetches images of this repository and no other' },
    awsLogs: { because: 'the role writes into this log group and no other' },
  },
  provides: { awsExecution: true },
  contributes: () => mayApply('roles'),
});
