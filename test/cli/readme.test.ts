import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/core/errors.ts';

/** What the documents of this project say is true: commands run, links lead somewhere, every error has its page. */

const ROOT = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'GLOSSARY.md',
  'CHANGELOG.md',
  ...(readdirSync(join(ROOT, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const blocks = (text: string): string[] =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) => match[1]!.trim().split('\n'));

describe('README', () => {
  const commands = blocks(read('README.md')).filter((line) => line.startsWith('npm init mlops-stack@latest'));

  it('shows how to make a repository', () => expect(commands.length).toBeGreaterThan(2));

  it.each(commands)('%s', (line) => {
    writeFileSync(join(work, 'choices.yaml'), 'tracker: wandb\n');
    const words = line.replace('npm init mlops-stack@latest', '').replace(' -- ', ' ');
    const { status, stderr } = spawnSync('bash', ['-c', `node ${join(ROOT, 'dist/bin.js')} ${words} --dry-run`], {
      cwd: work,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('begins with the two lines that a clean checkout needs', () => {
    expect(
      blocks(read('README.md'))
        .slice(0, 2)
        .map((line) => line.split('#')[0]!.trim()),
    ).toEqual(['npm ci && npm start -- demo --yes', 'npm ci && npm test']);
  });

  it.each(read('CONTRIBUTING.md').match(/npm run [a-z0-9:]+/g) ?? [])('%s is a script', (command) => {
    expect(Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)).toContain(
      command.replace('npm run ', ''),
    );
  });
});

describe('documents', () => {
  it.each(documents)('%s links to what exists', (name) => {
    const prose = read(name).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(resolve(ROOT, dirname(name), target!)), `${name} -> ${target}`).toBe(true);
  });

  it.each(Object.entries(ERRORS))('%s has its page, written from the table', (id, { title, hint, page }) => {
    const text = read(`docs/errors/${id}.md`);
    for (const part of [id, title, hint, page]) expect(text).toContain(part);
  });

  it('has no page of an error that does not exist', () => {
    expect(
      readdirSync(join(ROOT, 'docs/errors'))
        .filter((name) => name !== 'README.md')
        .map((name) => name.replace('.md', ''))
        .sort(),
    ).toEqual(Object.keys(ERRORS).sort());
  });
});
