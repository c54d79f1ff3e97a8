import { definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /** `aws_ecs_cluster.main`, with Fargate and Fargate Spot. */
    awsCluster: true;
  }
}

export default definePart({
  onDemand: true,
  needs: { awsExecution: { because: 'tasks start with its role' } },
  provides: { awsCluster: true },
  contributes: () => [...mayApply('cluster')],
});
