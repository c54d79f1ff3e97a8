import { describe, expect, it } from 'vitest';
import { PERMISSIONS, policyStatement, type Statement } from '../../templates/cloud/aws/permissions.ts';
import { hasReference, iamFaults, type Policy } from '../support/iam/faults.ts';

/**
 * Checks the permissions of the users who run Terraform against the service authorization reference of AWS.
 * terraform.test.ts checks the policies of roles, after it has applied them.
 */

const policies = Object.entries(PERMISSIONS).flatMap(([role, concerns]) =>
  Object.entries(concerns).map(([concern, { statements }]): [string, Policy] => [
    `${role} ${concern}`,
    { Statement: statements.map(policyStatement) },
  ]),
);

describe.skipIf(!hasReference)('the permissions of users in AWS', () => {
  it.each(policies)('exist, with resources and conditions that their actions support: %s', (name, policy) => {
    expect(iamFaults({ [name]: policy })).toEqual([]);
  });

  it.each<[string, Statement, RegExp]>([
    [
      'a narrow resource for an action that lists all',
      { actions: ['ecr:GetAuthorizationToken'], resources: ['arn:aws:ecr:${region}:${account}:repository/${name}'] },
      /GetAuthorizationToken works for all resources only/,
    ],
    [
      'a narrow resource for composite alarms',
      {
        actions: ['cloudwatch:PutCompositeAlarm'],
        resources: ['arn:aws:cloudwatch:${region}:${account}:alarm:${name}-*'],
      },
      /PutCompositeAlarm works for all resources only/,
    ],
    [
      'a resource of another type',
      { actions: ['sns:Publish'], resources: ['arn:aws:sqs:${region}:${account}:${name}-*'] },
      /sns:Publish has no resource of its types: topic/,
    ],
    ['an action that does not exist', { actions: ['s3:ReadObject'], resources: ['*'] }, /s3:ReadObject does not exist/],
    [
      'a condition key that the action does not support',
      {
        actions: ['sqs:CreateQueue'],
        resources: ['arn:aws:sqs:${region}:${account}:${name}-*'],
        condition: { StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } },
      },
      /CreateQueue does not support the condition key kms:ViaService/,
    ],
    [
      'a resource that no action uses',
      {
        actions: ['sns:Publish'],
        resources: ['arn:aws:sns:${region}:${account}:${name}-*', 'arn:aws:sqs:${region}:${account}:${name}-*'],
      },
      /no action of the statement applies to arn:aws:sqs/,
    ],
  ])('are reported if they contain %s', (_, planted, says) => {
    expect(iamFaults({ planted: { Statement: [policyStatement(planted)] } })).toContainEqual(
      expect.stringMatching(says),
    );
  });
});
