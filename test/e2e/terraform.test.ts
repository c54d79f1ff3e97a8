import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providersOf, writeEvidence } from '../support/evidence.ts';
import { iamFaults, type Policy } from '../support/iam/faults.ts';
import { loadTemplates } from '../support/stacks.ts';
import { findMirror } from '../support/terraform/mirror.mjs';
import type { StandIn } from '../support/terraform/provider.ts';
import { commandsOfJob } from './ci-jobs.ts';
import { freePort } from './processes.ts';
import { dropEnvironment, hasTool, makeStack, must, type Result, sh } from './support.ts';
import { APPLIED, FLAGS } from './terraform-flags.ts';
import {
  expectClean,
  firstTime,
  generate,
  hasCheckov,
  job,
  mirrorOf,
  ROOTS,
  scan,
  startProvider,
  terraform,
} from './terraform-support.ts';

/**
 * Checks generated Terraform with the schema of the real provider, with its own tests, with checkov, and by applying it
 * to a local stand-in for AWS.
 */

const ROOT = join(import.meta.dirname, '../..');
const TOOLS = join(ROOT, '.tools');
const CLOUD_PYTHON = join(TOOLS, 'cloud/bin/python');

type Fault = readonly [what: string, path: string, change: (text: string) => string, says: string];
/** Stacks with different Terraform, each with errors that its tests must detect. */
const STACKS: { name: keyof typeof FLAGS; faults: readonly Fault[] }[] = [
  {
    name: 'aws-ground',
    faults: [
      [
        'a record of the audit can be replaced',
        'infra/terraform/storage.tf',
        (text) => text.replace('"s3:if-none-match"', '"s3:if-match"'),
        'replace an audit record',
      ],
      [
        'a record of the audit can be deleted',
        'infra/terraform/storage.tf',
        (text) => text.replace('"s3:DeleteObject", "s3:DeleteObjectVersion"', '"s3:DeleteObjectVersion"'),
        'delete an audit record',
      ],
      [
        'the bucket can be opened',
        'infra/terraform/storage.tf',
        (text) => text.replace('block_public_policy     = true', 'block_public_policy     = false'),
        'could be opened to the public',
      ],
      [
        'the bucket takes requests without TLS',
        'infra/terraform/storage.tf',
        (text) => text.replace('values   = ["false"]', 'values   = ["true"]'),
        'accepts requests without TLS',
      ],
      [
        'the bucket has another name than Python reads',
        'infra/terraform/storage.tf',
        (text) => text.replace('-artifacts-$', '-files-$'),
        'names a different bucket',
      ],
      [
        'versions are deleted by their age',
        'infra/terraform/storage.tf',
        (text) => text.replace('prefix = "predictions/"', 'prefix = "registry/"'),
        'files other than predictions expire',
      ],
      [
        'a role is given to every repository of an owner',
        'infra/bootstrap/ci.tf',
        (text) => text.replaceAll(/repo:\$\{var\.repository\}:environment:\$\{var\.environment\}/g, 'repo:acme/*'),
        'trusts tokens other than those of the repository',
      ],
      [
        'a role that writes is given to any branch',
        'infra/bootstrap/ci.tf',
        (text) => text.replace(/environment:\$\{var\.environment\}/, 'ref:refs/heads/*'),
        'trusts tokens other than those of the repository',
      ],
      [
        'a role that writes is given to what fits a pattern',
        'infra/bootstrap/ci.tf',
        (text) => text.replace(/endswith\(condition\.value, "\*"\) \? "StringLike" : "StringEquals"/, '"StringLike"'),
        'accepts tokens that match a pattern',
      ],
      [
        'roles can be made without the boundary',
        'infra/policies/apply.json',
        (text) => text.replace('"iam:PermissionsBoundary"', '"aws:PrincipalArn"'),
        'role without the boundary',
      ],
      [
        'a plan does more than read',
        'infra/bootstrap/ci_rights.tf',
        (text) => text.replace('(Describe|', '(Create|Describe|'),
        'the role of a branch has write access',
      ],
      [
        'CI can change its own roles',
        'infra/bootstrap/ci_rights.tf',
        (text) => text.replace('role/${var.name}-ci-*"', 'role/${var.name}-x-*"'),
        'could change its own roles',
      ],
      [
        'a workload can change who may do what',
        'infra/bootstrap/boundary.tf',
        (text) => text.replace('"iam:*", ', ''),
        'could change permissions',
      ],
      [
        'the tracking server answers for any name',
        'infra/terraform/tracking_server.tf',
        (text) => text.replace('"--allowed-hosts", var.tracking_host', '"--allowed-hosts", "*"'),
        'answers without a password, or for any host name',
      ],
      [
        'the database takes connections without TLS',
        'infra/terraform/database.tf',
        (text) => text.replace('"rds.force_ssl"\n    value = "1"', '"rds.force_ssl"\n    value = "0"'),
        'accepts connections without TLS',
      ],
      [
        'a start that was given up leaves no trace',
        'infra/terraform/scheduled_pipeline.tf',
        (text) => text.replace('arn = aws_sqs_queue.pipeline_starts.arn', 'arn = aws_sns_topic.alerts.arn'),
        'is not recorded',
      ],
    ],
  },
  {
    name: 'aws-watched',
    faults: [
      [
        'an alarm tells nobody',
        'infra/terraform/monitoring.tf',
        (text) => text.replace('alarm_actions      = [aws_sns_topic.alerts.arn]', 'alarm_actions      = []'),
        'has no receiver',
      ],
      [
        'silence is no alarm',
        'infra/terraform/monitoring.tf',
        (text) => text.replace('"breaching"', '"notBreaching"'),
        'a stopped service would not raise an alarm',
      ],
      [
        'the silence of a function is an alarm',
        'infra/terraform/monitoring.tf',
        (text) => text.replace('var.is_always_on && ', ''),
        'missing requests would page',
      ],
      [
        'an alarm has a number of its own',
        'infra/terraform/monitoring.tf',
        (text) => text.replace('local.slo.drift.psi', '0.3'),
        'differs from slo.yaml',
      ],
      [
        'a budget may burn at another speed',
        'infra/terraform/service_levels.tf',
        (text) => text.replace('14.4', '10'),
        'differs from the workbook',
      ],
      [
        'one window is enough',
        'infra/terraform/service_levels.tf',
        (text) => text.replace('" AND "', '" OR "'),
        'one window alone would send an alarm',
      ],
      [
        'an alarm looks back too far',
        'infra/terraform/monitoring.tf',
        (text) => text.replace('evaluation_periods  = 7', 'evaluation_periods  = 8'),
        'CloudWatch would refuse an alarm',
      ],
      [
        'a workload reads the secrets of others',
        'infra/terraform/secrets_access.tf',
        (text) =>
          text.replace(
            'name if contains(readers, workload)]\n' +
              '    if anytrue([for readers in local.secret_readers : contains(readers, workload)])',
            'name]',
          ),
        'can read secrets that its workload does not need',
      ],
      [
        'a secret is created that the environment does not name',
        'infra/terraform/secrets.tf',
        (text) =>
          text.replace('for name in var.optional_secrets : name', 'for name in keys(local.possible_secrets) : name'),
        'a secret that the stack can do without is billed',
      ],
      [
        'the key opens more than secrets',
        'infra/terraform/secrets_access.tf',
        (text) => text.replace('"kms:ViaService"', '"kms:CallerAccount"'),
        'can be used for more than secrets',
      ],
      [
        'a secret has the key of everybody',
        'infra/terraform/secrets.tf',
        (text) => text.replace('= aws_kms_key.data.arn', '= "alias/aws/secretsmanager"'),
        'not encrypted with the key',
      ],
    ],
  },
  {
    name: 'step-functions',
    faults: [
      [
        'a failed task is not caught',
        'infra/terraform/pipeline.asl.json',
        (text) => text.replace('"ErrorEquals": ["States.ALL"]', '"ErrorEquals": ["States.Timeout"]'),
        'a task can fail without a notification',
      ],
      [
        'a step goes to another queue',
        'infra/terraform/pipeline.asl.json',
        (text) => text.replace('"JobQueue": "${queue}"', '"JobQueue": "${job}"'),
        'a step uses another queue',
      ],
      [
        'a job gets a public address',
        'infra/terraform/batch.tf',
        (text) => text.replace('assignPublicIp = "DISABLED"', 'assignPublicIp = "ENABLED"'),
        'would get a public address',
      ],
      [
        'a job can write to its image',
        'infra/terraform/batch.tf',
        (text) => text.replace('readonlyRootFilesystem = true', 'readonlyRootFilesystem = false'),
        'write outside of /tmp',
      ],
      [
        'a step gets no password',
        'infra/terraform/batch.tf',
        (text) => text.replace(':password::', ':username::'),
        'a step lacks a secret that it needs',
      ],
      [
        'Batch repeats what failed by itself',
        'infra/terraform/batch.tf',
        (text) => text.replace('action    = "EXIT"', 'action    = "RETRY"'),
        'Batch would retry a step',
      ],
      [
        'the state machine reads every file',
        'infra/terraform/pipeline.tf',
        (text) => text.replace('/runs/*/decision.json', '/*'),
        'reads more than decisions',
      ],
      [
        'the state machine submits any job',
        'infra/terraform/pipeline.tf',
        (text) =>
          text.replace('["${aws_batch_job_definition.step.arn_prefix}:*", aws_batch_job_queue.training.arn]', '["*"]'),
        'allows all resources',
      ],
      [
        'a lost start is not kept',
        'infra/terraform/schedule.tf',
        (text) => text.replaceAll('arn = aws_sqs_queue.lost_starts.arn', 'arn = aws_sns_topic.alerts.arn'),
        'a lost start is not stored',
      ],
      [
        'the schedule trains on a past window',
        'infra/terraform/schedule.tf',
        (text) => text.replace('until = "now"', 'until = "2026-05-31"'),
        'its schedule sends another input',
      ],
      [
        'drift trains on a past window',
        'infra/terraform/schedule.tf',
        (text) => text.replace('\\"until\\": \\"now\\"', '\\"until\\": \\"2026-05-31\\"'),
        'trained with another input than on the schedule',
      ],
      [
        'an execution ignores the day of a backfill',
        'infra/terraform/pipeline.asl.json',
        (text) => text.replace('"until.$": "$.until"', '"until": "now"'),
        'does not take the input',
      ],
      [
        'a step ignores the day of a backfill',
        'infra/terraform/pipeline.asl.json',
        (text) => text.replace("'--until', $.until", "'--until', 'now'"),
        'do not get the field until',
      ],
    ],
  },
  {
    name: 'aws-ecs',
    faults: [
      [
        'tasks have public addresses',
        'infra/terraform/service.tf',
        (text) => text.replace('assign_public_ip = false', 'assign_public_ip = true'),
        'tasks have a public address',
      ],
      [
        'the service has another name than Python looks for',
        'infra/terraform/service.tf',
        (text) => text.replace('= "${var.name}-service"\n  cluster', '= "${var.name}-serving"\n  cluster'),
        'would look for another service',
      ],
      [
        'a deployment deletes the revision before it',
        'infra/terraform/service.tf',
        (text) => text.replace('skip_destroy = true', 'skip_destroy = false'),
        'would delete the revision that its rollback needs',
      ],
      [
        'tasks may write their own files',
        'infra/terraform/service.tf',
        (text) => text.replace('readonlyRootFilesystem = true', 'readonlyRootFilesystem = false'),
        'could change its own files',
      ],
      [
        'no alarm takes a rollout back',
        'infra/terraform/service.tf',
        (text) => text.replace('rollback    = true', 'rollback    = false'),
        'would not roll a deployment back',
      ],
      [
        'a rollout may do what is denied to an apply',
        'infra/bootstrap/ci_rights.tf',
        (text) => text.replace('aws_iam_role.ci[each.key].name', 'aws_iam_role.ci["apply"].name'),
        'lacks the denials of an apply',
      ],
      [
        'the load balancer is public',
        'infra/terraform/load_balancer.tf',
        (text) => text.replace('= true\n  load_balancer_type', '= false\n  load_balancer_type'),
        'reachable from outside',
      ],
      [
        'rollouts may change other load balancers',
        'infra/terraform/service_access.tf',
        (text) => text.replace('resources = [aws_lb_listener_rule.service.arn]', 'resources = ["*"]'),
        'can change other load balancers',
      ],
      [
        'the service writes models',
        'infra/terraform/roles.tf',
        (text) => text.replace(/(serve += \{.* write = \[)/, '$1"registry/*", '),
        'or write files other than predictions',
      ],
      [
        'a role can be taken for another account',
        'infra/terraform/roles.tf',
        (text) => text.replace('variable = "aws:SourceAccount"', 'variable = "aws:PrincipalTag/any"'),
        'be assumed for another account',
      ],
      [
        'the network has a way out',
        'infra/terraform/internet.tf',
        (text) => text.replace('count = var.has_internet ? 1 : 0', 'count = 1'),
        'although has_internet is false',
      ],
      [
        'a tag of an image can be moved',
        'infra/terraform/images.tf',
        (text) => text.replace('"IMMUTABLE"', '"MUTABLE"'),
        'moved to another image',
      ],
    ],
  },
  {
    name: 'aws-lambda',
    faults: [
      [
        'the function has a door for everybody',
        'infra/terraform/lambda.tf',
        (text) => text.replace('"AWS_IAM"', '"NONE"'),
        'does not require IAM',
      ],
      [
        'it runs another stage of the image',
        'infra/terraform/lambda.tf',
        (text) => text.replace('${local.image}-lambda', '${local.image}'),
        'another stage of it',
      ],
      [
        'it is not traced',
        'infra/terraform/lambda.tf',
        (text) => text.replace('"Active"', '"PassThrough"'),
        'requests are not traced',
      ],
      [
        'its alarm looks past the alias',
        'infra/terraform/lambda_alarms.tf',
        (text) => text.replace('-predict:live"', '-predict"'),
        'versions that receive no requests',
      ],
      [
        'it may send to every queue',
        'infra/terraform/lambda_access.tf',
        (text) => text.replace('[aws_sqs_queue.failed_events.arn]', '["*"]'),
        'more permissions than it needs',
      ],
    ],
  },
];

/** The options whose Terraform has no finding by the policies of checkov. */
const checked: string[] = [];
const testedFiles = new Set<string>();
const testFilesOf = (dir: string): string[] =>
  ROOTS.flatMap((root) =>
    readdirSync(join(dir, root, 'tests')).flatMap((file) =>
      file.endsWith('.tftest.hcl') ? [`${root}/tests/${file}`] : [],
    ),
  );
const isNewRoot = firstTime();

describe.skipIf(!hasTool('terraform')).each(STACKS)('the Terraform of $name', ({ name, faults }) => {
  let provider: StandIn;
  let dir: string;
  beforeAll(async () => {
    dir = generate(name, FLAGS[name]);
    provider = await startProvider(dir);
  });
  afterAll(() => provider.stop());

  const edited = async (path: string, change: (text: string) => string, use: () => Promise<void>): Promise<void> => {
    const file = join(dir, path);
    const before = readFileSync(file, 'utf8');
    expect(change(before)).not.toBe(before);
    writeFileSync(file, change(before));
    await use().finally(() => writeFileSync(file, before));
  };

  it('is formatted', async () => {
    expect(await terraform(dir, ['fmt', '-check', '-recursive', '-diff', 'infra'], {})).toEqual({
      code: 0,
      output: '',
    });
  });

  it.each(ROOTS)('is valid by the schema of the provider: %s', async (root) => {
    expect(await terraform(join(dir, root), ['validate'], provider.env)).toMatchObject({ code: 0 });
  });

  it('is rejected by validate when an argument does not exist', async () => {
    await edited(
      'infra/terraform/keys.tf',
      (text) => text.replace('enable_key_rotation ', 'enable_key_rotations'),
      async () => {
        const { code, output } = await terraform(join(dir, 'infra/terraform'), ['validate'], provider.env);
        expect(code).not.toBe(0);
        expect(output).toContain('enable_key_rotations');
      },
    );
  });

  it.each(ROOTS)('passes its own tests, where no stack before it has the same files: %s', async (root) => {
    for (const file of testFilesOf(dir)) testedFiles.add(file);
    if (!isNewRoot(dir, root)) return;
    const { code, output } = await terraform(join(dir, root), ['test'], provider.env);
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Success! [1-9]\d* passed, 0 failed/),
    });
  });

  it.each(faults)('fails its own tests when %s', async (_, path, change, says) => {
    await edited(path, change, async () => {
      const root = join(dir, path.startsWith('infra/terraform/') ? 'infra/terraform' : 'infra/bootstrap');
      // Runs only the test file that detects this error, if there is one. The other test files would take as long
      // again.
      const files = readdirSync(join(root, 'tests')).filter((file) =>
        readFileSync(join(root, 'tests', file), 'utf8').includes(says),
      );
      const { code, output } = await terraform(
        root,
        ['test', ...files.map((file) => `-filter=tests/${file}`)],
        provider.env,
      );
      expect(code).not.toBe(0);
      // Terraform wraps long messages.
      expect(output.replace(/\s+/g, ' ')).toContain(says);
    });
  });

  // The job is the same in every stack.
  if (name === STACKS[0]!.name)
    describe('in the job of a pull request', () => {
      const FAULTS: readonly Fault[] = [
        [
          'broken HCL',
          'infra/bootstrap/state.tf',
          (text) => `${text}resource "aws_s3_bucket" {\n`,
          'Unclosed configuration block',
        ],
        [
          'a renamed resource that other code names',
          'infra/bootstrap/state.tf',
          (text) => text.replace(/^resource "(\w+)" "(\w+)"/m, 'resource "$1" "renamed"'),
          'Reference to undeclared resource',
        ],
      ];
      // One file of Terraform tests: the tests below run all of them.
      const few = { TF_CLI_ARGS_test: '-filter=tests/boundary.tftest.hcl' };
      const run = (): Promise<Result> => job(dir, commandsOfJob(dir, 'terraform'), { ...provider.env, ...few });

      it.each(FAULTS)('fails for %s', async (_, path, change, says) => {
        await edited(path, change, async () => {
          const { code, output } = await run();
          expect(code).not.toBe(0);
          expect(output.replace(/[\s│]+/g, ' ')).toContain(says);
        });
      });

      it('passes without a fault', async () => {
        expect(await run()).toMatchObject({ code: 0 });
      });
    });

  it('is rejected by validate when the provider does not have a resource', async () => {
    await edited(
      'infra/terraform/keys.tf',
      (text) => text.replace('"aws_kms_alias" "data"', '"aws_kms_nickname" "data"'),
      async () => {
        const { code, output } = await terraform(join(dir, 'infra/terraform'), ['validate'], provider.env);
        expect(code).not.toBe(0);
        expect(output).toContain('aws_kms_nickname');
      },
    );
  });

  describe.skipIf(!hasCheckov)('by the policies of checkov', () => {
    it('has no finding, and each suppressed finding has its reason next to it', () => {
      expectClean(dir);
      checked.push(...providersOf(dir, (path) => path.startsWith('infra/')));
    });

    // One run is enough to show that the policies are checked.
    if (name === STACKS[0]!.name)
      it('has a finding when a key is not rotated', async () => {
        await edited(
          'infra/terraform/keys.tf',
          (text) => text.replace(/(enable_key_rotation +=) true/, '$1 false'),
          async () => {
            expect(scan(dir).findings).toEqual(['CKV_AWS_7 aws_kms_key.data']);
          },
        );
      });
  });
});

