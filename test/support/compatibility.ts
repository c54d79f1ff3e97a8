/**
 * Incompatible choices, written by hand from the documentation of the tools and not from the modules: an oracle. A row
 * has choices that are refused together, and the module that refuses them with the missing capability.
 */
export type Refusal = {
  /**
   * All of these apply: the choice has the value, or (for a list) contains it; `none` also matches the empty list, and
   * `!x` any value without x; `a&b` both conditions.
   */
  readonly where: Readonly<Record<string, string>>;
  readonly by: string;
  readonly needs: string;
};

/**
 * A service without a protocol, a function without its handler, and tools of an account without that account:
 * CloudWatch, Lambda and Secrets Manager are services of AWS and not available elsewhere.
 */
export const BUILT_IN: readonly Refusal[] = [
  { where: { protocols: 'none' }, by: '_base/client', needs: 'wireProtocol' },
  ...['cloudAccount', 'awsAlerts', 'awsLogs'].map((needs) => ({
    where: { monitoring: 'cloudwatch', cloud: 'local' },
    by: 'monitoring/cloudwatch',
    needs,
  })),
  {
    where: { orchestrator: 'step-functions', cloud: 'local' },
    by: 'orchestrator/step-functions',
    needs: 'stateMachine',
  },
  ...['awsAlerts', 'awsCluster', 'awsImages', 'awsNetwork', 'awsRoles', 'awsSecrets', 'imageRegistry'].map((needs) => ({
    where: { target: 'ecs-fargate', cloud: '!aws' },
    by: 'target/ecs-fargate',
    needs,
  })),
  { where: { target: 'ecs-fargate', cloud: '!aws' }, by: '_base/image-push', needs: 'imageRegistry' },
  { where: { target: 'lambda', protocols: '!lambda' }, by: 'target/lambda', needs: 'eventHandler' },
  ...['awsImages', 'awsRoles', 'awsLogs', 'awsAlerts'].map((needs) => ({
    where: { target: 'lambda', cloud: '!aws' },
    by: 'target/lambda',
    needs,
  })),
  { where: { target: 'lambda', cloud: '!aws' }, by: '_base/image-push', needs: 'imageRegistry' },
  ...['ecs-fargate', 'lambda'].map((target) => ({
    where: { rollout: 'follow', target },
    by: 'rollout/follow',
    needs: 'followingDeployment',
  })),
  { where: { rollout: 'rolling', target: 'lambda' }, by: 'rollout/rolling', needs: 'rollingDeployment' },
  { where: { rollout: 'rolling', target: '!ecs-fargate' }, by: 'rollout/rolling', needs: 'rollingDeployment' },
  ...(['ab', 'blue-green', 'shadow'] as const).flatMap((rollout) =>
    ['ecs-fargate', 'lambda'].map((target) => ({
      where: { rollout, target },
      by: `rollout/${rollout}`,
      needs: { ab: 'abDeployment', 'blue-green': 'blueGreenDeployment', shadow: 'shadowDeployment' }[rollout],
    })),
  ),
  // MLServer speaks one protocol, does not authenticate callers, and does not run the application of the repository.
  { where: { server: 'mlserver', protocols: '!v2' }, by: 'server/mlserver', needs: 'protocolTensors' },
  ...['azureml', 'lambda', 'rest', 'sagemaker', 'vertex'].map((protocols) => ({
    where: { server: 'mlserver', protocols },
    by: `protocols/${protocols}`,
    needs: 'inferenceServer',
  })),
  {
    where: { server: 'mlserver', protocols: 'lambda', target: 'lambda' },
    by: 'protocols/lambda#routes',
    needs: 'routeHost',
  },
  { where: { server: 'mlserver', monitoring: 'cloudwatch' }, by: 'monitoring/cloudwatch', needs: 'servingApp' },
  { where: { server: 'mlserver', target: 'ecs-fargate' }, by: 'target/ecs-fargate', needs: 'inferenceServer' },
  ...['ab', 'blue-green', 'shadow'].map((rollout) => ({
    where: { server: 'mlserver', rollout },
    by: '_base/local-rollout',
    needs: 'servingApp',
  })),
  {
    where: { server: 'mlserver', rollout: 'canary', target: '!ecs-fargate&!lambda' },
    by: '_base/local-rollout',
    needs: 'servingApp',
  },
  ...['cloudAccount', 'awsSecrets'].map((needs) => ({
    where: { secrets: 'aws-secrets-manager', cloud: 'local' },
    by: 'secrets/aws-secrets-manager',
    needs,
  })),
];

/** The fixtures of test/fixtures/contract, with one plain option for each choice without a fixture. */
export const CONTRACT: readonly Refusal[] = [
  { where: { target: 'kserve', cloud: 'local' }, by: 'target/kserve', needs: 'kubernetes' },
  { where: { target: 'kserve', cloud: 'local' }, by: 'target/kserve', needs: 'artifactStore' },
  { where: { iac: 'cdk', cloud: 'local' }, by: 'iac/cdk', needs: 'cloudAccount' },
];

/** The refusals that apply to the given values. An open value refuses nothing. */
export const refusals = (table: readonly Refusal[], values: Readonly<Record<string, unknown>>): Refusal[] =>
  table.filter(({ where }) => Object.entries(where).every(([choice, wanted]) => holds(values[choice], wanted)));

function holds(value: unknown, wanted: string): boolean {
  if (wanted.includes('&')) return wanted.split('&').every((each) => holds(value, each));
  if (wanted.startsWith('!')) return value !== undefined && !holds(value, wanted.slice(1));
  if (Array.isArray(value) && value.length === 0) return wanted === 'none';
  return [value].flat().includes(wanted);
}
