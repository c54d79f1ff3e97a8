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
  summary: 'The steps as jobs of AWS Batch in a state machine; here its definition is executed by a small walker.',
  docs: 'https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html',
  why: 'No server and no machine to look after: between two runs nothing is there to be patched, and no job costs anything.',
  watch:
    'Each step waits a minute or two for its container. The definition is in JSONPath, since no interpreter outside AWS evaluates JSONata rightly; what the walker does not know is refused here, before it is deployed.',
  status: 'active',
  home: 'pipelines/step_functions/, infra/terraform/pipeline.asl.json',
  parts: { account },
  needs: {
    stateMachine: { because: 'Step Functions and Batch are services of an AWS account' },
    trackerClient: { because: 'jobs on this machine are forks of a process that has imported its client' },
  },
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
      because: 's3fs 2026.9.0 takes no later botocore than the one that belongs to it',
    },
  },
  contributes: () => [
    {
      slot: 'docs',
      key: 'docs/tools/step-functions.md',
      value: { title: 'Step Functions: state machine, jobs, schedule, what to do when training failed' },
    },
    { slot: 'untyped', key: 'boto3.*', value: { why: 'boto3 comes without types' } },
    {
      slot: 'diagram-node',
      key: 'pipeline',
      value: { title: 'Step Functions', detail: 'a Batch job a step', group: 'training', shape: 'process' },
    },
    {
      slot: 'diagram-node',
      key: 'schedule',
      value: { title: 'EventBridge', detail: 'schedule, event of drift', group: 'training', shape: 'process' },
    },
    { slot: 'diagram-edge', key: 'schedule pipeline', value: { label: 'starts' } },
    {
      slot: 'cost',
      key: 'Training in Batch',
      value: {
        here: 'nothing: `make pipeline` runs the steps here',
        grows: 'with runs: minutes of nine jobs, vCPU and GB by the second, by the minute at least',
        elsewhere: 'Spot at a fraction of the on-demand price; between runs nothing but alarms',
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
