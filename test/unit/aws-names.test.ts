import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyBadName } from '../../src/core/names.ts';
import { LONGEST, namePrefix } from '../../templates/cloud/aws/names.ts';
import { TEMPLATES } from '../support/stacks.ts';

/** Names in an AWS account, for every possible project and environment. */

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/).filter((text) => whyBadName(text) === undefined);
const hard = fc.constantFrom(
  'internal-x',
  'sthree-x',
  'xn--x',
  'amzn-s3-demo-x',
  'a--b',
  'a-----------------------------------b',
  'customer-churn-scoring-for-the-emea-team',
  'm',
);
const SEED = { seed: 20261121, numRuns: 2000 };

describe('namePrefix', () => {
  it('returns a prefix that every AWS service accepts, for any project name', () => {
    fc.assert(
      fc.property(fc.oneof(name, hard), name, (project, environment) => {
        const prefix = namePrefix(project, environment);
        expect(prefix.length).toBeLessThanOrEqual(LONGEST);
        // Letters, digits and single hyphens: the strictest rules, those of ECR and RDS.
        expect(prefix).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
        expect(prefix).not.toMatch(/^(?:internal-|sthree-|xn--|amzn-s3-demo-)/);
      }),
      SEED,
    );
  });

  it('returns different prefixes for different environments, and the same prefix each time', () => {
    fc.assert(
      fc.property(fc.oneof(name, hard), name, name, (project, one, two) => {
        expect(namePrefix(project, one) === namePrefix(project, two)).toBe(one === two);
      }),
      SEED,
    );
  });

  it('keeps the names of the project and the environment if they fit', () =>
    expect(namePrefix('churn', 'prod')).toBe('churn-prod'));
});

/**
 * The maximum length of a name, from the reference of each service. Services that are not listed accept 100 characters
 * or more.
 */
const MOST: Readonly<Record<string, number>> = {
  aws_s3_bucket: 63,
  aws_lb: 32,
  aws_lb_target_group: 32,
  aws_iam_role: 64,
  aws_iam_instance_profile: 128,
  aws_iam_policy: 128,
  aws_iam_role_policy: 128,
  aws_lambda_function: 64,
  aws_lambda_alias: 128,
  aws_db_instance: 63,
  aws_rds_cluster: 63,
  aws_db_subnet_group: 255,
  aws_sfn_state_machine: 80,
  aws_sqs_queue: 80,
  aws_cloudwatch_event_rule: 64,
  aws_scheduler_schedule: 64,
  aws_scheduler_schedule_group: 64,
};
const FEWEST = 100;
/** The maximum length of Terraform expressions. The keys of a loop are constants of the template. */
const LENGTHS: readonly (readonly [RegExp, number])[] = [
  [/\$\{var\.name\}/g, LONGEST],
  [/\$\{var\.account_id\}/g, 12],
  [/\$\{[^}]*\}/g, 20],
];

type Named = { readonly where: string; readonly type: string; readonly length: number };

/** Every name of a resource in the templates, with its maximum length. */
const namesIn = (path: string, text: string): Named[] =>
  [...text.matchAll(/^resource "(\w+)" "(\w+)" \{\n([\s\S]*?)^\}/gm)].flatMap(([, type, label, body]) =>
    [
      ...body!.matchAll(
        /^ {2}(?:bucket|name|identifier|cluster_identifier|function_name) += "([^"]*\$\{var\.name\}[^"]*)"$/gm,
      ),
    ].map(([, value]) => ({
      where: `${path}: ${type}.${label} ${value}`,
      type: type!,
      length: LENGTHS.reduce((filled, [expression, length]) => filled.replace(expression, 'x'.repeat(length)), value!)
        .length,
    })),
  );
const tooLong = (names: readonly Named[]): string[] =>
  names
    .filter(({ type, length }) => length > (MOST[type] ?? FEWEST))
    .map(({ where, length }) => `${where} has up to ${length} characters`);

describe('resource names in the Terraform templates', () => {
  const files = (readdirSync(TEMPLATES, { recursive: true }) as string[]).filter((path) =>
    /\.tf(?:\.ejs)?$/.test(path),
  );
  const names = files.flatMap((path) => namesIn(path, readFileSync(join(TEMPLATES, path), 'utf8')));

  it('stay within the limits of their services with the longest prefix', () => {
    expect(names.length).toBeGreaterThan(10);
    expect(tooLong(names)).toEqual([]);
  });

  it('are reported if one is too long', () => {
    expect(tooLong(namesIn('a.tf', 'resource "aws_lb" "a" {\n  name = "${var.name}-balancer"\n}\n'))).toEqual([
      'a.tf: aws_lb.a ${var.name}-balancer has up to 33 characters',
    ]);
    expect(tooLong(namesIn('a.tf', 'resource "aws_lb" "a" {\n  name = "${var.name}-service"\n}\n'))).toEqual([]);
  });
});
