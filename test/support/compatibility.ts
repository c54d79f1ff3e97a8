/**
 * What does not go together, written by hand and from the tools' own documentation, not from the modules: an oracle.
 * A row says which choices together are refused, and who refuses them for want of what.
 */
export type Refusal = {
  /**
   * All of these hold: the choice has the value, or (for a list) holds it; `none` is also the empty list, `!x` anything
   * without x.
   */
  readonly where: Readonly<Record<string, string>>;
  readonly by: string;
  readonly needs: string;
};

/**
 * A service that speaks nothing, a function without the handler that it calls, and tools of an account where there is
 * none: CloudWatch, Lambda and Secrets Manager are services of AWS and can be had nowhere else.
 */
export const BUILT_IN: readonly Refusal[] = [
  { where: { server: 'fastapi', protocols: 'none' }, by: 'server/fastapi', needs: 'wireProtocol' },
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
  ...['cloudAccount', 'awsSecrets'].map((needs) => ({
    where: { secrets: 'aws-secrets-manager', cloud: 'local' },
    by: 'secrets/aws-secrets-manager',
    needs,
  })),
];

/** The fixtures of test/fixtures/contract, with one plain option for each choice that they leave empty. */
export const CONTRACT: readonly Refusal[] = [
  { where: { target: 'kserve', cloud: 'local' }, by: 'target/kserve', needs: 'kubernetes' },
  { where: { target: 'kserve', cloud: 'local' }, by: 'target/kserve', needs: 'artifactStore' },
  { where: { iac: 'cdk', cloud: 'local' }, by: 'iac/cdk', needs: 'cloudAccount' },
];

/** The refusals that hold for (some of) the values; a value still open refuses nothing. */
export const refusals = (table: readonly Refusal[], values: Readonly<Record<string, unknown>>): Refusal[] =>
  table.filter(({ where }) => Object.entries(where).every(([choice, wanted]) => holds(values[choice], wanted)));

function holds(value: unknown, wanted: string): boolean {
  if (wanted.startsWith('!')) return value !== undefined && !holds(value, wanted.slice(1));
  if (Array.isArray(value) && value.length === 0) return wanted === 'none';
  return [value].flat().includes(wanted);
}
