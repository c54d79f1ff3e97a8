import { posix } from 'node:path';
import picomatch from 'picomatch';
import type { OutputFile, Stack } from '../stacks.ts';
import { type Fault, lineAt, memo, type StackCheck } from './check.ts';
import { targetsOf } from './makefiles.ts';

/** Checks references from one file to another: links, commands, paths. */

type Mention = { readonly what: string; readonly line: number };

const isMarkdown = (file: OutputFile): boolean => file.path.endsWith('.md');

/** Replaces matches with blanks, so that offsets keep their lines. */
const blank = (text: string, pattern: RegExp): string => text.replace(pattern, (match) => match.replace(/[^\n]/g, ' '));
const FENCE = /^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm;
const INLINE = /(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)/g;

const find = (text: string, pattern: RegExp, group = 1): Mention[] =>
  [...text.matchAll(pattern)].map((match) => ({ what: match[group]!, line: lineAt(text, match.index) }));

// Markdown links.

const links = memo((text) => {
  const prose = blank(blank(text, FENCE), INLINE);
  return [
    ...find(prose, /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g),
    ...find(prose, /^ {0,3}\[[^\]]+\]: *<?(\S+?)>?$/gm),
  ].filter(({ what }) => !/^[a-z][a-z0-9+.-]*:/i.test(what));
});

