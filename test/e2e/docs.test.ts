import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { type Case, coveringCases, givenOf } from '../support/cases.ts';
import { BUILT_IN, refusals } from '../support/compatibility.ts';
import { classesOf, classOf, SHARED_CLASSES } from './page-classes.ts';
import { type Command, commandsIn, commandsOf, pagesOf } from './pages.ts';
import { catalogue, rows, rowsOf, stacks } from './run-plan.ts';
import { configOf, must, ROOT, sh } from './support.ts';

/**
 * Checks the pages of every end-to-end repository without installing it: each command exists, and each link has a
 * target. stacks.test.ts, which has installed environments, runs the commands.
 */

const WORK = join(ROOT, '.e2e', 'documented');
const CLASSES = classesOf([...rows.values()]);

beforeAll(() => {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  for (const { name, values } of stacks) {
    must(WORK, `node ${join(ROOT, 'dist/bin.js')} ${name} --yes --no-git --config ${configOf(name, values)}`);
    must(join(WORK, name), 'git init -q && git add -A');
  }
});

const dirOf = (name: string): string => join(WORK, name);
const commands = (name: string): Command[] => commandsOf(dirOf(name), pagesOf(dirOf(name)));

describe.each(stacks)('the pages of $name', (stack) => {
  const { name } = stack;

  it('name only commands that are run or that a class explains', () => {
    const classes = classesOf(rowsOf(stack));
    const found = commands(name);
    expect(found.length).toBeGreaterThan(20);
    expect(
      found.filter(({ text }) => !classOf(text, classes)).map(({ text, pages }) => `${pages[0]}: ${text}`),
    ).toEqual([]);
  });

  it('name only make targets that exist and variables that they take', () => {
    const makefiles = must(dirOf(name), 'cat Makefile mk/*.mk');
    for (const { text, pages } of commands(name).filter((command) => /\bmake\b/.test(command.text))) {
      // `make` executes a recipe that calls make again even in a dry run. Without an environment that fails, which does
      // not matter for this check.
      const { output } = sh(dirOf(name), text.replace(/\bmake\b/, 'make -n').replace(/<[^>]*>/g, 'x'));
      expect(output, `${pages[0]}: ${text}`).not.toMatch(/No rule to make target|missing separator/);
      for (const [, variable] of text.matchAll(/ ([A-Z_]+)=/g))
        expect(makefiles, `${pages[0]}: ${text}`).toMatch(
          new RegExp(`^${variable} \\?=|\\$\\(${variable}\\)|\\$\\{${variable}\\b|\\$\\$${variable}\\b`, 'm'),
        );
    }
  });

  it('link only to files and headings that exist', () => {
    expect(pagesOf(dirOf(name)).flatMap((page) => brokenLinks(dirOf(name), page))).toEqual([]);
  });
});

/** The commands on the pages of a stack that is only rendered. */
function commandsOfCase(item: Case): string[] {
  const { plan } = prepare(givenOf(item), catalogue, 'demo');
  const pages = renderPlan({ ...plan, files: plan.files.filter(({ path }) => /^(?:docs\/.*|README)\.md$/.test(path)) });
  return [...pages.values()].flatMap(({ content }) => commandsIn(Buffer.from(content).toString()));
}

/** The broken links of one page, as text. */
function brokenLinks(dir: string, page: string): string[] {
  const prose = readFileSync(join(dir, page), 'utf8')
    .replace(/^( *)```[\s\S]*?^\1```/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, target]) => {
    const [path, heading] = target!.split('#') as [string, string?];
    const file = path === '' ? page : join(page, '..', path);
    if (!existsSync(join(dir, file))) return [`${page} -> ${target}: no such file`];
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

describe('the check of pages', () => {
  it('finds commands in code blocks, indented lines and sentences, and ignores plain names', () => {
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

  it('reports a command without a class, a broken link and a missing heading', () => {
    expect(classOf('curl -s https://elsewhere.example/install.sh | sh', CLASSES)).toBeUndefined();
    const dir = dirOf(stacks[0]!.name);
    writeFileSync(join(dir, 'docs/planted.md'), '# P\n\n[a](nowhere.md) [b](README.md#nothing) [c](README.md)\n');
    expect(brokenLinks(dir, 'docs/planted.md')).toEqual([
      'docs/planted.md -> nowhere.md: no such file',
      'docs/planted.md -> README.md#nothing: no such heading',
    ]);
    rmSync(join(dir, 'docs/planted.md'));
  });

  it('has a class for every command of every two options together, and no class that no page needs', () => {
    const found = new Set(
      coveringCases(catalogue, (values) => refusals(BUILT_IN, values).length > 0).cases.flatMap(commandsOfCase),
    );
    expect([...found].filter((text) => !classOf(text, CLASSES))).toEqual([]);
    const used = new Set([...found].map((text) => classOf(text, CLASSES)!.name));
    const declared = [...rows.values()].flatMap((row) => row.commands ?? []).concat(SHARED_CLASSES);
    expect(declared.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
