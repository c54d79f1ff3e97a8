import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, lineAt, memo, type StackCheck } from './check.ts';
import { ofMergeRequests } from './delivery.ts';
import { kindOf } from './schemas.ts';
import { readYaml } from './syntax.ts';

/**
 * What pages say about CI. A page that says that CI runs a check names its Make target, and a job of a pull request runs
 * this target. The row of a CI file in a table names the targets that this file runs.
 */

const isCi = (path: string): boolean => ['github-workflows', 'gitlab-ci'].includes(kindOf(path) ?? '');
/** A silent target hands a value to other steps, so it is no part of what a user reads. */
const goals = (text: string): string[] => [...text.matchAll(/\bmake ([a-z][a-z0-9-]*)/g)].map((match) => match[1]!);

const content = memo((text): Record<string, unknown> => {
  const document = readYaml(text)[0];
  return document && document.errors.length === 0 ? (document.toJS() as Record<string, unknown>) : {};
});

/** The targets that a CI file or a job runs. Comments and texts for users do not count. */
function targetsOf(ci: unknown): ReadonlySet<string> {
  const commands: string[] = [];
  const visit = (value: unknown, key = ''): void => {
    if (typeof value === 'string' && ['run', 'script', 'before_script'].includes(key)) commands.push(value);
    if (Array.isArray(value)) for (const item of value) visit(item, key);
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) visit(item, name);
  };
  visit(ci);
  return new Set(commands.flatMap(goals));
}

/** What runs before a merge: workflows of pull requests, and jobs of merge requests. */
function beforeMerge(ci: readonly OutputFile[]): ReadonlySet<string> {
  const jobs = Object.assign({}, ...ci.filter(({ path }) => kindOf(path) === 'gitlab-ci').map(content)) as object;
  const workflows = ci.filter(
    ({ path, content: { text } }) =>
      kindOf(path) === 'github-workflows' && /^ {2}pull_request:|^on: .*\bpull_request\b/m.test(text ?? ''),
  );
  return targetsOf([...workflows.map(content), ...ofMergeRequests({ ...jobs })]);
}

/** Whole sentences: a line break is a space, and a cell of a table ends a sentence. */
const PROMISE = /\bCI (?:runs|checks|tests|builds|refuses)\b(?:(?![.|]\s)[\s\S])*/g;
const ROW = /^\| `([^`]+\.ya?ml)` \|[^|]*\|(.*)\|$/gm;
const inCode = (text: string): string[] => [...text.matchAll(/`make [^`]+`/g)].flatMap(([code]) => goals(code));

function* faultsOf(page: OutputFile, files: ReadonlyMap<string, ReadonlySet<string>>, run: ReadonlySet<string>) {
  const text = page.content.text ?? '';
  for (const match of text.matchAll(PROMISE)) {
    const at = `line ${lineAt(text, match.index)}: "${match[0].split('\n')[0]}"`;
    const named = inCode(match[0]);
    if (named.length === 0) yield `${at} names no make target`;
    for (const target of named) if (!run.has(target)) yield `${at}, but no job of a pull request runs make ${target}`;
  }
  for (const match of text.matchAll(ROW)) {
    const [, path, cell] = match as unknown as [string, string, string];
    const runs = files.get(path);
    if (!runs) continue;
    const at = `line ${lineAt(text, match.index)}`;
    for (const target of inCode(cell)) if (!runs.has(target)) yield `${at}: ${path} does not run make ${target}`;
    const isOwn = new Set(inCode(text));
    for (const target of runs)
      if (target !== 'setup' && !isOwn.has(target)) yield `${at}: ${path} runs make ${target}, which the page omits`;
  }
}

export const promiseCheck: StackCheck = {
  name: 'promises',
  find: (stack: Stack): Fault[] => {
    const ci = [...stack.files.values()].filter(({ path }) => isCi(path));
    const files = new Map(ci.map((file) => [file.path, targetsOf(content(file))]));
    const run = beforeMerge(ci);
    return [...stack.files.values()]
      .filter(({ path }) => path.endsWith('.md'))
      .flatMap((page) => [...faultsOf(page, files, run)].map((message) => ({ path: page.path, message })));
  },
};
