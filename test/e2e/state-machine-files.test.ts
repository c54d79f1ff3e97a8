import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, freePort } from './processes.ts';
import { cleanEnv, dropEnvironment, makeStack, must } from './support.ts';

/**
 * Runs the state machine in an independent interpreter, with the unchanged commands of its jobs, and with its files in
 * a bucket of moto.
 */

const ROOT = join(import.meta.dirname, '../..');
const INTERPRETER = join(ROOT, '.tools/states/node_modules/aws-local-stepfunctions');
const CLOUD = join(ROOT, '.tools/cloud/bin/python');
const NAME = 'state-machine-files';
const BUCKET = `${NAME}-dev-artifacts-123456789012`;
const STEPS = ['Ingest', 'Validate', 'Split', 'Train', 'Export', 'Evaluate', 'Register', 'Gate'];

/** The bucket as Terraform creates it: objects are encrypted with the key of the environment. */
const MAKE = `
import boto3, sys
s3, key = boto3.client("s3"), boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
s3.create_bucket(Bucket=sys.argv[1], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": True}
s3.put_bucket_encryption(Bucket=sys.argv[1], ServerSideEncryptionConfiguration={"Rules": [rule]})
print(key, end="")`;
const LIST = `
import boto3, json, sys
s3 = boto3.client("s3")
found = {}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1]):
    for item in page.get("Contents", []):
        head = s3.head_object(Bucket=sys.argv[1], Key=item["Key"])
        found[item["Key"]] = [item["Size"], head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")]
print(json.dumps(found))`;
/** Reads the champion with fsspec, as the service does, and compares each file with its registered hash. */
const CHAMPION = `
import json
from state_machine_files.platform import artifacts, audit
from state_machine_files.registry import CHAMPION, get_registry
from state_machine_files.platform.settings import load_settings
settings = load_settings()
found = get_registry().get("churn", CHAMPION)
manifest = artifacts.verify(artifacts.local_copy(found.uri), found.sha256)
records = audit.read(settings, "churn")
audit.verify(records)
print(json.dumps({"uri": found.uri, "version": found.version, "files": sorted(manifest["files"]), "actions": [record["action"] for record in records]}))`;

describe.skipIf(!existsSync(INTERPRETER) || !existsSync(CLOUD))('a state machine with its files in a bucket', () => {
  let dir: string;
  let server: ChildProcess;
  let env: Record<string, string>;
  let key: string;
  const python = (interpreter: string, code: string): string =>
    execFileSync(interpreter, ['-c', code, BUCKET], { cwd: dir, encoding: 'utf8', env: cleanEnv(env) });
  const execute = (
    name: string,
    variant: string,
  ): { path: string[]; output: { accepted: boolean; version: string } | null } =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          join(ROOT, 'test/support/state-machine/execute.mjs'),
          INTERPRETER,
          'infra/terraform/pipeline.asl.json',
          BUCKET,
          name,
          variant,
        ],
        { cwd: dir, encoding: 'utf8', env: cleanEnv(env) },
      ),
    ) as never;
  const listed = (): Record<string, [number, string, string]> => JSON.parse(python(CLOUD, LIST)) as never;

  beforeAll(async () => {
    dir = makeStack(NAME, '--cloud aws --orchestrator step-functions');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    // The environment of a container, and an endpoint. The tracking server of the account is the only service that moto
    // does not replace.
    env = {
      ...{
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'eu-west-1',
        AWS_DEFAULT_REGION: 'eu-west-1',
        NO_PROXY: '127.0.0.1',
      },
      ...{ MLOPS_ENV: 'dev', MLOPS_AWS__ACCOUNT: '123456789012' },
      ...{
        MLOPS_TRACKING__URI: `sqlite:///${dir}/.mlops/tracking.db`,
        MLOPS_TRACKING__ARTIFACTS: join(dir, '.mlops/tracking'),
        MLOPS_REGISTRY__URI: `sqlite:///${dir}/.mlops/tracking.db`,
      },
    };
    server = spawn(CLOUD, [join(ROOT, 'test/support/terraform/moto_server.py'), String(port), '3600'], {
      stdio: 'ignore',
    });
    await answers(`${url}/moto-api/`, 60);
    must(dir, 'mkdir -p .mlops');
    key = python(CLOUD, MAKE);
  });
  afterAll(() => {
    server?.kill();
    dropEnvironment(dir);
  });

  it('trains, evaluates, registers and promotes a model by the commands of its jobs', () => {
    const { path, output } = execute('a-run', 'base');
    expect(path).toEqual(['Name run', ...STEPS, 'Read decision', 'Accepted?', 'Promote', 'Promoted']);
    expect(output).toMatchObject({ accepted: true, version: '1' });
  });

  it('leaves each file in the bucket, encrypted with the key of the environment', () => {
    const found = listed();
    const run = Object.keys(found)
      .filter((name) => name.startsWith('runs/churn/a-run/'))
      .map((name) => name.slice('runs/churn/a-run/'.length));
    for (const file of [
      'data.parquet',
      'validation.json',
      'train.parquet',
      'test.parquet',
      'train_metrics.json',
      'package/model.onnx',
      'package/model.json',
      'metrics.json',
      'lineage.json',
      'version.json',
      'decision.json',
      'promotion.json',
    ])
      expect(run).toContain(file);
    expect(Object.keys(found).some((name) => name.startsWith('registry/'))).toBe(true);
    for (const [name, [size, algorithm, by]] of Object.entries(found))
      expect([name, size > 0, algorithm, by]).toEqual([name, true, 'aws:kms', key]);
    expect(JSON.parse(python(join(dir, '.venv/bin/python'), CHAMPION))).toMatchObject({
      uri: expect.stringContaining(`s3://${BUCKET}/registry/`),
      version: '1',
      files: expect.arrayContaining(['model.onnx']),
      actions: ['promote'],
    });
  });
});
