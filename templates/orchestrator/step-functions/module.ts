import { defineModule } from '../../../src/core/contract.ts';
import account from './parts/account/part.ts';

declare module '../../../src/core/contract.ts' {
  interface Options {
    'orchestrator/step-functions': true;
  }
}

const CHECKED = '2026-11-21';

export default defineModule({
  choice: 'orchestrator',
  id: 'step-functions',
  title: 'AWS Step Functions',
  summary:
    'Runs each step as an AWS Batch job in a state machine. On your machine, a small interpreter executes the ' +
    'same definition.',
  docs: 'https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html',
  why: 'There are no servers to operate or patch, and between two runs, jobs cost nothing.',
  watch:
    'Each step takes a minute or two to start its container. The definition uses JSONPath, ' +
    'because no interpreter outside AWS evaluates JSONata correctly. The local interpreter rejects unsupported ' +
    'definitions before they are deployed.',
  status: 'active',
  home: 'pipelines/step_functions/, infra/terraform/pipeline.asl.json',
  parts: { account },
  needs: {
    runParameters: { because: 'every run takes them' },
    definitionWalker: { because: 'the definition is interpreted on this machine, where AWS cannot run it' },
    stateMachine: { because: 'Step Functions and Batch are services of an AWS account' },
  },
  reads: ['pipeline-step'],
  moved: { 'mk/step-functions.mk': 'mk/step-functions.mk.ejs' },
  provides: {
    pipelineRunner: () => ({
      module: 'step_functions',
      title: 'AWS Step Functions',
      standIn: 'a walker of infra/terraform/pipeline.asl.json',
    }),
  },
  pins: {
    boto3: {
      version: '1.43.117',
      checked: CHECKED,
      groups: ['orchestrate'],
      because: 's3fs 2026.9.0 does not support a later botocore',
    },
  },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/tools/step-functions.md',
      value: { title: 'Step Functions: state machine, jobs, schedule, troubleshooting' },
    },
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 has no type annotations' } },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Step Functions', detail: 'one Batch job per step', group: 'training', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'schedule',
      value: { title: 'EventBridge', detail: 'schedule, drift event', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'schedule pipeline', value: { label: 'starts' } },
    {
      slot: 'cost',
      key: 'Training in Batch',
      value: {
        here: 'nothing: `make pipeline` runs the steps on your machine',
        grows: 'with runs: vCPU and GB of each job, billed per second with a minimum of one minute',
        elsewhere: 'Spot capacity, below the on-demand price; between runs, alarms only',
      },
    },
  ],
  traces: ['step_functions', 'Step Functions'],
  leftovers: [
    {
      what: 'the state machine, its jobs and its logs in the accounts',
      remove: 'make infra-apply ENV=<env> for each environment, after the swap',
    },
  ],
});
