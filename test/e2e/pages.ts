import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { providersOf, writeEvidence } from '../support/evidence.ts';
import { classesOf, classOf } from './page-classes.ts';
import { sessionOf } from './page-session.ts';
import { stop, takePorts } from './processes.ts';
import { rows, rowsOf } from './run-plan.ts';
import type { E2eStack } from './stack-list.ts';
import { must } from './support.ts';

/** The commands that the pages of a generated repository tell users to run. */

export type Command = { readonly text: string; readonly pages: readonly string[] };

const FENCE = /^( *)(```+|~~~+)(\w*)[^\n]*\n([\s\S]*?)^\1\2 *$/gm;
const INLINE = /(?<!`)`([^`\n]+)`(?!`)/g;
const SHARED_PROGRAMS = (
  'make uv uvx npx npm git docker podman curl python python3 tar rm du sha256sum sh bash apt-get brew pip ' +
  'pre-commit openssl jq'
).split(' ');
const programs = [...SHARED_PROGRAMS, ...[...rows.values()].flatMap((row) => row.programs ?? [])].join('|');
/** Code in a sentence that begins with one of these is a command, not a name. */
const PROGRAMS = new RegExp(`^(?:[A-Z_]+=\\S+ +)*(?:sudo +)?(?:${programs})(?: +|$)`);

/** A single word is the name of the program. It is a command only with arguments. */
const isCommand = (text: string): boolean => PROGRAMS.test(text) && /\s/.test(text.trim()) && !/[…]|\.\.\./.test(text);

/** Every distinct command of some Markdown pages, in the order in which they first appear. */
export function commandsOf(dir: string, pages: readonly string[]): Command[] {
  const found = new Map<string, Set<string>>();
  for (const page of pages) {
    for (const text of commandsIn(readFileSync(join(dir, page), 'utf8'))) {
      const places = found.get(text) ?? new Set();
      found.set(text, places.add(page));
    }
  }
  return [...found].map(([text, places]) => ({ text, pages: [...places] }));
}

export function commandsIn(markdown: string): string[] {
  const fenced = [...markdown.matchAll(FENCE)]
    .filter(([, , , language]) => /^(?:sh|bash|shell|console)$/.test(language!))
    .flatMap(([, , , , body]) => linesOf(body!));
  const prose = markdown.replace(FENCE, '');
  const indented = [...prose.matchAll(/(?<=\n\n)(?: {4}[^\n]+\n)+/g)].flatMap(([block]) =>
    linesOf(block).filter(isCommand),
  );
  const inline = [...prose.matchAll(INLINE)].map(([, code]) => tidy(code!)).filter(isCommand);
  return [...new Set([...fenced, ...indented, ...inline])];
}

/** One command per line. A backslash joins lines; a comment after two spaces is removed. */
const linesOf = (body: string): string[] =>
  body
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map(tidy)
    .filter((line) => line !== '' && !line.startsWith('#'));

const tidy = (line: string): string =>
  line
    .replace(/^\s*\$ /, '')
    .replace(/ {2,}#.*$| # .*$/, '')
    .trim();

/** Pages of a repository: the README, the instructions for assistants, and all pages in docs/. */
export const pagesOf = (dir: string): string[] => [
  'README.md',
  'AGENTS.md',
  ...(readdirSync(join(dir, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];

/**
 * Commands whose results others need come first, commands that delete something come last, and all others keep the
 * order of the pages.
 */
const ORDER = [
  /^make pipeline$/,
  /^make predict$/,
  /^make monitor$/,
  /127\.0\.0\.1:/,
  /^(?!make (?:promote|rollback|clean)|tar )/,
  /^make promote/,
  /^make rollback/,
  /^(?:make clean|tar )/,
];
const rank = (text: string): number => ORDER.findIndex((pattern) => pattern.test(text));

/**
 * A command is the same in every repository unless its recipe differs, so a run checks each recipe once. The stacks of
 * a run are separate processes. They share a folder with one file for each passed command.
 */
class Ledger {
  readonly #folder = process.env['E2E_RUN'] ? join(process.env['E2E_RUN'], 'commands') : undefined;
  readonly #known = new Set<string>();

  has(key: string): boolean {
    return this.#known.has(key) || (this.#folder !== undefined && existsSync(join(this.#folder, digest(key))));
  }

  add(key: string): void {
    this.#known.add(key);
    if (this.#folder === undefined) return;
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, digest(key)), '');
  }
}
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');
const done = new Ledger();

export type Outcome = { readonly command: string; readonly pages: readonly string[]; readonly class: string };

/**
 * Runs, or checks by its class, every command of the pages of an installed repository. Throws an error with every
 * failed command and its page.
 */
export async function verifyPages(dir: string, stack: E2eStack): Promise<readonly Outcome[]> {
  const { name } = stack;
  const own = rowsOf(stack);
  const classes = classesOf(own);
  const session = sessionOf(dir);
  const commands = commandsOf(dir, pagesOf(dir)).sort((a, b) => rank(a.text) - rank(b.text));
  const outcomes: Outcome[] = [];
  const problems: string[] = [];
  const givePorts = await takePorts();
  try {
    // Two promotions, so that a rollback has a target.
    must(dir, 'make pipeline');
    must(dir, 'make pipeline VARIANT=fresh');
    for (const { text, pages } of commands) {
      const found = classOf(text, classes);
      if (!found) {
        problems.push(
          `${pages[0]}: ${text} is run by nothing, and belongs to no class of test/e2e/page-classes.ts or of an e2e.ts`,
        );
        continue;
      }
      const key = text.startsWith('make')
        ? `${text}\n${recipe(dir, text)}`
        : text.replaceAll(session.package, '<package>');
      outcomes.push({ command: text, pages, class: found.name });
      if (done.has(key)) continue;
      try {
        session.env = {};
        for (const { environmentOf } of own)
          session.env = { ...session.env, ...(await environmentOf?.(text, session)) };
        await found.check(text, session);
      } catch (error) {
        problems.push(`${pages[0]}: ${text} (${found.name}): ${(error as Error).message}`);
        continue;
      }
      done.add(key);
    }
  } finally {
    await stop(session.collector);
    await stop(session.service);
    await stop(session.cloud?.process);
    givePorts();
  }
  if (session.collected && problems.length === 0)
    writeEvidence(
      'run',
      `${name} (every query of its pages, on a running Prometheus)`,
      providersOf(dir, (path) => path === 'monitoring/prometheus.yml'),
    );
  if (problems.length > 0) throw new Error(problems.join('\n\n'));
  return outcomes;
}

/** The commands that make would execute, without the names of this repository. */
function recipe(dir: string, command: string): string {
  const name = dir.split('/').at(-1)!;
  return must(dir, `${command.replace(/\bmake\b/, 'make -n').replace(/<[^>]*>/g, 'x')} 2>&1 || true`)
    .replaceAll(dir, '')
    .replaceAll(name, '')
    .replaceAll(name.replaceAll('-', '_'), '');
}
