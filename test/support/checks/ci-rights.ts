import type { Stack } from '../stacks.ts';
import type { Fault, StackCheck } from './check.ts';

/** What Terraform makes in an account, CI may make there: each type of resource belongs to a service of the role that applies. */

/** Types of resources by how they begin, and the prefix of the actions that make them; the first that fits counts. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/^cloudwatch_event_/, 'events'],
  [/^cloudwatch_(?:log|query)_/, 'logs'],
  [/^cloudwatch_/, 'cloudwatch'],
  [/^a?lb(?:_|$)/, 'elasticloadbalancing'],
  [/^(?:db|rds)_/, 'rds'],
  [/^sfn_/, 'states'],
  [/^appautoscaling_/, 'application-autoscaling'],
  [/^service_discovery_/, 'servicediscovery'],
  [/^(?:vpc(?:_|$)|subnet|security_group|route|internet_gateway|egress_|flow_log|default_|eip|nat_gateway|network_|ec2_|launch_template)/, 'ec2'],
  [/^(?:batch|budgets|ce|codedeploy|ecr|ecs|iam|kms|lambda|s3|scheduler|secretsmanager|sns|sqs)_/, ''],
];

export const ciRightsCheck: StackCheck = {
  name: 'rights of CI',
  find: (stack: Stack): Fault[] => {
    const rights = stack.files.get('infra/bootstrap/ci_apply.tf')?.content.text;
    if (rights === undefined) return [];
    const given = new Set([...rights.matchAll(/actions +=\s*\["([a-z0-9-]+):\*"\]/g)].map(([, service]) => service));
    const faults: Fault[] = [];
    for (const { path, content } of stack.files.values()) {
      if (!/^infra\/terraform\/[^/]+\.tf$/.test(path)) continue;
      for (const [, type] of (content.text ?? '').matchAll(/^resource "aws_(\w+)"/gm)) {
        const found = SERVICES.find(([begins]) => begins.test(type!));
        const service = found?.[1] || type!.split('_')[0]!;
        if (!found) faults.push({ path, message: `aws_${type} belongs to a service that test/support/checks/ci-rights.ts does not know` });
        else if (service !== 'iam' && !given.has(service)) faults.push({ path, message: `CI may not make aws_${type}: contribute awsServices('${service}') where the file comes from` });
      }
    }
    return faults;
  },
};
