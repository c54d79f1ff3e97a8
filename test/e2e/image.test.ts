import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canBuild, Images, type Running } from './image-support.ts';
import { freePort } from './processes.ts';
import { dropEnvironment, makeStack, must, sh } from './support.ts';

/**
 * Builds and runs the generated Dockerfiles, with Debian's Python and a local uv instead of the two base images,
 * because no container registry is available.
 */

const PORT = await freePort();
/** The files that the image may contain in addition to its base: libraries, bytecode, code. */
const MOST_MEGABYTES = 300;

let dir: string;
let images: Images;
let pinned: string;
let rows: object[];
let expected: number[];

const NAME = 'image-stack';
const LOCAL = {
  MLOPS_SERVING__PUBLISHED_ON_LOOPBACK: 'true',
  MLOPS_SERVING__PREDICTION_LOG: '/tmp/predictions.jsonl',
  MLOPS_SERVING__PORT: String(PORT),
};
const models = () => join(dir, 'dist/models');

async function scores(url: string): Promise<number[]> {
  const answer = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rows }),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { predictions: { score: number }[] }).predictions.map(({ score }) => score);
}

beforeAll(async () => {
  dir = makeStack(NAME, '--orchestrator none --protocols rest,v2,sagemaker,lambda');
}, 600_000);
afterAll(() => dropEnvironment(dir));

describe('Dockerfiles', () => {
  const dockerfiles = () => must(dir, "git ls-files '*Dockerfile'").trim().split('\n');

  it('exist for the service and for each platform that needs its own image', () => {
    expect(dockerfiles()).toEqual(['deploy/Dockerfile', 'deploy/lambda/Dockerfile', 'deploy/sagemaker/Dockerfile']);
  });

  it('pass hadolint, which rejects a careless Dockerfile', () => {
    must(dir, `.venv/bin/hadolint ${dockerfiles().join(' ')}`);
    for (const path of dockerfiles()) {
      const careless = `${readFileSync(join(dir, path), 'utf8')}\nRUN apt-get install curl\nUSER root\n`;
      expect([path, sh(dir, '.venv/bin/hadolint -', {}, careless).code]).toEqual([path, 1]);
    }
  });

  it('are checked by a pre-commit hook', () => {
    must(dir, 'make pre-commit');
    expect(readFileSync(join(dir, '.pre-commit-config.yaml'), 'utf8')).toMatch(/id: hadolint/);
  });
});

describe('a repository without a target', () => {
  it('has no file, hook, tool or command for images', () => {
    const plain = must(
      join(dir, '..'),
      `rm -rf no-image && node ${join(import.meta.dirname, '../../dist/bin.js')} no-image --yes --no-git ` +
        '--target [] --orchestrator none && cd no-image && find . -type f',
    );
    expect(plain).not.toMatch(/Dockerfile|dockerignore|service\.yaml|compose\.mk/);
    expect(
      sh(join(dir, '../no-image'), "grep -rniE 'hadolint|scan-image|trivy[:/]|make image' --exclude-dir=.mlops-stack .")
        .output,
    ).toBe('');
  });
});

