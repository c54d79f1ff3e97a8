import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandClass, defineRow, type Session } from '../../../test/e2e/module-row.ts';
import { expectText, refusal, start, venv } from '../../../test/e2e/page-session.ts';
import { answers, freePort, isAlive } from '../../../test/e2e/processes.ts';
import { must, ROOT, sh } from '../../../test/e2e/support.ts';

/** How the commands of the AWS pages are checked, with a local server that replaces AWS. */

/**
 * The settings of an environment that have no default value. Each environment has its own files: the names contain it.
 */
const ANSWERS = { MLOPS_AWS__ACCOUNT: '123456789012', MLOPS_CI__REPOSITORY: 'acme@1/churn@2' };
const SERVERS = ['tracking', 'registry'];

/** A file for each server that the environment can name. Settings that a repository does not have are refused. */
const serversOf = (settings: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    SERVERS.filter((name) => new RegExp(`^${name}:\\n(?: .*\\n)*? {2}uri:`, 'm').test(settings)).map((name) => [
      `MLOPS_${name.toUpperCase()}__URI`,
      'sqlite:///.mlops/${aws.name}.db',
    ]),
  );

/** The settings of the environment that a command names, by default `local`. */
const settingsOf = ({ dir }: Session, command: string): string =>
  readFileSync(join(dir, `config/${/\bENV=(\w+)/.exec(command)?.[1] ?? 'local'}.yaml`), 'utf8');

/**
 * Returns the environment variables for a command that names an environment. It returns none if that environment keeps
 * its files on this machine. Otherwise it starts the object store server that the repository rehearses with, and
 * creates the buckets in it.
 */
async function environmentOf(command: string, session: Session): Promise<Readonly<Record<string, string>>> {
  const named = /\bENV=(\w+)/.exec(command)?.[1];
  const settings = settingsOf(session, command);
  if (!named || !/^ {2}root: s3:/m.test(settings)) return {};
  if (session.cloud && isAlive(session.cloud.process)) return session.cloud.env;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Started before the wait, so that the session ends the process even if the wait fails.
  const process = start(`exec timeout 3600 python -m moto.server -H 127.0.0.1 -p ${port}`, session);
  const env = {
    ...ANSWERS,
    ...serversOf(settings),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'eu-west-1',
  };
  session.cloud = { process, env };
  // A new server has no buckets, so the registry must not contain versions from an earlier server.
  must(session.dir, 'rm -f .mlops/*-*.db');
  await answers(`${url}/moto-api/`, 60);
  const environments = readdirSync(join(session.dir, 'infra/terraform/envs')).map((file) =>
    file.replace(/\.tfvars$/, ''),
  );
  const script =
    `import fsspec; from ${session.package}.platform.settings import load_settings as s; ` +
    '[fsspec.filesystem("s3").mkdir(s(e).artifacts.root.split("/")[2], region_name="eu-west-1") for e in ' +
    `${JSON.stringify(environments)}]`;
  must(session.dir, `.venv/bin/python -c '${script}'`, env);
  return env;
}

