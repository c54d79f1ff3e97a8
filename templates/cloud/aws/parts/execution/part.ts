import { definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_iam_role.execution`: ECS and Batch use it, separately from the role of the workload, to pull images and
     * write logs.
     */
    awsExecution: true;
  }
}

export default definePart({
  onDemand: true,
  needs: {
    awsImages: { because: 'the role pulls images of this repository only' },
    awsLogs: { because: 'the role writes to this log group only' },
  },
  provides: { awsExecution: true },
  contributes: () => mayApply('roles'),
});
