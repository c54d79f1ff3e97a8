import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { loadSource } from '../../src/fs/modules.ts';
import { verifyOptions } from '../support/option-cases.ts';

/** `npm run new` writes modules that render and pass the matrix without any edit. */

const ROOT = join(import.meta.dirname, '../..');
let copy: string;

beforeAll(() => {
  // TypeScript is loaded only from folders below the project.
  mkdirSync(join(ROOT, '.e2e'), { recursive: true });
  copy = mkdtempSync(join(ROOT, '.e2e', 'new-'));
  for (const name of ['scripts', 'templates']) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'src'), join(copy, 'src'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const make = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [join(copy, 'scripts/new.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, INIT_CWD: copy },
  });

/** The name is short, because a longer one makes lines of the copied Python longer. */
const newId = (choice: string): string => `my-${choice.slice(0, 3)}`;

const choices = readdirSync(join(ROOT, 'templates')).filter((name) =>
  existsSync(join(ROOT, 'templates', name, 'choice.ts')),
);

describe('npm run new', () => {
  let catalogue: Catalogue;
  beforeAll(async () => {
    for (const choice of choices) {
      const { status, stderr } = make(choice, newId(choice));
      expect([choice, status, stderr]).toEqual([choice, 0, '']);
    }
    catalogue = createCatalogue(await loadSource(join(copy, 'templates')));
  });

  it.each(choices)('makes an option of %s with a page and a trace of its own', (choice) => {
    const id = newId(choice);
    const made = catalogue.options.get(choice)!.find((module) => module.id === id)!;
    expect(made.title).toMatch(/^My /);
    const [page, ...others] = made.traces;
    expect([page!.replace(/^docs\/[\w-]+\//, ''), others]).toEqual([`${id}.md`, []]);
    expect(catalogue.files(`${choice}/${id}`).map((file) => file.path.replace('.ejs', ''))).toContain(page);
  });

  it('makes options that render and pass every check of the matrix, whatever they are combined with', async () => {
    const { problems, rendered } = await verifyOptions(
      catalogue,
      choices.map((choice) => [choice, newId(choice)] as const),
    );
    expect(problems.slice(0, 20)).toEqual([]);
    for (const count of rendered) expect(count).toBeGreaterThan(1);
  }, 300_000);

  it('makes the code, the test, the pins and the leftovers that the neighbor has', () => {
    make('tracker', 'nova', '--like', 'wandb');
    const dir = join(copy, 'templates/tracker/nova');
    const module = readFileSync(join(dir, 'module.ts'), 'utf8');
    for (const part of ["'tracker/nova': true", 'NovaTracker', 'NOVA_API_KEY', 'leftovers: [', 'pins: {'])
      expect(module).toContain(part);
    expect(module).not.toMatch(/wandb/i);
    expect(readFileSync(join(dir, 'files/src/__package__/tracking/nova.py'), 'utf8')).toContain('class NovaTracker');
  });

  it('makes a module for a folder outside of the package, which imports the package by name', () => {
    const { status, stdout } = make('tracker', 'orbit', '--to', 'mine');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run try -- tracker/orbit --modules mine');
    const module = readFileSync(join(copy, 'mine/tracker/orbit/module.ts'), 'utf8');
    expect(module).toContain("from 'create-mlops-stack'");
    expect(module).not.toContain('../');
  });

  it.each([
    [['tracker'], 'Give a choice and an id'],
    [['tracker', 'acme', 'more'], 'Give a choice and an id'],
    [['tracer', 'acme'], 'There is no choice tracer'],
    [['tracker', 'Acme'], 'must be in lower case'],
    [['tracker', '../acme'], 'must be in lower case'],
    [['tracker', 'mlflow'], 'already exists'],
    [['tracker', 'mlflow', '--to', 'mine'], 'already exists'],
    [['tracker', 'acme', '--like', 'wendb'], 'There is no option tracker/wendb. Choose one of'],
    [['framework', 'acme', '--like', 'scikit-learn'], 'its trace "sklearn" would stay in the copy'],
    [['tracker', 'acme', '--lik', 'wandb'], "Unknown option '--lik'"],
  ])('rejects %j', (args, message) => {
    const { status, stderr } = make(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
