import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { proofCatalogue, renderProofs, TEMPLATES } from '../support/proofs.ts';
import { loadTemplates } from '../support/stacks.ts';
import { given } from './helpers.ts';

/** Files by their path below templates/. */
const all = readdirSync(TEMPLATES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
  .map((entry) => join(entry.parentPath, entry.name));
const proofs = all.filter((file) => file.includes('/proofs/'));
const nameOf = (file: string): string => basename(file).replace(/\.ejs$/, '');

describe('proofs', () => {
  it('are tests or what tests import, and no generated file names a proof', () => {
    const names = proofs.map(nameOf);
    expect(names.length).toBeGreaterThan(10);
    const texts = proofs.map((file) => readFileSync(file, 'utf8'));
    const isImported = (name: string): boolean =>
      texts.some((text) => text.includes(`from tests.${name.replace(/\.py$/, '')} import `));
    expect(names.filter((name) => !/^(?:test_\w+|conftest)\.py$/.test(name) && !isImported(name))).toEqual([]);
    const named = all
      .filter((file) => file.includes('/files/'))
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8');
        return names.filter((name) => text.includes(name)).map((name) => `${file} names ${name}`);
      });
    expect(named).toEqual([]);
  });

  it('are not in the package', () => {
    const place = join(TEMPLATES, '../dist/parts');
    expect(existsSync(place), 'run npm run build first').toBe(true);
    const packed = new Set(
      readdirSync(place).flatMap((file) =>
        (JSON.parse(gunzipSync(readFileSync(join(place, file))).toString()) as { path: string }[]).map(({ path }) =>
          basename(path),
        ),
      ),
    );
    expect(proofs.map((file) => basename(file)).filter((name) => packed.has(name))).toEqual([]);
  });

  it('render for a stack at paths that its own files do not have', async () => {
    const source = await loadTemplates();
    const catalogue = createCatalogue(source);
    const { plan } = prepare(given(catalogue), catalogue, 'demo');
    const laid = [...renderProofs(plan, proofCatalogue(source))];
    const own = new Set(plan.files.map(({ path }) => path));
    expect(laid.map(([path]) => path)).toContain('tests/test_demo.py');
    expect(laid.filter(([path]) => own.has(path) || dirname(path) === '.')).toEqual([]);
    const text = Buffer.from(laid.find(([path]) => path === 'tests/test_demo.py')![1].content).toString();
    expect(text).toContain('from demo.platform');
  });
});
