import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { type StandIn, startStandIn } from '../support/terraform/provider.ts';
import { must, type Result, ROOT, sh } from './support.ts';

/** The root that an administrator applies once, and the root of an environment. */
export const ROOTS = ['infra/bootstrap', 'infra/terraform'];
const WORK = join(ROOT, '.e2e');

/** Generates a repository whose Terraform is checked. Nothing is installed. */
export function generate(name: string, flags: string): string {
  const dir = join(WORK, `terraform-${name}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  must(WORK, `node ${join(ROOT, 'dist/bin.js')} terraform-${name} --yes --no-git ${flags}`);
  return dir;
}

/** Whether a root of a repository has different files from every root before it. */
export function firstTime(): (dir: string, root: string) => boolean {
  const seen = new Set<string>();
  return (dir, root) => {
    const hash = createHash('sha1');
    // Excludes files that `terraform init` creates.
    for (const folder of [root, 'infra/policies'])
      for (const file of readdirSync(join(dir, folder), { recursive: true, withFileTypes: true }))
        if (file.isFile() && !`${file.parentPath}/${file.name}`.includes('/.terraform'))
          hash.update(file.name).update(readFileSync(join(file.parentPath, file.name)));
    const key = hash.digest('base64');
    return !seen.has(key) && seen.add(key) !== undefined;
  };
}

/** Does not block this thread, because the stand-in of the provider runs in it. */
export async function terraform(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Result> {
  return start('terraform', args, dir, env);
}

/** The commands of a CI job, up to the first that fails. */
export const job = (dir: string, commands: readonly string[], env: Readonly<Record<string, string>>): Promise<Result> =>
  start('sh', ['-c', commands.join(' && ')], dir, env);

async function start(
  program: string,
  args: readonly string[],
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<Result> {
  const { exitCode, all } = await execa(program, args, {
    cwd: dir,
    env: { TF_CLI_CONFIG_FILE: '', ...env, TF_CLI_ARGS: '-no-color' },
    reject: false,
    all: true,
    timeout: 300_000,
  });
  return { code: exitCode ?? 128, output: all ?? '' };
}

/** A provider with the schema of all types that the repository uses, and both initialized roots. */
export async function startProvider(dir: string): Promise<StandIn> {
  const used = new Set(must(dir, 'grep -rhoE "\\baws_[a-z0-9_]+" infra --include=*.tf --include=*.hcl').split('\n'));
  const provider = await startStandIn((type) => used.has(type));
  for (const root of ROOTS) {
    const { code, output } = await terraform(join(dir, root), ['init', '-backend=false', '-input=false'], provider.env);
    if (code !== 0) throw new Error(output);
  }
  return provider;
}

/**
 * Initializes the roots with the real provider from the mirror, which may be older than the required version. Returns
 * the settings of Terraform.
 */
export function mirrorOf(dir: string, mirror: string): string {
  for (const root of ROOTS)
    copyFileSync(join(ROOT, 'test/support/terraform/stand_in_override.tf'), join(dir, root, 'a_stand_in_override.tf'));
  const config = join(dir, 'mirror.tfrc');
  writeFileSync(
    config,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  return config;
}

const CHECKOV = join(ROOT, '.tools/checkov/bin/checkov');
export const hasCheckov = existsSync(CHECKOV);

type Report = {
  readonly summary: { readonly passed: number; readonly failed: number; readonly parsing_errors: number };
  readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
};

/** The findings of checkov in the Terraform of a repository, with the settings of the repository. */
export function scan(dir: string): {
  readonly findings: readonly string[];
  readonly passed: number;
  readonly errors: number;
} {
  const { output } = sh(
    dir,
    `${CHECKOV} -d . --framework terraform --skip-download --quiet --compact --output json 2>/dev/null`,
  );
  const reports = [JSON.parse(output) as Report | Report[]].flat();
  return {
    findings: reports.flatMap(({ results }) =>
      results.failed_checks.map((found) => `${found.check_id} ${found.resource}`),
    ),
    passed: reports.reduce((sum, { summary }) => sum + summary.passed, 0),
    errors: reports.reduce((sum, { summary }) => sum + summary.parsing_errors, 0),
  };
}

/** Expects no finding, and a reason next to each suppressed one. */
export function expectClean(dir: string): void {
  const { findings, passed, errors } = scan(dir);
  expect({ findings, errors }).toEqual({ findings: [], errors: 0 });
  expect(passed).toBeGreaterThan(50);
  for (const skip of must(dir, 'grep -rhoE "checkov:skip=.*" infra').trim().split('\n'))
    expect(skip).toMatch(/^checkov:skip=CKV2?_AWS_\d+:.{20,}/);
}
