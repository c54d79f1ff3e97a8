import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { loadSource } from '../../src/fs/modules.ts';

/** `npm run new`: the skeleton of a module holds to the contract before anybody wrote a line of it. */

const ROOT = join(import.meta.dirname, '../..');
let copy: string;

beforeAll(() => {
  // Below the project, since only there TypeScript is loaded.
  mkdirSync(join(ROOT, '.e2e'), { recursive: true });
  copy = mkdtempSync(join(ROOT, '.e2e', 'new-'));
  for (const name of ['scripts', 'templates']) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'src'), join(copy, 'src'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const make = (...args: string[]): { status: number | null; stderr: string } =>
  spawnSync(process.execPath, [join(copy, 'scripts/new.mjs'), ...args], { encoding: 'utf8' });

describe('npm run new', () => {
  it('makes a module of every choice that the catalogue accepts, with a page and traces', async () => {
    const choices = readdirSync(join(copy, 'templates')).filter((name) =>
      existsSync(join(copy, 'templates', name, 'choice.ts')),
    );
    expect(choices.length).toBeGreaterThan(10);
    for (const choice of choices) execFileSync(process.execPath, [join(copy, 'scripts/new.mjs'), choice, 'acme-tool']);
    const catalogue = createCatalogue(await loadSource(join(copy, 'templates')));
    for (const choice of catalogue.choices) {
      const made = catalogue.options.get(choice.id)!.find((module) => module.id === 'acme-tool')!;
      expect([choice.id, made.title, made.traces]).toEqual([choice.id, 'Acme Tool', ['docs/tools/acme-tool.md']]);
      expect(catalogue.files(`${choice.id}/acme-tool`).map((file) => file.path)).toEqual(['docs/tools/acme-tool.md']);
    }
  });

  it.each([
    [['tracker'], 'Give a choice and an id'],
    [['tracer', 'acme'], 'There is no choice tracer'],
    [['tracker', 'Acme'], 'is no lower-case name'],
    [['tracker', '../acme'], 'is no lower-case name'],
    [['tracker', 'mlflow'], 'exists already'],
  ])('rejects %j', (args, message) => {
    const { status, stderr } = make(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