const anchors = memo((text) => {
  const seen = new Map<string, number>();
  return new Set(
    find(blank(text, FENCE), /^#{1,6} +(.+?) *#*$/gm).map(({ what }) => {
      const slug = what
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
});

const linkCheck: StackCheck = {
  name: 'links',
  find: (stack) =>
    [...stack.files.values()].filter(isMarkdown).flatMap((file) =>
      (links(file) ?? []).flatMap(({ what, line }): Fault[] => {
        const [target, fragment] = what.split('#') as [string, string?];
        const path =
          target === ''
            ? file.path
            : posix.normalize(posix.join(posix.dirname(file.path), decodeURI(target))).replace(/\/$/, '');
        if (path !== '.' && !stack.paths.has(path))
          return [{ path: file.path, message: `line ${line}: the link ${what} is broken` }];
        const page = stack.files.get(path);
        if (fragment === undefined || !page || !isMarkdown(page) || anchors(page)?.has(fragment)) return [];
        return [{ path: file.path, message: `line ${line}: ${path} has no heading for #${fragment}` }];
      }),
    ),
};

// Commands: `make <target>`.

/** The goals of one make command, without options and variables. */
function goals(command: string): string[] {
  const words = command
    .split(/[;&|<>)#`"']|\\$/)[0]!
    .trim()
    .split(/\s+/);
  const result: string[] = [];
  for (const [index, word] of words.entries()) {
    if (word === '-C' || words[index - 1] === '-C' || word.startsWith('-') || /^\w+[:?]?=/.test(word)) continue;
    if (!/^[a-z][a-z0-9_-]*$/.test(word)) break;
    result.push(word);
  }
  return result;
}

const inCode = (text: string): Mention[] => [
  ...[...text.matchAll(FENCE)].flatMap((match) => commandLines(match[0], lineAt(text, match.index) - 1)),
  ...inline(blank(text, FENCE)),
];
const inline = (text: string): Mention[] =>
  [...text.matchAll(INLINE)].flatMap((match) => {
    const code = /^(?:\w+=\S+ +)*make +(.+)$/.exec(match[2]!.trim());
    return code ? [{ what: code[1]!, line: lineAt(text, match.index) }] : [];
  });
const commandLines = (text: string, offset = 0): Mention[] =>
  find(text, /^(?:[\s$>@-]*(?:run: *|- *)?["']?|.*(?:&&|\|\||;) *)(?:\w+=\S+ +)*(?:\$\(MAKE\)|make) +([^\n]+)/gm).map(
    ({ what, line }) => ({ what, line: line + offset }),
  );

/**
 * Files whose lines are commands. In all other files, a command is text in backticks, in an argument list or after
 * "run".
 */
const isScript = (path: string): boolean =>
  /^\.github\/|gitlab|\.sh$|\.mk$|(^|\/)Makefile$|(^|\/)Dockerfile|\.devcontainer/.test(path);
const spoken = (text: string): Mention[] => [
  ...[
    ...text.matchAll(/`(?:\w+=\S+ +)*make +([a-z][^`\n]*)`/g),
    ...text.matchAll(/["']make["'], *["']([a-z][\w-]*)["']/g),
    ...text.matchAll(/\b[Rr]un:? make ([a-z][\w-]*)/g),
  ].map((match) => ({ what: match[1]!, line: lineAt(text, match.index) })),
];

const commands = memo((text, path): Mention[] => {
  const found = path.endsWith('.md')
    ? inCode(text)
    : [...(isScript(path) ? commandLines(text.replace(/^ *#.*$/gm, '')) : []), ...spoken(text)];
  return found.flatMap(({ what, line }) => goals(what).map((goal) => ({ what: goal, line })));
});

const commandCheck: StackCheck = {
  name: 'commands',
  find: (stack) => {
    const targets = targetsOf(stack);
    return [...stack.files.values()].flatMap((file) =>
      (commands(file) ?? [])
        .filter(({ what }) => !targets.has(what))
        .map(({ what, line }) => ({
          path: file.path,
          message: `line ${line}: the target make ${what} does not exist`,
        })),
    );
  },
};

// Paths of the repository in backticks.

const EXTENSION =
  /\.(?:py|md|ya?ml|toml|json|jsonl|sh|mk|tf|tfvars|hcl|cfg|ini|txt|csv|parquet|lock|env|example|sql|html|onnx|tpl)$/;
const SOURCE = /\.(?:py|md|ya?ml|toml|sh|mk|tf|tfvars)$/;
const NAMES = /(?:^|\/)(?:Makefile|Dockerfile|\.gitignore|\.dockerignore|\.gitattributes|\.editorconfig|\.env)$/;
const isPath = (code: string): boolean =>
  /^[\w.@-][\w./@-]*$/.test(code) &&
  !code.startsWith('@') &&
  (EXTENSION.test(code) || NAMES.test(code) || (code.endsWith('/') && code.length > 2));

const mentionedPaths = memo((text, path): Mention[] => {
  const code = path.endsWith('.md') ? blank(text, FENCE) : text;
  // A bare file name may belong to a run folder (`model.json`) or to any folder. In a page, the name of a source file
  // refers to this repository.
  const isNamed = (what: string): boolean => what.includes('/') || (path.endsWith('.md') && SOURCE.test(what));
  const quoted = find(code, INLINE, 2).filter(({ what }) => isPath(what) && isNamed(what));
  // The address of a runbook in an alert, or a page named in a message. With a folder, it can only be a path of this
  // repository.
  const pages = find(text, /(?<![\w./-])(docs\/[\w./-]+\.md)\b/g);
  return [...new Map([...quoted, ...pages].map((mention) => [`${mention.what} ${mention.line}`, mention])).values()];
});

/** Files that users create. All other files that are created at run time are in .gitignore. */
const MADE = ['uv.lock', 'uv.toml', '.git/'];

const ignoreRules = memo((text): ((path: string) => boolean)[] =>
  text
    .split('\n')
    .filter((line) => line && !line.startsWith('#') && !line.startsWith('!'))
    .map((line) => {
      const pattern = line.replace(/^\//, '').replace(/\/$/, '');
      const anchored = line.replace(/\/$/, '').includes('/');
      const matches = picomatch(
        anchored ? [pattern, `${pattern}/**`] : [pattern, `**/${pattern}`, `${pattern}/**`, `**/${pattern}/**`],
        { dot: true },
      );
      return (path: string) => matches(path);
    }),
);

const pathCheck: StackCheck = {
  name: 'paths',
  find: (stack) => {
    const ignore = stack.files.get('.gitignore');
    const rules = (ignore && ignoreRules(ignore)) ?? [];
    const known = new Map<string, boolean>();
    const exists = (path: string): boolean => {
      let answer = known.get(path);
      if (answer === undefined)
        known.set(path, (answer = stack.paths.has(path) || rules.some((matches) => matches(path))));
      return answer;
    };
    return [...stack.files.values()].flatMap((file) =>
      (mentionedPaths(file) ?? []).flatMap(({ what, line }): Fault[] => {
        const path = what.replace(/\/$/, '');
        const near = posix.normalize(posix.join(posix.dirname(file.path), path));
        if (MADE.includes(what) || exists(path) || exists(near) || isEnd(stack, path)) return [];
        return [{ path: file.path, message: `line ${line}: ${what} does not exist` }];
      }),
    );
  },
};

/** `features.py` or `serving/app.py` alone refers to a file with that name in any folder. */
const ends = new WeakMap<Stack, Set<string>>();
function isEnd(stack: Stack, path: string): boolean {
  let set = ends.get(stack);
  if (!set)
    ends.set(
      stack,
      (set = new Set(
        [...stack.paths].flatMap((each) => each.split('/').map((_, index, steps) => steps.slice(index).join('/'))),
      )),
    );
  return set.has(path);
}

export const MENTION_CHECKS: readonly StackCheck[] = [linkCheck, commandCheck, pathCheck];
