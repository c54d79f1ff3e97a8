import type { OutputFile } from '../stacks.ts';
import type { FileCheck } from './check.ts';
import { isMakefile } from './makefiles.ts';

/**
 * Refuses what macOS does not have: features of GNU make after 3.81 and of bash after 3.2, options of GNU tools that BSD
 * tools do not have, and programs that macOS does not install. Steps of CI are not checked, because they run on Linux.
 */

export type Refused = {
  readonly what: string;
  readonly pattern: RegExp;
  /** Texts that the pattern must find, and texts that it must not find. */
  readonly found: readonly string[];
  readonly fine?: readonly string[];
};

/** The name of a command, where the shell expects one. */
const command = (names: string, rest = ''): RegExp =>
  new RegExp(
    String.raw`(?:^|[|;&({\x60!]|\$\(shell|\b(?:exec|then|do|else|if|while|until|xargs|env|command|sudo|time|nohup|nice|!))[ \t@+!-]*(?:\w+=\S* +)*(?:/usr)?(?:/bin/)?(?:${names})(?![\w./=:-])${rest}`,
    'm',
  );
const option = (names: string, options: string): RegExp =>
  command(names, String.raw`(?:[^\n|;&'"]|'[^'\n]*'|"[^"\n]*")*?\s(?:${options})`);