describe.skipIf(!canBuild())('the image (buildah, debootstrap and unshare, as root)', () => {
  beforeAll(async () => {
    must(dir, 'make pipeline && make package-model');
    pinned = must(dir, 'make --silent package-model')
      .match(/"pinned": "(.*)"/)![1]!
      .replace(models(), '/mnt');
    const answer = must(
      dir,
      `.venv/bin/python - <<'PY'
import glob, json
from image_stack.data.frames import read_frame
from image_stack.platform import artifacts, models, scoring
run = sorted(glob.glob(".mlops/runs/churn/*"))[-1]
contract = models.load("churn").contract
frame = read_frame(f"{run}/test.parquet").head(50)
rows = json.loads(frame[list(contract.names)].to_json(orient="records", double_precision=15))
scorer = scoring.load(artifacts.local_copy(f"{run}/package"))
print(json.dumps([rows, scorer.raw(scoring.columns_of(frame, contract)).tolist()]))
PY`,
    );
    [rows, expected] = JSON.parse(answer.trim().split('\n').at(-1)!) as [object[], number[]];
    images = new Images();
    images.makeBases(readFileSync(join(dir, 'deploy/Dockerfile'), 'utf8').match(/astral-sh\/uv:([\d.]+)@/)![1]!);
    images.build(
      dir,
      'deploy/Dockerfile',
      NAME,
      '.',
      '--build-arg REVISION=0123456789abcdef --build-arg CREATED=2026-01-02T03:04:05Z',
    );
  }, 900_000);
  afterAll(() => images?.drop());

  it('states its origin, its command and its health check', () => {
    const config = images.config(NAME);
    expect(config.User).toBe('10001:10001');
    expect(config.Cmd).toEqual(['python', '-m', 'image_stack.serving']);
    expect(Object.keys(config.ExposedPorts)).toEqual(['8000/tcp']);
    expect(config.Healthcheck?.Test[0]).toBe('CMD');
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': NAME,
      'org.opencontainers.image.revision': '0123456789abcdef',
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
    });
  });

  it('contains code, libraries and settings, and no secret, test or development tool', () => {
    const app = join(images.root(NAME), 'app');
    expect(readdirSync(app).sort()).toEqual(['.venv', 'config', 'params', 'src']);
    expect(existsSync(join(app, '.env'))).toBe(false);
    for (const tool of ['uv', 'pytest', 'ruff', 'kingfisher', 'hadolint', 'pre-commit'])
      expect([tool, existsSync(join(app, '.venv/bin', tool))]).toEqual([tool, false]);
    const more = (images.bytes(NAME) - images.bytes('python')) / 1e6;
    console.log(`  image: ${(images.bytes(NAME) / 1e6).toFixed(0)} MB, of which ${more.toFixed(0)} MB beyond its base`);
    expect(more).toBeLessThan(MOST_MEGABYTES);
  });

  it('installs the packages that the bill of materials lists', () => {
    must(dir, 'make sbom');
    const bill = JSON.parse(readFileSync(join(dir, 'reports/sbom.json'), 'utf8')) as {
      components: { name: string; version: string }[];
    };
    const listed = bill.components.map(({ name, version }) => `${name}-${version}`);
    const site = must(images.root(NAME), "find app/.venv -name '*.dist-info' -printf '%f\\n'").trim().split('\n');
    const installed = site
      .map((name) =>
        name
          .replace(/\.dist-info$/, '')
          .replaceAll('_', '-')
          .toLowerCase(),
      )
      .sort();
    expect(installed.filter((name) => !listed.includes(name))).toEqual([]);
    expect(installed.length).toBeGreaterThan(20);
    expect(listed.length - installed.length).toBeLessThan(5);
  });

  it('has the same files when it is built again', () => {
    images.build(dir, 'deploy/Dockerfile', `${NAME}-again`, '.', '--no-cache');
    const files = (tag: string) =>
      must(join(images.root(tag), 'app'), 'find . -type f -print0 | sort -z | xargs -0 sha256sum');
    expect(files(`${NAME}-again`)).toBe(files(NAME));
  }, 300_000);

  it('is read-only and runs as an unprivileged user', () => {
    expect(
      images.run(NAME, ['python', '-c', 'import os; print(os.getuid(), os.getgid(), os.getpid())']).output.trim(),
    ).toBe('10001 10001 1');
    for (const path of ['/app/new', '/usr/new', '/mnt/new'])
      expect([path, images.run(NAME, ['touch', path], { user: '0:0' }).output]).toEqual([
        path,
        expect.stringContaining('Read-only file system'),
      ]);
    expect(images.run(NAME, ['touch', '/tmp/new']).code).toBe(0);
    expect(images.run(NAME, ['grep', '-E', '^(CapEff|NoNewPrivs)', '/proc/self/status']).output).toMatch(
      /CapEff:\s+0+\nNoNewPrivs:\s+1/,
    );
  });

  it('serves the same scores as the repository, reports healthy, and stops in time', async () => {
    const running: Running = await images.start(NAME, PORT, '/readyz', models(), {
      ...LOCAL,
      MLOPS_SERVING__PINNED: pinned,
    });
    try {
      expect(await scores(running.url)).toEqual(expected.map((score) => expect.closeTo(score, 9)));
      const [, ...health] = images.config(NAME).Healthcheck!.Test;
      expect(images.run(NAME, health, { env: { MLOPS_SERVING__PORT: String(PORT) } }).code).toBe(0);
      expect(images.run(NAME, health, { env: { MLOPS_SERVING__PORT: '9' } }).code).not.toBe(0);
    } finally {
      const { code, seconds } = await running.stop();
      expect([0, 143]).toContain(code);
      expect(seconds).toBeLessThan(10);
    }
  });

  it('is alive but never ready with a model that differs from the registered one', async () => {
    const other = pinned.replace(/[0-9a-f]{8}$/, '00000000');
    const running = await images.start(NAME, PORT, '/healthz', models(), { ...LOCAL, MLOPS_SERVING__PINNED: other });
    try {
      expect((await fetch(`${running.url}/readyz`)).status).toBe(503);
      expect(await (await fetch(`${running.url}/version`)).text()).toMatch(/sha256/);
    } finally {
      await running.stop();
    }
  });

  it('answers as a SageMaker container at the port that SageMaker sets', async () => {
    must(dir, 'rm -rf dist/unpacked && mkdir -p dist/unpacked && tar -xzf dist/models/*.tar.gz -C dist/unpacked');
    images.build(
      dir,
      'deploy/sagemaker/Dockerfile',
      `${NAME}-sagemaker`,
      'deploy/sagemaker',
      `--build-arg IMAGE=localhost/${NAME}`,
    );
    const config = images.config(`${NAME}-sagemaker`);
    expect([config.Cmd, config.User]).toEqual([['serve'], '10001:10001']);
    const env = {
      MLOPS_ENV: 'dev',
      SM_MODEL_DIR: '/mnt',
      SAGEMAKER_BIND_TO_PORT: String(PORT),
      SERVICE_API_KEYS: `platform:${'0'.repeat(64)}`,
    };
    const running = await images.start(`${NAME}-sagemaker`, PORT, '/ping', join(dir, 'dist/unpacked'), env);
    try {
      const answer = await fetch(`${running.url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ instances: rows }),
      });
      expect(answer.status).toBe(200);
      expect(
        ((await answer.json()) as { predictions: { score: number }[] }).predictions.map(({ score }) => score),
      ).toEqual(expected.map((score) => expect.closeTo(score, 9)));
    } finally {
      expect([0, 143]).toContain((await running.stop()).code);
    }
  });

  it('answers an event as the image of a Lambda function', () => {
    images.build(dir, 'deploy/lambda/Dockerfile', `${NAME}-lambda`, '.', '--build-context model=dist/unpacked');
    const event = JSON.stringify({ rows });
    const program =
      'import json, sys, types\nfrom image_stack.serving.lambda_handler import handler\n' +
      'print("ANSWER", json.dumps(handler(json.loads(sys.argv[1]), types.SimpleNamespace(aws_request_id="r-1", ' +
      'get_remaining_time_in_millis=lambda: 9000))))';
    const { code, output } = images.run(`${NAME}-lambda`, ['python', '-c', program, event], {
      env: { MLOPS_SERVING__PREDICTION_LOG: '/tmp/predictions.jsonl' },
    });
    expect([code, output]).toEqual([0, expect.stringContaining('"predictions"')]);
    const answer = JSON.parse(output.match(/^ANSWER (.*)$/m)![1]!) as { predictions: { score: number }[] };
    expect(answer.predictions.map(({ score }) => score)).toEqual(expected.map((score) => expect.closeTo(score, 9)));
  }, 300_000);
});