const mirror = findMirror();
/** Resources between two kills of a bootstrap. TERRAFORM_KILLS=all kills it after each. */
const BETWEEN_KILLS = process.env['TERRAFORM_KILLS'] === 'all' ? 1 : 5;
/** Values that moto accepts and returns differently, as listed in docs/proof-of-terraform.md. */
const FORGOTTEN = [...readFileSync(join(ROOT, 'docs/proof-of-terraform.md'), 'utf8').matchAll(/^\| `(aws_\w+)` \|/gm)]
  .map(([, type]) => type!)
  .sort();
const changedTypes = (plan: string): string[] =>
  [...new Set([...plan.matchAll(/^ *# (aws_\w+)\..* (?:will|must) be /gm)].map(([, type]) => type!))].sort();

describe.skipIf(!hasTool('terraform') || !hasCheckov)('the stacks above', () => {
  it('contain every Terraform test file of the catalog', async () => {
    const { choices, modules, parts, files } = await loadTemplates();
    expect(choices.length).toBeGreaterThan(0);
    const ids = [
      ...parts.map(({ id }) => id),
      ...modules.flatMap(({ id, module }) => [id, ...Object.keys(module.parts ?? {}).map((name) => `${id}#${name}`)]),
    ];
    const all = ids.flatMap((id) => files(id).map(({ path }) => path.replace(/\.ejs$/, '')));
    expect(all.filter((path) => path.endsWith('.tftest.hcl') && !testedFiles.has(path))).toEqual([]);
  });

  it('are written as evidence for the support matrix', () => {
    expect(checked.length).toBeGreaterThan(0);
    writeEvidence('validated', 'checkov', checked);
  });
});

describe.skipIf(!hasTool('terraform') || mirror === undefined || !existsSync(join(TOOLS, 'cloud')))(
  'an AWS environment, where a provider is mirrored,',
  () => {
    let dir: string;
    let server: ChildProcess;
    let env: Record<string, string>;
    // The account of the first environment, whose bootstrap has created the identity provider.
    let inProd: Record<string, string>;
    // The provider retries server errors for minutes. No step of this test takes that long.
    const make = (words: string, extra: Record<string, string> = {}): string =>
      must(dir, `timeout 240 make ${words}`, { ...env, ...extra });
    const python = (code: string): string => must(dir, `MLOPS_ENV=dev .venv/bin/python - <<'PY'\n${code}\nPY`, env);
    /** Runs Python code with clients of the stand-in, and returns the value of its last expression. */
    const boto = <T>(before: string, value: string): T =>
      JSON.parse(
        must(dir, `${CLOUD_PYTHON} - <<'PY'\nimport boto3, json\n${before}\nprint(json.dumps(${value}))\nPY`, env),
      ) as T;
    const names = (): string[] => boto('', "[b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]");

    beforeAll(async () => {
      dir = makeStack('aws-applied', APPLIED);
      const config = mirrorOf(dir, mirror!);
      const port = await freePort();
      env = {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
        TF_CLI_CONFIG_FILE: config,
        MLOPS_AWS__ACCOUNT: '123456789012',
        MLOPS_CI__REPOSITORY: 'acme@1/churn@2',
        TF_CLI_ARGS: '-no-color',
      };
      inProd = { ...env, MLOPS_CI__IDENTITY_PROVIDER: 'existing' };
      server = spawn(CLOUD_PYTHON, [join(ROOT, 'test/support/terraform/moto_server.py'), String(port)], {
        stdio: 'ignore',
      });
      must(
        dir,
        `for i in $(seq 100); do curl -sf ${env['AWS_ENDPOINT_URL']}/moto-api/ >/dev/null && exit 0; ` +
          'sleep 0.2; done; exit 1',
      );
    });
    afterAll(() => {
      server.kill();
      dropEnvironment(dir);
    });

    it.each(ROOTS)('is valid by the provider itself: %s', (root) => {
      const checked = { ...env, TF_DATA_DIR: join(dir, root, '.terraform/checked') };
      must(join(dir, root), 'terraform init -backend=false -input=false && terraform validate', checked);
    });

    it('is rejected by the provider itself for a value that the schema allows', () => {
      const file = join(dir, 'infra/terraform/keys.tf');
      const before = readFileSync(file, 'utf8');
      writeFileSync(file, before.replace(/(deletion_window_in_days +=) .*/, '$1 3'));
      const { code, output } = sh(join(dir, 'infra/terraform'), 'terraform validate', {
        ...env,
        TF_DATA_DIR: join(dir, 'infra/terraform/.terraform/checked'),
      });
      writeFileSync(file, before);
      expect(code).not.toBe(0);
      expect(output).toMatch(/deletion_window_in_days to be in the range \(7 - 30\)/);
    });

    it('is not applied before the account is configured', () => {
      const { code, output } = sh(dir, 'make infra-plan ENV=dev', { ...env, MLOPS_AWS__ACCOUNT: '' });
      expect(code).not.toBe(0);
      expect(output).toMatch(
        /aws\.account is not set for environment 'dev': write it in config\/dev\.yaml or set MLOPS_AWS__ACCOUNT/,
      );
      expect(sh(dir, 'make infra-plan', env).output).toMatch(
        /'local' is not made by Terraform: set ENV=dev or ENV=prod/,
      );
      expect(sh(dir, 'make infra-bootstrap ENV=dev APPROVE=yes', { ...env, MLOPS_CI__REPOSITORY: '' })).toMatchObject({
        code: 2,
        output: expect.stringMatching(
          /ci\.repository is not set for environment 'dev': write it in config\/dev\.yaml or set MLOPS_CI__REPOSITORY/,
        ),
      });
      expect(names()).toEqual([]);
    });

    it('creates a bucket for its state first, and moves that state into it', () => {
      make('infra-bootstrap ENV=dev APPROVE=yes');
      expect(names()).toEqual(['aws-applied-dev-state-123456789012']);
      expect(existsSync(join(dir, 'infra/bootstrap/dev.tfstate'))).toBe(false);
      expect(make('infra-bootstrap ENV=dev APPROVE=yes')).toMatch(/0 added, \d+ changed, 0 destroyed|No changes/);
    });

    it('finishes a bootstrap that was killed after any number of resources', () => {
      const state = join(dir, 'infra/bootstrap/prod.tfstate');
      const created = (): number => {
        const text = existsSync(state) ? readFileSync(state, 'utf8') : '';
        return text.split('"mode": "managed"').length - 1;
      };
      // Ends Terraform without a chance to react, as soon as its state has this number of resources.
      const killer = join(dir, 'infra/bootstrap/killed-terraform');
      writeFileSync(
        killer,
        `#!/bin/sh
case " $* " in *" apply "*) ;; *) exec terraform "$@" ;; esac
terraform "$@" -parallelism=1 &
pid=$!
while kill -0 $pid 2>/dev/null; do
    count=$(grep -c '"mode": "managed"' ${state} 2>/dev/null)
    if [ "\${count:-0}" -ge "$AFTER" ]; then
        # No second resource is created meanwhile. The provider of a killed Terraform would run on.
        kill -INT $pid
        sleep 1
        kill -9 $(pgrep -P $pid) $pid 2>/dev/null
        break
    fi
    sleep 0.05
done
wait $pid
`,
        { mode: 0o755 },
      );
      const kills: number[] = [];
      for (let after = 1; ; after = created() + BETWEEN_KILLS) {
        const { code, output } = sh(dir, `timeout 240 make infra-bootstrap ENV=prod APPROVE=yes TERRAFORM=${killer}`, {
          ...inProd,
          AFTER: String(after),
        });
        if (code === 0) break;
        expect(output).toMatch(/Killed|Interrupt/i);
        expect(created()).toBeGreaterThanOrEqual(after);
        kills.push(created());
      }
      rmSync(killer);
      expect(kills.length).toBeGreaterThan(1);
      expect(existsSync(state)).toBe(false);
      expect(make('infra-bootstrap ENV=prod APPROVE=yes', inProd)).toMatch(
        /0 added, \d+ changed, 0 destroyed|No changes/,
      );
    });

    it('refuses a bootstrap whose state is on another machine', () => {
      // A bucket that an interrupted run has created, and no file in which that run recorded it.
      rmSync(join(dir, 'infra/bootstrap/prod.tfstate'), { force: true });
      const bucket = "Bucket='aws-applied-elsewhere-state'";
      const place = "CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'}";
      boto(`boto3.client('s3').create_bucket(${bucket}, ${place})`, 'None');
      const { code, output } = sh(dir, 'make infra-bootstrap ENV=prod APPROVE=yes', {
        ...inProd,
        MLOPS_AWS__STATE_BUCKET: 'aws-applied-elsewhere-state',
      });
      boto(`boto3.client('s3').delete_bucket(${bucket})`, 'None');
      expect(code).not.toBe(0);
      expect(output).toMatch(/interrupted on another machine, repeat it there/);
    });

    it('trusts the jobs of one repository through roles that the configuration names', () => {
      const printed = must(dir, 'make --silent ci-role ENV=dev ROLE=apply', env);
      expect(printed).toBe(
        'AWS_ROLE_ARN=arn:aws:iam::123456789012:role/aws-applied-dev-ci-apply\nAWS_REGION=eu-west-1\n',
      );
      const roles = boto<Record<string, unknown>>(
        "roles = boto3.client('iam').list_roles()['Roles']",
        "{r['Arn']: r['AssumeRolePolicyDocument']['Statement'][0]['Condition'] for r in roles}",
      );
      const of = (role: string) => roles[`arn:aws:iam::123456789012:role/aws-applied-dev-ci-${role}`];
      const aud = { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' };
      const written = {
        StringEquals: {
          ...aud,
          'token.actions.githubusercontent.com:ref': 'refs/heads/main',
          'token.actions.githubusercontent.com:sub': 'repo:acme@1/churn@2:environment:dev',
        },
      };
      expect([of('apply'), of('deploy')]).toEqual([written, written]);
      expect(of('plan')).toEqual({
        StringEquals: aud,
        StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:acme@1/churn@2:ref:refs/heads/*' },
      });
    });

    it('has roles whose policies AWS would accept', () => {
      expect(make('infra-apply ENV=dev APPROVE=yes')).toMatch(/Apply complete! Resources: [1-9]\d* added/);
      const policies = boto<Record<string, Policy>>(
        'iam = boto3.client("iam")\nroles = [one["RoleName"] for one in iam.list_roles()["Roles"]]',
        '{f"{role} {name}": iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] ' +
          'for role in roles for name in iam.list_role_policies(RoleName=role)["PolicyNames"]}',
      );
      expect(Object.keys(policies).length).toBeGreaterThan(8);
      expect(iamFaults(policies)).toEqual([]);
    });

    it('is applied, and Python reads and writes the created resources', () => {
      expect(names()).toContain('aws-applied-dev-artifacts-123456789012');
      // All other values are as configured.
      expect(changedTypes(make('infra-plan ENV=dev'))).toEqual(FORGOTTEN);
      expect(make('infra-output ENV=dev')).toContain('aws-applied-dev-artifacts-123456789012');
      const printed = python(`
from aws_applied.platform import artifacts, audit
from aws_applied.platform.settings import load_settings
settings = load_settings()
artifacts.write_json(settings.artifacts.root + "/a/b.json", {"a": 1})
print(artifacts.read_json(settings.artifacts.root + "/a/b.json")["a"])
for version in ("1", "2"):
    audit.append(settings, "churn", audit.read(settings, "churn"), action="promote", target=version)
records = audit.read(settings, "churn")
audit.verify(records)
print(settings.audit.root, [record["target"] for record in records])`);
      expect(printed).toBe("1\ns3://aws-applied-dev-artifacts-123456789012/audit ['1', '2']\n");
    });

    it('cannot be destroyed in the last environment, and is destroyed with its data in another one', () => {
      expect(sh(dir, 'make infra-destroy ENV=prod APPROVE=yes', env).output).toMatch(
        /'prod' is guarded, .* DESTROY=prod/,
      );
      const plain = sh(
        join(dir, 'infra/terraform'),
        'terraform destroy -auto-approve -var-file=envs/dev.tfvars -var environment=dev -var ' +
          'account_id=123456789012 -var name=aws-applied-dev -var region=eu-west-1',
        { ...env, TF_DATA_DIR: join(dir, 'infra/terraform/.terraform/dev') },
      );
      expect(plain).toMatchObject({ code: 1, output: expect.stringContaining('prevent_destroy') });
      expect(names()).toContain('aws-applied-dev-artifacts-123456789012');
      make('infra-destroy ENV=dev APPROVE=yes');
      expect(names()).toEqual(['aws-applied-dev-state-123456789012', 'aws-applied-prod-state-123456789012']);
      expect(readdirSync(join(dir, 'infra/terraform')).filter((file) => file.endsWith('_override.tf'))).toEqual([
        'a_stand_in_override.tf',
      ]);
    });

    it('is destroyed in the last environment too, and leaves the snapshot of its database and the key', () => {
      const apply = sh(dir, 'timeout 240 make infra-apply ENV=prod APPROVE=yes', env);
      expect(apply.output.replace(/[\s│]+/g, ' ')).toMatch(/To accept that, set tracking_allows_http = true/);
      const sizes = join(dir, 'infra/terraform/envs/prod.tfvars');
      const before = readFileSync(sizes, 'utf8');
      writeFileSync(sizes, before.replace(/^(tracking_allows_http =) .*$/m, '$1 true'));
      // The resources that differ in the last environment, with what they need. The tests above apply all others.
      const guarded = must(dir, 'grep -lE "is_guarded" infra/terraform/*.tf | xargs grep -hE "^resource|is_guarded"')
        .split(/^(?=resource )/m)
        .flatMap((text) => (text.includes('is_guarded') ? [/^resource "(\w+)" "(\w+)"/.exec(text)] : []))
        .flatMap((found) => (found ? [`-target=${found[1]}.${found[2]}`] : []));
      expect(guarded).toContain('-target=aws_db_instance.main');
      const few = { TF_CLI_ARGS_apply: guarded.join(' ') };
      make('infra-apply ENV=prod APPROVE=yes', few);
      const destroyed = make('infra-destroy ENV=prod APPROVE=yes DESTROY=prod', few);
      writeFileSync(sizes, before);
      expect(names()).toEqual(['aws-applied-dev-state-123456789012', 'aws-applied-prod-state-123456789012']);
      const [, key] = /infra: aws_kms_key\.data \((\S+)\) remains: the final snapshot/.exec(destroyed)!;
      const [state, snapshots] = boto<[string, string[]]>(
        "snapshots = boto3.client('rds').describe_db_snapshots()['DBSnapshots']",
        `[boto3.client('kms').describe_key(KeyId='${key}')['KeyMetadata']['KeyState'], ` +
          "[s['DBSnapshotIdentifier'] for s in snapshots]]",
      );
      expect(state).toBe('Enabled');
      expect(snapshots.at(-1)).toMatch(/^aws-applied-prod-final-\d{14}$/);
    });
  },
);
