import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/core/errors.ts';

/** Checks statements of this project's documents: commands run, links lead to a file, every error has a page. */

const ROOT = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'readme-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const GUIDES = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'SECURITY.md', 'CODE_OF_CONDUCT.md'];
const documents = [
  ...GUIDES,
  'GLOSSARY.md',
  'CHANGELOG.md',
  ...(readdirSync(join(ROOT, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const blocks = (text: string): string[] =>
  [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) => match[1]!.trim().split('\n'));
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Whether a path of the repository exists. `*` and `<name>` match any one name. */
function exists(path: string): boolean {
  const found = path
    .replace(/\/$/, '')
    .split('/')
    .reduce<string[]>(
      (folders, name) =>
        folders.flatMap((folder) => {
          if (name !== '*' && !/^<.*>$/.test(name)) return existsSync(join(folder, name)) ? [join(folder, name)] : [];
          return readdirSync(folder, { withFileTypes: true })
            .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
            .map((entry) => join(folder, entry.name));
        }),
      [ROOT],
    );
  return found.length > 0;
}

/** Paths that a command of a document creates, and paths of generated repositories. */
const ELSEWHERE = ['templates/tracker/acme', 'website/.vitepress/dist', 'src/__package__/', 'docs/security.md'];
/** Paths of this repository that a document names in code spans. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:src|templates|test|docs|scripts|generators|bench|website|samples)\/[^`\s]*)`/g)]
    .map((match) => match[1]!)
    .filter((path) => !ELSEWHERE.includes(path));

describe('README', () => {
  const commands = blocks(read('README.md')).filter((line) => line.startsWith('npm init mlops-stack@latest'));

  it('shows how to generate a repository', () => expect(commands.length).toBeGreaterThan(2));

  it.each(commands)('%s', (line) => {
    writeFileSync(join(work, 'choices.yaml'), 'tracker: wandb\n');
    const words = line.replace('npm init mlops-stack@latest', '').replace(' -- ', ' ');
    const { status, stderr } = spawnSync('bash', ['-c', `node ${join(ROOT, 'dist/bin.js')} ${words} --dry-run`], {
      cwd: work,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('opens with the command that a user runs', () => {
    expect(blocks(read('README.md'))[0]).toBe(commands[0]);
  });

  it('has the two lines that a clean checkout needs in the section for contributors', () => {
    const [, section] = read('README.md').split('\n## Develop\n');
    expect(blocks(section!)).toEqual(['npm ci && npm start -- demo --yes', 'npm ci && npm test']);
  });
});

describe.each(GUIDES)('%s', (name) => {
  it('names only npm scripts that exist', () => {
    for (const [, script] of read(name).matchAll(/npm run ([a-z0-9:]+)/g))
      expect(Object.keys(manifest.scripts)).toContain(script);
  });

  it('names only programs of npx that are installed', () => {
    for (const [, program] of read(name).matchAll(/npx ([a-z][a-z0-9-]*)(?!\S)/g))
      expect(exists(`node_modules/.bin/${program}`), program).toBe(true);
  });

  it('names only paths that exist', () => {
    expect(pathsIn(read(name)).filter((path) => !exists(path))).toEqual([]);
  });
});

describe('the test of paths', () => {
  it('finds a path that does not exist, and accepts a placeholder', () => {
    expect(
      pathsIn('`src/core/`, `src/nowhere.ts`, `templates/<choice>/choice.ts`, `templates/*/nothing.ts`'),
    ).toHaveLength(4);
    expect(exists('src/core/')).toBe(true);
    expect(exists('templates/<choice>/choice.ts')).toBe(true);
    expect(exists('src/nowhere.ts')).toBe(false);
    expect(exists('templates/*/nothing.ts')).toBe(false);
  });
});

describe('documents', () => {
  it.each(documents)('%s links to files that exist and that the site has', (name) => {
    const prose = read(name).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
    for (const [, target] of prose.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      const file = resolve(ROOT, dirname(name), target!);
      expect(existsSync(file), `${name} -> ${target}`).toBe(true);
      // The site contains the pages and every other file below docs/.
      expect(file.endsWith('.md') || file.startsWith(join(ROOT, 'docs/')), `${name} -> ${target}`).toBe(true);
    }
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
