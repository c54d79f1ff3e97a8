/** The flags of the repositories whose Terraform is checked, by name. */
export const FLAGS = {
  'aws-ground': '--cloud aws --orchestrator none',
  'aws-watched':
    '--cloud aws --orchestrator none --target ecs-fargate --monitoring cloudwatch --secrets aws-secrets-manager',
  'step-functions': "--cloud aws --orchestrator step-functions --models '[churn, fraud]'",
  'aws-ecs': '--cloud aws --orchestrator none --target ecs-fargate',
  'aws-lambda': '--cloud aws --orchestrator none --target lambda --protocols rest,lambda',
} as const;

/** The flags of the repository that is applied to a local stand-in for AWS. */
export const APPLIED = '--cloud aws --orchestrator none --monitoring none';