/** GNU make 3.81, in a Makefile. */
export const MAKE: readonly Refused[] = [
  { what: '.ONESHELL (3.82)', pattern: /^\.ONESHELL\b/m, found: ['.ONESHELL:'] },
  { what: '.SHELLFLAGS (3.82)', pattern: /\.SHELLFLAGS\b/, found: ['.SHELLFLAGS := -ec'] },
  { what: '.SHELLSTATUS (4.2)', pattern: /\.SHELLSTATUS\b/, found: ['$(if $(.SHELLSTATUS),a)'] },
  { what: '.RECIPEPREFIX (3.82)', pattern: /\.RECIPEPREFIX\b/, found: ['.RECIPEPREFIX = >'] },
  { what: '.EXTRA_PREREQS (4.3)', pattern: /\.EXTRA_PREREQS\b/, found: ['.EXTRA_PREREQS = Makefile'] },
  { what: '.NOTINTERMEDIATE (4.4)', pattern: /^\.NOTINTERMEDIATE\b/m, found: ['.NOTINTERMEDIATE: a'] },
  { what: '.WAIT (4.4)', pattern: /(?:^|\s)\.WAIT\b/m, found: ['all: a .WAIT b'] },
  { what: '$(file) (4.0)', pattern: /\$[({]file\s/, found: ['$(file >a,b)'], fine: ['$(filter a,b)'] },
  { what: '$(guile) (4.0)', pattern: /\$[({]guile\s/, found: ['$(guile 1)'] },
  { what: '$(let) (4.4)', pattern: /\$[({]let\s/, found: ['$(let a,b,c)'] },
  { what: '$(intcmp) (4.4)', pattern: /\$[({]intcmp\s/, found: ['$(intcmp 1,2,a)'] },
  {
    what: 'the assignment != (4.0)',
    pattern: /^ *(?:export +|override +)?[\w.-]+ *!=/m,
    found: ['NOW != date', 'export NOW != date'],
    fine: ['\ttest "$$a" != b', 'NOW := $(shell date)'],
  },
  {
    what: 'the assignment ::= (4.0)',
    pattern: /^ *(?:export +|override +)?[\w.-]+ *:{2,3}=/m,
    found: ['A ::= b', 'A :::= b'],
    fine: ['A := b', 'a:: b'],
  },
  { what: 'a target group &: (4.3)', pattern: /^[^\t#\n]*\S *&:/m, found: ['a b &: c'], fine: ['\ttrue &:', 'a: b'] },
  { what: 'undefine (3.82)', pattern: /^ *(?:override +)?undefine\b/m, found: ['undefine A'] },
  { what: 'private (3.82)', pattern: /:\s*(?:export +)?private\s|^private\s/m, found: ['a: private B := 1'] },
  { what: 'load (4.0)', pattern: /^-?load\s/m, found: ['load a.so'] },
  {
    what: 'define with an assignment (3.82)',
    pattern: /^ *(?:export +|override +)?define +\S+ *[:+?!]?=/m,
    found: ['define A =\nb\nendef', 'define A !=\nb\nendef'],
    fine: ['define A\nb\nendef'],
  },
  {
    what: 'export or unexport inside of define',
    pattern: /^ *(?:export|unexport) +define\b/m,
    found: ['export define A'],
  },
  {
    what: 'an option of make after 3.81',
    pattern:
      /(?:\$\(MAKE\)|MAKEFLAGS *[:+]?=)[^\n|;&]*\s(?:-O\w*|-E|--(?:output-sync|trace|eval|shuffle|jobserver-style|no-silent))\b/,
    found: ['\t$(MAKE) -O all', '\t$(MAKE) --trace all', 'MAKEFLAGS += --output-sync=target'],
    fine: ['\t$(MAKE) --no-print-directory all', 'MAKEFLAGS += --no-print-directory'],
  },
  { what: 'MAKE_TERMOUT or MAKE_HOST (4.0)', pattern: /MAKE_(?:TERMOUT|TERMERR|HOST)\b/, found: ['$(MAKE_TERMOUT)'] },
  {
    what: '\\# in a function, which changed in 4.3',
    pattern: /\$\((?!\$)[^\n]*\\#/,
    found: ["A := $(shell echo '\\#')"],
    fine: ["\techo '\\#'"],
  },
];

/** A POSIX shell and bash 3.2. */
export const SHELL: readonly Refused[] = [
  { what: 'mapfile (bash 4)', pattern: command('mapfile|readarray'), found: ['mapfile -t a', 'x | readarray a'] },
  {
    what: 'an associative array (bash 4)',
    pattern: /\b(?:declare|typeset|local) +-\w*A/,
    found: ['declare -A a', 'local -A a'],
    fine: ['declare -a a'],
  },
  {
    what: 'a reference to a name (bash 4.3)',
    pattern: /\b(?:declare|typeset|local) +-\w*n\b/,
    found: ['local -n a=b'],
  },
  {
    what: 'a change of case in an expansion (bash 4)',
    pattern: /\$\{!?\w+(?:\[[^\]]*\])?(?:,{1,2}|\^{1,2})[^}]*\}/,
    found: ['${a,,}', '${a^}', '${a^^}', '${!a,,}'],
    fine: ['${a%,}', '${a#^}'],
  },
  {
    what: 'a negative length in an expansion (bash 4.2)',
    pattern: /\$\{\w+:[^}:]*: *-\d/,
    found: ['${a:1:-1}', '${a:0: -2}'],
    fine: ['${a: -1}', '${a:1:2}', '${a:-1}'],
  },
  { what: 'declare -g (bash 4.2)', pattern: /\b(?:declare|typeset) +-\w*g/, found: ['declare -g a=1'] },
  {
    what: 'a fraction of a second in read (bash 4)',
    pattern: option('read', '-t ?\\d*\\.\\d'),
    found: ['read -t 0.5 a'],
    fine: ['read -t 1 a'],
  },
  { what: 'an operator @ in an expansion (bash 4.4)', pattern: /\$\{\w+@[A-Za-z]\}/, found: ['${a@Q}'] },
  { what: '|& (bash 4)', pattern: /\|&/, found: ['a |& b'], fine: ['a 2>&1 | b'] },
  { what: '&>> (bash 4)', pattern: /&>>/, found: ['a &>> b'], fine: ['a >> b 2>&1'] },
  {
    what: '&>, which a POSIX shell reads as & and >',
    pattern: /(?<!\d)&>(?!>)/,
    found: ['a &> b'],
    fine: ['a >b 2>&1'],
  },
  { what: ';& or ;;& (bash 4)', pattern: /;;?&/, found: ['a) b ;;&', 'a) b ;&'] },
  { what: 'coproc (bash 4)', pattern: command('coproc'), found: ['coproc a'] },
  { what: 'wait -n (bash 4.3)', pattern: option('wait', '-n\\b'), found: ['wait -n'], fine: ['wait "$pid"'] },
  { what: 'a negative index (bash 4.3)', pattern: /\$\{\w+\[-\d/, found: ['${a[-1]}'], fine: ['${a[1]}'] },
  {
    what: 'an array that bash 3.2 calls unbound when it is empty',
    pattern: /(?<!\+"?)\$\{\w+\[[@*]\]\}/,
    found: ['"${a[@]}"', '${a[*]}'],
    fine: ['${a[@]+"${a[@]}"}', '${#a[@]}'],
  },
  { what: 'printf %(...)T (bash 4.2)', pattern: /printf [^\n]*%\([^)]*\)T/, found: ["printf '%(%F)T'"] },
  {
    what: 'a variable of later bash',
    pattern: /\$\{?(?:EPOCHSECONDS|EPOCHREALTIME|BASHPID|SRANDOM|BASH_ARGV0)\b/,
    found: ['$EPOCHSECONDS', '${BASHPID}'],
  },
  { what: '[[ -v ]] (bash 4.2)', pattern: /\[\[ -v\b|\btest -v\b|\[ -v\b/, found: ['[[ -v a ]]', 'test -v a'] },
  {
    what: 'an option of shopt after bash 3.2',
    pattern: /shopt [^\n]*(?:globstar|lastpipe|inherit_errexit|autocd)/,
    found: ['shopt -s globstar'],
  },
  { what: 'a step in braces (bash 4)', pattern: /\{-?\d+\.\.-?\d+\.\.-?\d+\}/, found: ['{1..9..2}'] },
  { what: 'exec {name}> (bash 4.1)', pattern: /exec \{\w+\}[<>]/, found: ['exec {fd}>a'] },
  {
    what: 'read -N or -i (bash 4)',
    pattern: option('read', '-\\w*[Ni]\\b'),
    found: ['read -N 1 a'],
    fine: ['read -r a'],
  },
  {
    what: 'set -o pipefail in a POSIX shell',
    pattern: /^#!\/bin\/sh\n[\s\S]*pipefail/,
    found: ['#!/bin/sh\nset -o pipefail'],
  },
];

/** Programs of macOS, which come from BSD. */
export const TOOLS: readonly Refused[] = [
  {
    what: 'the program',
    pattern: command(
      'sha\\d+sum|md5sum|b2sum|cksum -a|timeout|nproc|tac|shuf|numfmt|realpath|setsid|flock|free|ip|ss|ldd|lscpu|lsb_release|rename|watch|getent|strace|systemctl|wget|gsed|gdate|pidof|runuser|unshare|truncate|getopt|xdg-open|notify-send|gtimeout|greadlink|gstat|ggrep|gfind|gawk',
    ),
    found: [
      'sha256sum a',
      'x=$(cat a | md5sum)',
      '\t@timeout 5 a',
      'exec timeout 5 a',
      'realpath .',
      'wget a',
      '! timeout 5 a',
      '/usr/bin/timeout 5 a',
    ],
    fine: ['shasum -a 256 a', 'python -m a --timeout 5', 'echo "free text"', '# timeout 5'],
  },
  { what: '/proc', pattern: /(?<![\w.])\/proc\//, found: ['cat /proc/cpuinfo'], fine: ['a/proc/b'] },
  {
    what: 'sed -i without a suffix, which BSD sed needs',
    pattern: option('sed', "-[nE]*i[nEe]?(?= )|--in-place\\b|-i ''"),
    found: ["sed -i 's/a/b/' c", "sed -n -i 's/a/b/' c", "sed -i '' 's/a/b/' c", "sed -ie 's/a/b/' c"],
    fine: ["sed -i.bak 's/a/b/' c", "sed 's/ -i /b/' c", "sed -n 's/a/b/p' c"],
  },
  {
    what: 'an option of GNU sed',
    pattern: option(
      'sed',
      '-\\w*[rsz]\\w*(?= )|--(?:regexp-extended|quiet|silent|expression|null-data|separate|posix|debug)',
    ),
    found: ["sed -r 's/a/b/'", "sed -nr 's/a/b/'", "sed --quiet 's/a/b/'"],
    fine: ["sed -E 's/a/b/'", "sed -n 's/a/b/p'"],
  },
  {
    what: 'an escape or a flag of GNU sed',
    pattern: option(
      'sed',
      '[\'"](?:[^\'"\\n]*(?:\\\\[swWbB+?|<>ULE]|\\\\n[^\'"\\n]*/g?[\'"])|s(.).*?\\1.*?\\1[gp\\d]*[IMe])',
    ),
    found: ["sed 's/a\\+/b/'", "sed 's/\\s//'", "sed 's/\\(a\\|b\\)//'", "sed 's/,/\\n/g'", "sed 's/a/b/I'"],
    fine: ["sed 's/^\\(.*\\)$/\\1/'", "sed -n 's/a/b/gp'"],
  },
  {
    what: 'an address or a one-line command of GNU sed',
    pattern: option(
      'sed',
      '(?:-e )?[\'"](?:0,/|\\d+~\\d|[^\'"\\n]*,[+~]\\d|/[^/\'"]*/[IM]|(?:\\d+|\\$|/[^/\'"\\n]*/)? *[aic](?: +[^\'"\\s\\\\]|[a-z]))',
    ),
    found: ["sed '0,/a/s//b/'", "sed '1~2d'", "sed '/a/,+2d'", "sed '/a/Id'", "sed '/a/a b' c", "sed '1i b' c"],
    fine: ["sed '/a/,/b/d'", "sed '1,2d'", "sed -n '/a/p'", "sed 's/a/b, c/'", "sed '/a/d'"],
  },
  {
    what: 'a closing brace that BSD sed reads as part of a command',
    pattern: option('sed', '[\'"](?:[^\'"\\n]*[;{ ])?[pdqDPNnx=]\\}'),
    found: ["sed -n '/a/{p;q}'"],
    fine: ["sed -n '/a/{p;q;}'"],
  },
  {
    what: 'an option of GNU sort',
    pattern: option('sort', '-(?:k ?[\\d.,]+)?\\w*[VzhR]\\w*|--(?!\\s)|-k ?[\\d.,]*[VhR]'),
    found: ['sort -V a', 'x | sort -rV', 'sort -k1,1V a', 'sort --version-sort', 'sort -h', 'A := $(shell sort -V a)'],
    fine: ['sort -u a', 'sort -t, -k2,2n a', 'sort -rn', 'sort -- "$a"'],
  },
  {
    what: 'an option of GNU ls, ps, split, column or tee',
    pattern: option(
      'ls|ps|split|column|tee|comm|join|chown|stty|kill|fold',
      '--(?!\\s)[a-z]|(?<=ls )-\\w*[vXN]\\b|(?<=column )-J|(?<=tee )-p|(?<=stty )-F',
    ),
    found: ['ls -v', 'ps --no-headers', 'split --number=2 a', 'column -J', 'tee -p a', 'chown --reference=a b'],
    fine: ['ls -l', 'ps -o pid', 'tee a', 'kill -9 "$pid"', 'kill -9 -- "-$group"'],
  },
  { what: 'diff --color', pattern: option('diff', '--color'), found: ['diff --color a b'], fine: ['git diff --color'] },
  {
    what: 'a time of sleep that is no number of seconds',
    pattern: command('sleep', ' +(?:\\d+[smhd]|infinity)\\b'),
    found: ['sleep 1m', 'sleep infinity'],
    fine: ['sleep 5', 'sleep 0.5'],
  },
  {
    what: 'a function of GNU expr',
    pattern: command('expr', ' +(?:length|substr|index|match)\\b'),
    found: ['expr length a', 'x=$(expr substr a 1 2)'],
    fine: ['expr 1 + 2'],
  },
  {
    what: 'a name of mktemp that does not end in X',
    pattern: option('mktemp', '[^\\s|;&)]*X{3,}[^X\\s"\'|;&)]'),
    found: ['mktemp aXXXXXX.txt', 'x=$(mktemp "$b/XXXXXX.json")'],
    fine: ['mktemp "$b/XXXXXX"'],
  },
  {
    what: 'an option of GNU date',
    pattern: option('date', '-d\\b|--?(?:date|iso-8601|rfc-\\w+|utc|reference)\\b|-I\\w*|-r [^0-9]|\\+\\S*%N'),
    found: ['date -d yesterday', 'date --iso-8601', 'date -Iseconds', 'x=$(date +%s%N)'],
    fine: ['date -u +%Y-%m-%dT%H:%M:%SZ', 'date +%s'],
  },
  { what: 'stat', pattern: command('stat'), found: ['stat -c %s a', 'x=$(stat -f %z a)'], fine: ['git diff --stat'] },
  { what: 'readlink -f', pattern: option('readlink', '-\\w*[fem]|--'), found: ['readlink -f a'], fine: ['readlink a'] },
  {
    what: 'an option of GNU mktemp',
    pattern: option('mktemp', '--|-p\\b|-\\w*p\\b'),
    found: ['mktemp --suffix=.a', 'mktemp -p b', 'x=$(mktemp --directory)'],
    fine: ['mktemp -d', 'mktemp -d "$b/XXXXXX"'],
  },
  {
    what: 'an option or an escape of GNU grep',
    pattern: option('grep|egrep|fgrep', '-\\w*[PzT]\\w*|--(?:perl-regexp|null-data)'),
    found: ["grep -P 'a'", "x | grep -oP 'a'", 'grep --null-data a'],
    fine: ["grep -Eq 'a'", 'grep -q \'"-P"\' b'],
  },
  {
    what: 'an escape in a basic expression of GNU grep',
    pattern: /\bgrep(?: -(?!E|F)\w+)* (['"])(?:(?!\1).)*\\[+?|]/,
    found: ["grep 'a\\|b' c", "grep -q 'a\\+' c"],
    fine: ["grep -Eq 'a|b'", "grep -E 'a\\|b' c"],
  },
  {
    what: 'an option of GNU find',
    pattern: option(
      'find',
      '-(?:printf|fprintf|readable|executable|writable|regextype|daystart|xtype|samefile|lname|empty -delete)\\b|-newer[aBcm]t|-perm /',
    ),
    found: ["find . -printf '%p'", 'find a -executable', 'find . -perm /111'],
    fine: ['find src -name a -type d -prune -exec rm -rf {} +'],
  },
  { what: 'find without a folder', pattern: command('find', ' +-'), found: ['find -name a'], fine: ['find . -name a'] },
  {
    what: 'an option of GNU xargs',
    pattern: option('xargs', '-\\w*[rda]\\b|--'),
    found: ['a | xargs -r b', "a | xargs -d '\\n' b", 'a | xargs --no-run-if-empty b'],
    fine: ['a | xargs -0 b', 'a | xargs -n 1 b'],
  },
  {
    what: 'an option of GNU head or tail',
    pattern: option('head|tail', '-\\w*[nc] ?-\\d|--|-c \\d+[kKmM]'),
    found: ['head -n -1 a', 'tail --lines=3 a', 'head -c 1K a'],
    fine: ['head -n 1 a', 'tail -n +2 a', 'head -c 16'],
  },
  {
    what: 'a long option of a GNU file tool',
    pattern: option(
      'cp|mv|rm|mkdir|ln|ls|touch|chmod|cat|tee|tr|wc|uniq|du|df|cut|paste|od|rmdir|basename|dirname|id|uname|install',
      '--(?!\\s)[a-z]',
    ),
    found: ['cp --archive a b', 'mkdir --parents a'],
    fine: ['mkdir -p a', 'rm -f -- "$a"', 'git rm --cached a'],
  },
  {
    what: 'an option of GNU tar',
    pattern: option('tar', '--(?:transform|owner|group|sort|wildcards|warning|checkpoint|mtime|exclude-vcs|zstd)'),
    found: ['tar --transform=a -cf b c'],
    fine: ['tar -czf a b'],
  },
  {
    what: 'an option of a GNU file tool',
    pattern:
      /(?:^|[|;&(\s@])(?:cp -\w*[utT]\b|mv -\w*[tT]\b|ln -\w*[rT]\b|install -\w*[Dt]\b|base64 (?:-\w*w\d*|--(?:wrap=\d*|decode)|-d)|touch -d|cat -\w*A|ps -\w*C|uname -\w*[oi]\b|hostname -I|du -\w*b|chown -h)(?=\s|$)/m,
    found: [
      'cp -u a b',
      'mv -t a b',
      'ln -sr a b',
      'cp -rT a b',
      'base64 -w 0',
      'base64 -w0',
      'touch -d yesterday a',
      'uname -o',
    ],
    fine: ['ln -sf a b', 'cp -R a b', 'cp a b', 'uname -s'],
  },
  {
    what: 'an option or a function of GNU awk',
    pattern:
      /\bawk (?:-i\b|[^\n]*--)|\b(?:gensub|asorti?|strftime|systime|patsplit|strtonum)\(|\b(?:PROCINFO|BEGINFILE|ENDFILE|FPAT|IGNORECASE)\b|\bmatch\([^,()]+,[^,()]+,/,
    found: [
      'awk \'{ print gensub(/a/, "b", "g") }\'',
      "awk --posix '1'",
      'awk \'BEGIN { print strftime("%F") }\'',
      "awk 'match($0, /a/, b)'",
    ],
    fine: ['awk \'{ sub(/a/, "b"); print substr($0, 5) }\''],
  },
  {
    what: 'echo with an option or an escape',
    pattern: command('echo', ' +-[neE]+\\b'),
    found: ['echo -n a', '@echo -e a'],
    fine: ["printf '%s' a", 'echo a -n'],
  },
  {
    what: 'which instead of command -v',
    pattern: command('which', ' +[\\w"$]'),
    found: ['which uv', 'if which uv; then'],
    fine: ['command -v uv', ': "${A:?which version?}"'],
  },
];

/** Commands that code in Python starts. */
export const STARTED: readonly Refused[] = [
  {
    what: 'the program',
    pattern: /(?<![\w\])])\[\s*"(?:sha\d+sum|md5sum|timeout|nproc|realpath|readlink|stat|date|sed|setsid|free|ip|ss)"/,
    found: ['run(["sha256sum", path])', 'run([\n    "timeout", "5"])'],
    fine: ['row["date"]'],
  },
  {
    what: '/proc, without a test whether it exists',
    pattern: /(?<!"\/proc[^"]*"\)\.(?:is_dir|exists)\([\s\S]*)["'(]\/proc\/(?![^"]*"\)\.(?:is_dir|exists)\()/,
    found: ['Path("/proc/self/status")'],
    fine: ['if Path("/proc").is_dir():\n    read("/proc/self/status")'],
  },
];

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

function* search(text: string, refused: readonly Refused[]): Generator<string> {
  for (const { what, pattern } of refused)
    for (const match of text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`))) {
      const start = match.index + (/^\s*/.exec(match[0])?.[0].length ?? 0);
      yield `line ${lineOf(text, start)}: not every macOS has ${what}: ${match[0].trim()}`;
    }
}

const blank = (text: string): string => text.replace(/[^\n]/g, '');
/** Replaces comments by nothing, and keeps the numbers of lines. A `#!` line stays. */
const withoutComments = (text: string): string => text.replace(/^[ \t]*#(?!!).*$/gm, blank);

/** A Makefile as make reads it: comments go, and `$$` stays for the shell. */
export const inMakefile = (text: string): string[] => {
  const code = withoutComments(text);
  return [...search(code, MAKE), ...inShell(code.replaceAll('$$', '$'))];
};
export const inShell = (text: string): string[] => {
  const code = withoutComments(text);
  return [...search(code, SHELL), ...search(code, TOOLS)];
};
/** The blocks of a page that a reader copies into a shell. */
const inPage = (text: string): string[] => {
  const open = /^ *```(?:sh|bash|shell|console)$/;
  let isCode = false;
  const code = text.split('\n').map((line) => {
    const isFence = /^ *```/.test(line);
    if (isFence) isCode = !isCode && open.test(line);
    return isCode && !isFence ? line : '';
  });
  return inShell(code.join('\n'));
};
const inPython = (text: string): string[] => [...search(text, STARTED)];

const isScript = (file: OutputFile): boolean =>
  /\.(?:sh|awk)$/.test(file.path) || /^#!.*\b(?:ba|da|z)?sh\b/.test(file.content.text?.slice(0, 80) ?? '');

export const portabilityCheck: FileCheck = {
  name: 'portability',
  accepts: (file) =>
    isMakefile(file.path) || isScript(file) || (/\.(?:md|py)$/.test(file.path) && !file.path.startsWith('deploy/')),
  key: (file) => (isMakefile(file.path) ? 'make' : file.path.slice(file.path.lastIndexOf('.'))),
  find: (text, file) => {
    if (isMakefile(file.path)) return inMakefile(text);
    if (file.path.endsWith('.md')) return inPage(text);
    return file.path.endsWith('.py') ? inPython(text) : inShell(text);
  },
};
