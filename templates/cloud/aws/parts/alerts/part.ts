import { type Contribution, definePart } from '../../../../../src/core/contract.ts';
import { mayApply } from '../../permissions.ts';
import { keyUserOfAccount } from '../../slots.ts';

declare module '../../../../../src/core/contract.ts' {
  interface Capabilities {
    /** `aws_sns_topic.alerts` receives alarms and events of this account; `var.alert_emails` subscribe to it. */
    awsAlerts: true;
  }
}

export default definePart({
  onDemand: true,
  provides: { awsAlerts: true },
  contributes: ({ project }) => [
    ...mayApply('alerts'),
    ...project.environments.map(
      (environment): Contribution => ({
        slot: 'tfvars',
        key: 'alert_emails',
        value: {
          value: [],
          comment: 'Receivers of alerts by email, after they confirm the subscription; if empty, no emails are sent',
        },
        environment,
      }),
    ),
    keyUserOfAccount('Alarms', 'cloudwatch.amazonaws.com', 'Alarms publish to the encrypted topic.'),
    keyUserOfAccount('Events', 'events.amazonaws.com', 'Rules publish to the encrypted topic and queues.'),
  ],
});
