import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_STACK, STACKS } from './list.ts';
import { CLASSES, classOf } from './page-classes.ts';
import { type Command, commandsIn, commandsOf, pagesOf } from './pages.ts';
import { must, ROOT, sh } from './support.ts';

/**
 * The pages of every repository that the end-to-end tests make, without installing it: each command is known, each
 * link leads somewhere. That the commands really run is in stacks.test.ts, which has the environments.
 */

const WORK = join(ROOT, '.e2e', 'documented');
const STACK_LIST = [DEFAULT_STACK, ...STACKS];

beforeAll(() => {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  for (const { name, flags } of STACK_LIST) {
    must(WORK, `node ${join(ROOT, 'dist/bin.js')} ${name} --yes --no-git ${flags}`);
    must(join(WORK, name), 'git init -q && git add -A');
  }
});

const dirOf = (name: string): string => join(WORK, name);
const commands = (name: string): Command[] => commandsOf(dirOf(name), pagesOf(dirOf(name)));

describe.each(STACK_LIST)('the pages of $name', ({ name }) => {
  it('name no command that nothing runs and no class explains', () => {
    const found = commands(name);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ text }) => !classOf(text)).map(({ text, pages }) => `${pages[0]}: ${text}`)).toEqual([]);
  });

  it('name no make target, and no variable of one, that make does not take', () => {
    for (const { text, pages } of commands(name).filter((command) => /\bmake\b/.test(command.text))) {
      // A recipe that calls make again is run even so, and fails without an environment: that is not what is asked
      // here.
      const { output } = sh(dirOf(name), text.replace(/\bmake\b/, 'make -n').replace(/<[^>]*>/g, 'x'));
      expect(output, `${pages[0]}: ${text}`).not.toMatch(/No rule to make target|missing separator/);
      for (const [, variable] of text.matchAll(/ ([A-Z_]+)=/g))
        expect(must(dirOf(name), `cat Makefile mk/*.mk`), `${pages[0]}: ${text}`).toMatch(
          new RegExp(`^${variable} \\?=|\\$\\(${variable}\\)|\\$\\{${variable}\\b`, 'm'),
        );
    }
  });

  it('link to files and headings that are there', () => {
    expect(pagesOf(dirOf(name)).flatMap((page) => brokenLinks(dirOf(name), page))).toEqual([]);
  });
});

/** Links of one page that lead nowhere, as text. */
function brokenLinks(dir: string, page: string): string[] {
  const prose = readFileSync(join(dir, page), 'utf8')
    .replace(/^( *)```[\s\S]*?^\1```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, target]) => {
    const [path, heading] = target!.split('#') as [string, string?];
    const file = path === '' ? page : join(page, '..', path);
    if (sh(dir, `test -e '${file}'`).code !== 0) return [`${page} -> ${target}: no such file`];
    const headings =
      heading === undefined
        ? []
        : readFileSync(join(dir, file), 'utf8')
            .split('\n')
            .filter((line) => line.startsWith('#'))
            .map((line) =>
              line
                .replace(/^#+ /, '')
                .toLowerCase()
                .replace(/[^\w\s-]/g, '')
                .replaceAll(' ', '-'),
            );
    return heading === undefined || headings.includes(heading) ? [] : [`${page} -> ${target}: no such heading`];
  });
}

describe('the check itself', () => {
  it('finds commands in blocks, indented lines and sentences, and no names', () => {
    const page = [
      '# A',
      '',
      '```sh',
      'make setup   # all of it',
      '# nothing',
      'curl -s \\',
      '  http://x',
      '```',
      '',
      '```yaml',
      'make: no',
      '```',
      '',
      'Text with `make demo MODEL=a`, `make` and `gates.floors`.',
      '',
      '    uvx tool run',
      '',
      'End.',
    ].join('\n');
    expect(commandsIn(`${page}\n`)).toEqual(['make setup', 'curl -s http://x', 'uvx tool run', 'make demo MODEL=a']);
  });

  it('finds a command without a class, a broken link and a lost heading', () => {
    expect(classOf('curl -s https://elsewhere.example/install.sh | sh')).toBeUndefined();
    const dir = dirOf(DEFAULT_STACK.name);
    writeFileSync(join(dir, 'docs/planted.md'), '# P\n\n[a](nowhere.md) [b](README.md#nothing) [c](README.md)\n');
    expect(brokenLinks(dir, 'docs/planted.md')).toEqual([
      'docs/planted.md -> nowhere.md: no such file',
      'docs/planted.md -> README.md#nothing: no such heading',
    ]);
    rmSync(join(dir, 'docs/planted.md'));
  });

  it('has no class that no page needs', () => {
    const used = new Set(STACK_LIST.flatMap(({ name }) => commands(name).map(({ text }) => classOf(text)?.name)));
    expect(CLASSES.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
