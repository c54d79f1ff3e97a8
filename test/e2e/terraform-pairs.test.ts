import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { providersOf, writeEvidence } from '../support/evidence.ts';
import { loadTemplates } from '../support/stacks.ts';
import { findMirror } from '../support/terraform/mirror.mjs';
import { terraformCases } from '../support/terraform/pairs.ts';
import { hasTool, ROOT } from './support.ts';
import { firstTime, generate, mirrorOf, ROOTS, startProvider, terraform } from './terraform-support.ts';

/**
 * Tests every two choices that change the Terraform together in one root. The root is formatted and valid by the schema
 * of the provider, and by the real provider if a mirror has it. terraform.test.ts runs tests and policies once for each
 * set of modules.
 */

const { cases, factors, pairs } = terraformCases(createCatalogue(await loadTemplates()), 'aws');
const mirror = findMirror();
const dirs: string[] = [];
let passed = 0;
/** Many pairs have the same administrator's root. */
const isNew = firstTime();

/** Generates a stack from a file of its choices, which is JSON and therefore also YAML. */
function repositoryOf(values: Readonly<Record<string, unknown>>): string {
  const configs = join(ROOT, '.e2e/configs');
  mkdirSync(configs, { recursive: true });
  const name = `pair-${dirs.length + 1}`;
  writeFileSync(join(configs, `${name}.yaml`), JSON.stringify(values));
  const dir = generate(name, `--config ${join(configs, `${name}.yaml`)}`);
  dirs.push(dir);
  return dir;
}

describe('pairs of choices that change the Terraform', () => {
  it('are more than a hundred', () => {
    console.log(
      `  ${pairs} pairs in ${cases.length} stacks\n` +
        `${factors.map(({ id, levels }) => `    ${id}: ${levels.map(({ label }) => label).join(', ')}`).join('\n')}`,
    );
    expect(pairs).toBeGreaterThan(100);
  });

  it.skipIf(!hasTool('terraform')).each(cases)('are valid together: $label', async ({ values }) => {
    const dir = repositoryOf(values);
    expect(await terraform(dir, ['fmt', '-check', '-recursive', '-diff', 'infra'], {})).toEqual({
      code: 0,
      output: '',
    });
    const roots = ROOTS.filter((root) => isNew(dir, root));
    const provider = await startProvider(dir);
    try {
      for (const root of roots)
        expect(await terraform(join(dir, root), ['validate'], provider.env)).toMatchObject({ code: 0 });
      passed += 1;
    } finally {
      provider.stop();
    }
  });

  it.skipIf(!hasTool('terraform'))('are written as evidence for the support matrix', () => {
    expect(passed).toBe(cases.length);
    writeEvidence(
      'validated',
      'terraform',
      dirs.flatMap((dir) => providersOf(dir, (path) => path.startsWith('infra/'))),
    );
  });

  // The canary of ECS (6.21), and `name` of a compute environment of Batch (6.0), are newer than the mirrored provider.
  it.skipIf(!hasTool('terraform') || mirror === undefined)(
    'are valid by the provider itself, where a provider is mirrored, as far as it is new enough',
    async () => {
      const old = dirs.filter(
        (dir) =>
          !/"CANARY"|resource "aws_batch_compute_environment"/.test(
            readdirSync(join(dir, 'infra/terraform'))
              .filter((file) => file.endsWith('.tf'))
              .map((file) => readFileSync(join(dir, 'infra/terraform', file), 'utf8'))
              .join('\n'),
          ),
      );
      expect(old.length).toBeGreaterThan(cases.length / 3);
      for (const dir of old) {
        const env = { TF_CLI_CONFIG_FILE: mirrorOf(dir, mirror!), TF_DATA_DIR: '.terraform/mirrored' };
        const root = join(dir, 'infra/terraform');
        expect(await terraform(root, ['init', '-backend=false', '-input=false'], env)).toMatchObject({ code: 0 });
        expect(await terraform(root, ['validate'], env)).toMatchObject({ code: 0 });
      }
    },
  );
});
