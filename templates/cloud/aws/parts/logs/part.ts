import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';
import { awsKeyUser } from '../../slots.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /**
     * `aws_cloudwatch_log_group.workloads` receives the logs of workloads, with one stream prefix each. `var.log_days`
     * is the retention of all logs.
     */
    awsLogs: true;
  }
}

export default definePart({
  onDemand: true,
  provides: { awsLogs: true },
  contributes: ({ project }) => [
    ...mayApply('logs'),
    ...project.environments.map(
      (environment, index): Contribution => ({
        slot: 'tfvars',
        key: 'log_days',
        value: {
          value: index === project.environments.length - 1 ? 365 : 30,
          comment: 'Days for which log lines are stored',
        },
        environment,
      }),
    ),
    awsKeyUser('Logs', {
      principal: 'logs.${var.region}.amazonaws.com',
      actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      operator: 'ArnLike',
      variable: 'kms:EncryptionContext:aws:logs:arn',
      value: 'arn:aws:logs:${var.region}:${var.account_id}:*',
      why: 'Log groups of this account use the key.',
    }),
    {
      slot: 'cost',
      key: 'Logs in CloudWatch',
      value: {
        here: 'one JSON line per event',
        grows: 'with ingested GB (the largest part), and GB stored for `log_days`',
        elsewhere: 'GB ingested × price, then GB × months',
      },
    },
  ],
});