/** Returns the Terraform commands that `command` runs, one per line. A script that replaces Terraform records them. */
function askedOfTerraform(command: string, session: Session): string {
  const dir = mkdtempSync(join(tmpdir(), 'terraform-'));
  const program = join(dir, 'terraform');
  writeFileSync(
    program,
    `#!/bin/sh\necho "$*" >>'${dir}/said'\ncase "$*" in *"state list"*) echo aws_s3_bucket.state ;; *-json*) echo '{}' ;; esac\n`,
    {
      mode: 0o755,
    },
  );
  try {
    must(session.dir, `${command} TERRAFORM=${program}`, ANSWERS);
    return readFileSync(join(dir, 'said'), 'utf8');
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Writes an alarm in the state ALARM, and a log line for each word that the pages search for. */
function writeToCloudWatch(name: string, session: Session, env: Readonly<Record<string, string>>): void {
  const script = `import sys, time, boto3
name, words = sys.argv[1], sys.argv[2:]
logs, watch = boto3.client("logs"), boto3.client("cloudwatch")
place = {"logGroupName": f"/{name}/workloads", "logStreamName": "serve/1"}
if not logs.describe_log_groups(logGroupNamePrefix=place["logGroupName"])["logGroups"]:
    logs.create_log_group(logGroupName=place["logGroupName"])
    logs.create_log_stream(**place)
logs.put_log_events(**place, logEvents=[{"timestamp": int(time.time() * 1000), "message": f"a line with {word}"} for word in words])
alarm = f"{name}-ServiceDown"
watch.put_metric_alarm(AlarmName=alarm, AlarmDescription="Runbook: ServiceDown.md", ActionsEnabled=True, Namespace=name, MetricName="model_info", Statistic="SampleCount", Period=180, EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", Threshold=1)
watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tried")
`;
  must(
    session.dir,
    `.venv/bin/python - ${name} Traceback sha256 validate <<'PY'
${script}PY`,
    env,
  );
}

const COMMANDS: readonly CommandClass[] = [
  {
    name:
      'changes the repository: with the placeholders replaced, a dry run lists the changed files and finds no ' +
      'obstacle',
    match: /^create-mlops-stack update --set [\w-]+\.\w+=<\w+>$/,
    check: (command, session) => {
      const filled = command
        .replace(/<\w+>$/, 'in-the-network')
        .replace(/^create-mlops-stack/, `node ${join(ROOT, 'dist/bin.js')}`);
      expectText(
        must(session.dir, `${filled} --dry-run --yes 2>&1`),
        /^ +write +\S*(?:workflows|gitlab)\S* /m,
        command,
      );
    },
  },
  {
    name:
      'needs an account: without an account ID it reports the missing setting, with an ID it runs Terraform in ' +
      'the right root',
    match: /^make (?:infra-(?:bootstrap|plan|apply|output|destroy)|undeploy)(?: (?:ENV|APPROVE|DESTROY)=\w+)*$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, `${command} TERRAFORM=true`);
      if (code === 0) throw new Error(`${command} succeeded without an account`);
      const environment = /ENV=(\w+)/.exec(command)?.[1];
      if (!environment) return expectText(output, /'local' is not made by Terraform: set ENV=/, command);
      expectText(
        output,
        new RegExp(`\\w+\\.\\w+ is not set for environment '${environment}'|'${environment}' is guarded`),
        command,
      );
      if (/is guarded/.test(output)) return;
      const verb = /infra-(\w+)/.exec(command)?.[1] ?? 'apply';
      expectText(
        askedOfTerraform(command, session),
        verb === 'bootstrap'
          ? /^-chdir=infra\/bootstrap apply/m
          : new RegExp(`^-chdir=infra/terraform ${verb}\\b`, 'm'),
        command,
      );
    },
  },
  {
    name: 'needs an account: without an account ID it reports the missing setting, and no champion changes',
    match: /^make (?:roll-out|rollback)-(?:service|function)(?: (?:ENV|MODEL)=\S+)*$/,
    check: (command, session) => {
      expectText(
        refusal(command, session, serversOf(settingsOf(session, command))),
        /(?:deploy|rollback): \S/,
        command,
      );
    },
  },
  {
    name: 'needs a container engine and an account: without them it reports what is missing',
    match: /^make deploy(?: ENV=\w+)?$/,
    check: (command, session) => {
      expectText(
        refusal(command, session, session.env),
        /needs a container engine that runs|is not set for environment|is not made by Terraform/,
        command,
      );
    },
  },
  {
    name: 'needs a resource of the environment: without the resource it reports what is missing',
    match: /^make (?:monitor|predict|export-champion) ENV=\w+$/,
    check: (command, session) => {
      const { code, output } = sh(session.dir, command, session.env);
      if (code === 0) return;
      if (/Traceback/.test(output))
        throw new Error(`${command} must report what is missing, but prints:\n${output.slice(-800)}`);
      expectText(output, /^(?:monitor|predict|retrain|transfer): \S/m, command);
    },
  },
  {
    name: 'needs a secret store: with a local server, a secret that is set is found, and a missing secret is reported',
    match: /^make secrets-(?:put|check)(?: (?:NAME|ENV)=\w+)*$/,
    check: async (command, session) => {
      const environment = /ENV=(\w+)/.exec(command)?.[1];
      const name = /NAME=(\w+)/.exec(command)?.[1];
      if (!environment)
        return expectText(sh(session.dir, command).output, /needs NAME=<secret>|has no value|secrets: \S/, command);
      const env = await environmentOf(command, session);
      const prefix = must(session.dir, `.venv/bin/python -m ${session.package}.platform.settings secrets.prefix`, {
        ...env,
        MLOPS_ENV: environment,
      }).trim();
      const lacking = [
        ...sh(session.dir, `make secrets-check ENV=${environment}`, env).output.matchAll(
          /^(\w+) of \w+ has no value$/gm,
        ),
      ].map(([, each]) => each!);
      for (const each of new Set([...lacking, ...(name ? [name] : [])]))
        sh(
          session.dir,
          `.venv/bin/python -c 'import boto3; boto3.client("secretsmanager").create_secret(Name="${prefix}${each}")'`,
          env,
        );
      for (const each of name ? [name] : lacking)
        expectText(
          must(session.dir, `echo 'a value' | make secrets-put NAME=${each} ENV=${environment}`, env),
          /is set/,
          command,
        );
      if (!name) must(session.dir, command, env);
    },
  },
  {
    name:
      'needs an account: without an account ID it reports the missing setting, with an ID it writes valid IAM ' +
      'policies',
    match: /^make infra-policies ENV=\w+$/,
    check: (command, session) => {
      expectText(sh(session.dir, command).output, /aws\.account is not set for environment/, command);
      const files = must(session.dir, `make -s ${command.replace('make ', '')}`, ANSWERS)
        .trim()
        .split('\n');
      expectText(files.join(' '), /bootstrap-1\.json .*apply-1\.json/, command);
      for (const file of files)
        expectText(
          readFileSync(join(session.dir, file), 'utf8'),
          /^\{"Version":"2012-10-17","Statement":\[\{(?!.*\$\{).*arn:aws:[a-z0-9]+:[^"]*123456789012/,
          command,
        );
    },
  },
  {
    name:
      'needs an account: without an account ID it sends no request, with an ID and no network it reports that ' +
      'AWS does not answer',
    match: /^make doctor ENV=\w+$/,
    check: (command, session) => {
      expectText(refusal(command, session), /aws\.account is not set[^]*skipped .*not checked/, command);
      expectText(
        refusal(command, session, {
          ...ANSWERS,
          AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
        }),
        /AWS does not answer[^]*skipped .*not checked: AWS does not answer/,
        command,
      );
    },
  },
  {
    name: 'the start command of Lambda: its client and the handler that it calls exist (image.test.ts runs it)',
    match: /^python -m awslambdaric \w+(?:\.\w+)+$/,
    check: (command, session) => {
      const [, module, handler] = /(\S+)\.(\w+)$/.exec(command)!;
      must(
        session.dir,
        "PYTHONPATH=src .venv/bin/python -c 'import awslambdaric, importlib; assert " +
          `callable(importlib.import_module("${module}").${handler})'`,
      );
    },
  },
  {
    name: 'reads CloudWatch: without credentials it reports an error, with a local server it shows the stored records',
    match: /^make (?:logs|alarms) ENV=\w+(?: (?:SINCE|MATCH|TAIL)=\w+)*$/,
    check: async (command, session) => {
      const nobody = {
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      };
      expectText(refusal(command, session, nobody), /no AWS credentials: sign in to the account first/, command);
      const env = await environmentOf(command, session);
      const name = must(session.dir, `.venv/bin/python -m ${session.package}.platform.settings aws.name`, {
        ...env,
        MLOPS_ENV: /ENV=(\w+)/.exec(command)![1]!,
      }).trim();
      writeToCloudWatch(name, session, env);
      expectText(
        must(session.dir, command, env),
        /^make logs/.test(command)
          ? /^\S+Z serve\/1 a line with \w+/m
          : new RegExp(`^${name}-ServiceDown since \\S+Z\\n {2}Runbook: ServiceDown\\.md\\n {2}tried`, 'm'),
        command,
      );
    },
  },
  {
    name: 'terraform.test.ts runs it with the schema of the provider; this check verifies that it covers both roots',
    match: /^make infra-check$/,
    check: (command, session) => {
      const asked = askedOfTerraform(command, session);
      for (const root of ['bootstrap', 'terraform'])
        for (const verb of ['fmt -check', 'validate', 'test'])
          expectText(asked, new RegExp(`^-chdir=infra/${root} ${verb}`, 'm'), command);
    },
  },
  {
    name: 'a Terraform command: Terraform supports it',
    match: /^terraform [a-z]+(?: -[a-z-]+)*$/,
    check: (command, { dir }) => {
      const help = must(dir, `${command.split(' ').slice(0, 2).join(' ')} -help`);
      for (const [option] of command.matchAll(/ -[a-z-]+/g))
        expectText(help, new RegExp(`^ *${option}\\b`, 'm'), command);
    },
  },
  {
    name: 'signs a user in interactively: the installed SDK reads the resulting session',
    match: /^aws sso login$/,
    check: (_, session) =>
      void must(session.dir, venv(session, 'python -c "from botocore.utils import SSOTokenLoader"')),
  },
  {
    name: "needs an account of the CI system: prints the form of the tokens that the repository's jobs sign in with",
    match: /^gh api repos\/\{owner\}\/\{repo\}\/actions\/oidc\/customization\/sub$/,
    check: (_, { dir }) => void must(dir, "grep -rq 'id-token: write' .github/workflows"),
  },
];

export default defineRow({
  substituted: ['object store'],
  stop: {
    step: 'object store',
    path: 'src/__package__/platform/rehearsals/__init__.py',
    from: '        yield process\n',
    to: '        process.kill()\n        process.wait()\n        yield process\n',
  },
  programs: ['aws', 'terraform'],
  environment: ['AWS_'],
  environmentOf,
  commands: COMMANDS,
});
