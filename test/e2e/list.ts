/**
 * The repositories that are generated, installed and run. `substituted` names steps of the demo in which a stand-in
 * took the place of a hosted service.
 */
export type E2eStack = {
  readonly name: string;
  readonly flags: string;
  readonly models: readonly string[];
  readonly substituted: readonly string[];
  readonly stops?: Stop;
};
/** How the stand-in of a step is stopped while the step runs: an edit of one file. */
export type Stop = { readonly step: string; readonly path: string; readonly from: string; readonly to: string };

export const DEFAULT_STACK: E2eStack = { name: 'default-stack', flags: '', models: ['churn'], substituted: [] };

export const STACKS: readonly E2eStack[] = [
  {
    name: 'plain',
    flags: '--orchestrator none --quality none --monitoring none --ci none',
    models: ['churn'],
    substituted: [],
  },
  {
    name: 'boosted',
    flags: '--orchestrator none --framework xgboost --ci gitlab-ci',
    models: ['churn'],
    substituted: [],
  },
  { name: 'dagster-stack', flags: '--orchestrator dagster', models: ['churn'], substituted: [] },
  { name: 'wandb-stack', flags: '--orchestrator none --tracker wandb', models: ['churn'], substituted: ['register'] },
  {
    name: 'versioned',
    flags:
      '--orchestrator none --framework lightgbm --quality great-expectations --versioning dvc --protocols rest,v2,sagemaker,vertex,azureml,lambda',
    models: ['churn'],
    substituted: [],
  },
  {
    name: 'aws-stack',
    flags: '--cloud aws --orchestrator none --target ecs-fargate --monitoring cloudwatch --secrets aws-secrets-manager',
    models: ['churn'],
    substituted: ['object store'],
    stops: {
      step: 'object store',
      path: 'src/aws_stack/rehearsals/__init__.py',
      from: '        yield process\n',
      to: '        process.kill()\n        process.wait()\n        yield process\n',
    },
  },
  {
    name: 'step-functions-stack',
    flags: '--cloud aws --orchestrator step-functions --target lambda --protocols rest,lambda',
    models: ['churn'],
    substituted: ['object store', 'gate'],
    stops: {
      step: 'gate',
      path: 'pipelines/step_functions/walker.py',
      from: '            visit = Visit(name, sum(used) + 1)\n',
      to: '            if name == "Gate":\n                raise TaskError("States.Runtime", "stopped")\n            visit = Visit(name, sum(used) + 1)\n',
    },
  },
  {
    name: 'two-models',
    flags: "--orchestrator none --models '[churn, {name: fraud, framework: xgboost}]'",
    models: ['churn', 'fraud'],
    substituted: [],
  },
];
