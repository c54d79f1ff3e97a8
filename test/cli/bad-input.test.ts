import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLUSTERED, NEEDY, run, sandbox, snapshot, warm } from './harness.ts';

/**
 * Each invalid input: a clear message, the documented exit code, and nothing written. A similar valid input is
 * accepted.
 */

type Case = {
  readonly what: string;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly setUp?: (dir: string) => void;
  readonly exit: 2 | 3;
  readonly id: string;
  /** Parts of the message. */
  readonly says: readonly (string | RegExp)[];
  /** The expected content of the JSON problems, in this order. */
  readonly problems?: readonly object[];
  /** The same input without the error, which is accepted. If all rows of a table share one, it is in the last row. */
  readonly good?: readonly string[];
  /** Runs without root permissions, because file permissions do not apply to root. */
  readonly asNobody?: true;
  /** Runs in a process of its own, because the result depends on the size of the stack. */
  readonly alone?: true;
};

const YES = ['demo', '--yes'];
const NOBODY = 65534;
const A_300 = 'a'.repeat(300);
const nested = (depth: number): string => `models: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
const bomb =
  'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n' +
  `${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]\n`).join('')}`;
const big = `${'# a line of a comment that fills the file\n'.repeat(250_000)}tracker: mlflow\n`;

const choices: Case[] = [
  {
    what: 'an unknown choice as a flag',
    args: [...YES, '--traker', 'mlflow'],
    exit: 2,
    id: 'E-ARGS',
    says: ['unknown flag --traker; did you mean --tracker?', 'create-mlops-stack --help'],
    problems: [{ key: '--traker', nearest: '--tracker' }],
    good: [...YES, '--tracker', 'mlflow'],
  },
  {
    what: 'an unknown value of a flag',
    args: [...YES, '--tracker', 'mlflw'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: ['tracker has no option "mlflw"; did you mean mlflow?', 'It has: ', 'create-mlops-stack list'],
    problems: [{ key: 'tracker', value: 'mlflw', nearest: 'mlflow' }],
    good: [...YES, '--tracker', 'mlflow'],
  },
  {
    what: 'a value without a similar option',
    args: [...YES, '--tracker', 'zzzzzzzzzz'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: [/tracker has no option "zzzzzzzzzz"\. It has: .*mlflow/],
    good: [...YES, '--tracker=mlflow'],
  },
  {
    what: 'an unknown value in a list',
    args: [...YES, '--protocols', 'rest,v3'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: ['protocols has no option "v3"; did you mean v2?'],
    problems: [{ key: 'protocols.1', value: 'v3', nearest: 'v2' }],
    good: [...YES, '--protocols', 'rest,v2'],
  },
  {
    what: 'an unknown key in --set',
    args: [...YES, '--set', 'trackr=mlflow'],
    exit: 2,
    id: 'E-CONFIG-KEY',
    says: [
      'there is no choice or block named "trackr"; did you mean tracker?',
      'create-mlops-stack list',
      'create-mlops-stack schema',
    ],
    problems: [{ key: 'trackr', nearest: 'tracker' }],
    good: [...YES, '--set', 'tracker=mlflow'],
  },
  {
    what: 'an unknown value in --set',
    args: [...YES, '--set', 'framework=scikit-lern'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: ['framework has no option "scikit-lern"; did you mean scikit-learn?'],
    problems: [{ key: 'framework', nearest: 'scikit-learn' }],
    good: [...YES, '--set', 'framework=scikit-learn'],
  },
  {
    what: 'a --set without a value',
    args: [...YES, '--set', 'tracker'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--set takes KEY=VALUE, not "tracker"'],
    good: [...YES, '--set', 'tracker=mlflow'],
  },
  {
    what: 'a --set that is not YAML',
    args: [...YES, '--set', 'models=[churn'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--set models: "[churn" is not a value'],
    good: [...YES, '--set', 'models=[churn]'],
  },
  {
    what: 'aliases and odd keys in --set',
    args: [...YES, '--set', 'models=[&a churn, *a]'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--set models: "[&a churn, *a]" is not a value: '],
    good: [...YES, '--set', 'models=[churn]'],
  },
  {
    what: 'a setting of an option that has none',
    args: [...YES, '--set', 'local.region=here'],
    exit: 2,
    id: 'E-CONFIG-KEY',
    says: ['local is an option of cloud and has no settings'],
    good: [...YES, '--set', 'cloud=local'],
  },
  {
    what: 'a prototype as a key',
    args: [...YES, '--set', '__proto__.polluted=1', '--set', 'constructor=1'],
    exit: 2,
    id: 'E-CONFIG-KEY',
    says: ['"__proto__"', '"constructor"'],
    good: YES,
  },
  {
    what: 'an unknown key in the file',
    files: { 'c.yaml': '# mine\nname: demo\ntrakcer: mlflow\n', 'good.yaml': 'tracker: mlflow\n' },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-CONFIG-KEY',
    says: ['c.yaml:3:10: there is no choice or block named "trakcer"; did you mean tracker?'],
    problems: [{ file: 'c.yaml', line: 3, column: 10, key: 'trakcer', value: 'mlflow', nearest: 'tracker' }],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'an unknown value in the file',
    files: { 'c.json': '{\n  "tracker": "mlfow"\n}\n', 'good.json': '{"tracker": "mlflow"}' },
    args: ['demo', '--config', 'c.json'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: ['c.json:2:14: tracker has no option "mlfow"; did you mean mlflow?'],
    problems: [{ file: 'c.json', line: 2, column: 14, key: 'tracker', value: 'mlfow', nearest: 'mlflow' }],
    good: ['demo', '--config', 'good.json'],
  },
  {
    what: 'a value deep in the file',
    files: {
      'c.yaml': 'models:\n  - churn\n  - {name: fraud, framework: xgbost}\n  - {name: spam, framwork: xgboost}\n',
      'good.yaml': 'models: [churn, {name: fraud, framework: xgboost}]\n',
    },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-CONFIG-VALUE',
    says: [
      'c.yaml:3:30: framework has no option "xgbost"; did you mean xgboost?',
      'c.yaml:4:28: a model has no key "framwork"; did you mean framework?',
    ],
    problems: [
      { line: 3, column: 30, key: 'models.1.framework', nearest: 'xgboost' },
      { line: 4, column: 28, key: 'models.2.framwork', nearest: 'framework' },
    ],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'three problems of the file in one run',
    files: {
      'c.yaml': 'tracker: mlfow\ntarget: compose\nserve: fastapi\n',
      'good.yaml': 'tracker: mlflow\ntarget: [compose]\nserver: fastapi\n',
    },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-CONFIG-KEY',
    says: [
      'c.yaml:3:8: there is no choice or block named "serve"; did you mean server?',
      'c.yaml:1:10: tracker has no option "mlfow"',
      'c.yaml:2:9: target takes a list of options, not the word "compose"',
    ],
    problems: [{ key: 'serve' }, { key: 'tracker' }, { key: 'target' }],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'three problems of the command line in one run',
    args: [...YES, '--traker', 'x', '--set', 'y', '--json=maybe', '--name'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--traker', '--set takes KEY=VALUE', '--json takes no value', '--name needs a value'],
    good: [...YES, '--name', 'demo'],
  },
  {
    what: 'a list for a choice with one value',
    files: { 'c.yaml': 'tracker: [mlflow]\n', 'good.yaml': 'tracker: mlflow\n' },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-CONFIG-TYPE',
    says: ['c.yaml:1:1: tracker takes one option, not a list', 'create-mlops-stack explain'],
    problems: [{ file: 'c.yaml', line: 1, key: 'tracker', value: ['mlflow'] }],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'numbers, mappings and null for text values',
    files: {
      'c.yaml': 'cloud: 3\nci: {a: b}\ntracker:\nenvironments: dev\nmodels: {}\n',
      'good.yaml': 'environments: [dev]\n',
    },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-CONFIG-TYPE',
    says: [
      'c.yaml:1:8: cloud takes one option, not the number',
      'c.yaml:2:1: ci takes one option, not a block',
      'tracker takes one option, not nothing',
      'c.yaml:4:15: environments takes a list of strings',
      'c.yaml:5:1: models takes a list',
    ],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'a --set below a word of the file',
    files: { 'c.yaml': 'drift: builtin\n' },
    args: ['demo', '--config', 'c.yaml', '--set', 'drift.window=3'],
    exit: 2,
    id: 'E-CONFIG-TYPE',
    says: ['drift takes one option, not a block'],
    good: ['demo', '--config', 'c.yaml', '--set', 'drift=builtin'],
  },
  {
    what: 'a combination with an unmet need',
    args: [...YES, '--modules', NEEDY, '--target', 'cluster'],
    exit: 2,
    id: 'E-NEED-UNMET',
    says: [
      'target/cluster needs artifactStore, and what cloud/local provides does not fit: ' +
        'a pod cannot read the files of your machine',
      /--set cloud=(?:aws|bucket)/,
    ],
    problems: [{ key: 'target', value: 'cluster' }],
    good: [...YES, '--modules', NEEDY, '--target', 'cluster', '--set', 'cloud=bucket'],
  },
  {
    what: 'a need that the file breaks, where the choice that the user made is the last to be changed',
    files: { 'c.yaml': 'cloud: local\n' },
    args: ['demo', '--modules', NEEDY, '--config', 'c.yaml', '--target', 'cluster'],
    exit: 2,
    id: 'E-NEED-UNMET',
    says: [/resolves it: --set (cloud=(?:aws|bucket)|target=none)/],
    good: ['demo', '--modules', NEEDY, '--config', 'c.yaml', '--target', 'none'],
  },
  {
    what: 'a need of a cluster, on a cloud that has none yet',
    args: [...YES, '--modules', CLUSTERED, '--cloud', 'aws', '--target', 'pods'],
    exit: 2,
    id: 'E-NEED-UNMET',
    says: [
      'target/pods needs kubernetes, and cloud/aws has none, since the AWS module does not create a cluster: ' +
        'a pod runs in a cluster',
      'The smallest change that resolves it: --set target=none',
    ],
    problems: [{ key: 'target', value: 'pods' }],
    good: [...YES, '--modules', CLUSTERED, '--cloud', 'aws', '--target', 'pods', '--set', 'target=none'],
  },
  {
    what: 'an empty list of models or environments',
    args: [...YES, '--models', '[]', '--environments', '[]'],
    exit: 2,
    id: 'E-CONFIG-TYPE',
    says: ['models takes a list of at least one name', 'environments takes at least one name'],
    good: [...YES, '--models', 'churn', '--environments', 'prod'],
  },
];

const name = (value: string, why: string): Case => ({
  what: `the name ${JSON.stringify(value.length > 50 ? `${value.length} characters` : value)}`,
  args: [...YES, `--name=${value}`],
  exit: 2,
  id: 'E-NAME',
  says: [why, 'for example churn-scoring'],
});
const SHAPE = 'it must start with a letter a-z';

const names: Case[] = [
  name('con', 'Windows reserves it'),
  name('com1', 'Windows reserves it'),
  name('-x', SHAPE),
  name('', 'it is empty'),
  name(A_300, 'it has 300 characters, and the limit is 40'),
  name(`it's`, SHAPE),
  name('say "hi"', SHAPE),
  name('two\nlines', SHAPE),
  name('${{ github.token }}', SHAPE),
  name('{{', SHAPE),
  name('<%', SHAPE),
  name('$(id)', SHAPE),
  name('a: b', SHAPE),
  name('123', SHAPE),
  name('Demo', SHAPE),
  name('demo-', SHAPE),
  name('naïve', SHAPE),
  name('class', 'a Python keyword'),
  name('true', 'a Python keyword'),
  name('json', 'a module of the Python standard library'),
  name('mlflow', 'the Python package mlflow, which tools of the stack install, has that name'),
  name('tests', 'has a folder of that name'),
  {
    what: 'a folder named like a keyword',
    args: ['class', '--yes'],
    exit: 2,
    id: 'E-NAME',
    says: ['"class"', 'a Python keyword'],
    good: ['class', '--yes', '--name', 'classy'],
  },
  {
    what: 'a folder of 300 characters with a good name',
    args: [A_300, '--yes', '--name', 'ok'],
    exit: 3,
    id: 'E-TARGET',
    says: ['a path is too long'],
    good: ['a', '--yes', '--name', 'churn-scoring'],
  },
  {
    what: 'a name in the file',
    files: { 'c.yaml': 'name: "{{ x }}"\n', 'good.yaml': 'name: fine\n' },
    args: ['demo', '--config', 'c.yaml'],
    exit: 2,
    id: 'E-NAME',
    says: ['c.yaml:1:7: The project cannot be named "{{ x }}"'],
    problems: [{ line: 1, column: 7, key: 'name' }],
    good: ['demo', '--config', 'good.yaml'],
  },
  {
    what: 'the name of a package that a dependency installs',
    args: ['httpx', '--yes'],
    exit: 2,
    id: 'E-NAME',
    says: [
      'the Python package httpx, which tools of the stack install, has that name. Use httpx-project, for example.',
    ],
    problems: [{ key: 'name', value: 'httpx', nearest: 'httpx-project' }],
    good: ['httpx', '--yes', '--name', 'httpx-project'],
  },
  {
    what: 'environments with the name of a model, of a folder or of another file',
    args: [...YES, '--models', 'churn,qa', '--environments', 'qa,demo,prod'],
    exit: 2,
    id: 'E-NAME',
    says: [
      'the environment "qa" cannot have this name: a model has it, and the audit has a folder for each',
      'Use qa-env, for example.',
      'the environment "demo" cannot have this name: the environment local has the folder .mlops/demo.',
    ],
    problems: [{ nearest: 'qa-env' }, { nearest: 'demo-env' }],
    good: [...YES, '--models', 'churn,demo', '--environments', 'qa,prod'],
  },
  {
    what: 'an environment whose config is the file of the doctor',
    args: [...YES, '--environments', 'dev,doctor'],
    exit: 2,
    id: 'E-NAME',
    says: ['The environment "doctor" cannot have this name: the repository has another file config/doctor.yaml.'],
    good: [...YES, '--environments', 'dev,doctors'],
  },
  {
    what: 'names of models and environments',
    args: [...YES, '--models', '[churn, Churn, class, churn]', '--environments', 'dev,local,dev'],
    exit: 2,
    id: 'E-NAME',
    says: [
      'the model "Churn"',
      'the model "class"',
      'two models are named churn',
      'the environment "local" cannot be used: it always exists',
      'the environment "dev" cannot be used: it is listed twice',
    ],
    good: [...YES, '--models', 'churn,fraud', '--environments', 'dev,prod'],
  },
];

const targets: Case[] = [
  {
    what: 'a target that is a file',
    files: { demo: 'mine' },
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['/demo: it is a file', 'Choose another folder'],
    good: ['other', '--yes'],
  },
  {
    what: 'a target below a file',
    files: { file: 'mine' },
    args: ['file/demo', '--yes'],
    exit: 3,
    id: 'E-TARGET',
    says: ['/file is not a folder, so nothing can be created in it'],
    good: ['folder/demo', '--yes'],
  },
  {
    what: 'a target that is a link',
    setUp: (dir) => (mkdirSync(join(dir, 'real')), symlinkSync('real', join(dir, 'demo'))),
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['it is a symbolic link, and links are not followed'],
    good: ['real', '--yes'],
  },
  {
    what: 'a target that is a link to nothing',
    setUp: (dir) => symlinkSync('nowhere', join(dir, 'demo')),
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['it is a symbolic link'],
    good: ['other', '--yes'],
  },
  {
    what: 'a target below a link',
    setUp: (dir) => (
      mkdirSync(join(dir, 'real')), symlinkSync('real', join(dir, 'link')), symlinkSync('loop', join(dir, 'loop'))
    ),
    args: ['loop/demo', '--yes'],
    exit: 3,
    id: 'E-TARGET',
    says: ['could not be written'],
    good: ['link/demo', '--yes'],
  },
  {
    what: 'a target that is not empty',
    files: { 'demo/a.txt': '', 'demo/README.md': 'mine', 'empty/README.md': 'mine' },
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['it is not empty: it holds a.txt'],
    good: ['empty/sub', '--yes'],
  },
  {
    what: 'a target with many files',
    files: Object.fromEntries('abcdefgh'.split('').map((letter) => [`demo/${letter}`, ''])),
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['it holds a, b, c, d, e and 3 more'],
    good: ['other', '--yes'],
  },
  {
    what: 'a parent that cannot be written',
    setUp: (dir) => lock(dir, 'locked'),
    args: ['locked/demo', '--yes'],
    exit: 3,
    id: 'E-TARGET',
    says: ['/locked cannot be written'],
    good: ['open/demo', '--yes'],
    asNobody: true,
  },
  {
    what: 'an empty target that cannot be written',
    setUp: (dir) => lock(dir, 'demo'),
    args: YES,
    exit: 3,
    id: 'E-TARGET',
    says: ['/demo: it cannot be written'],
    good: ['open', '--yes'],
    asNobody: true,
  },
  {
    what: '.. after a name',
    args: ['demo/../other', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['The folder "demo/../other" cannot be used: it goes up again after a name'],
    good: ['./demo', '--yes'],
  },
  {
    what: '.. at the end',
    args: ['demo/sub/..', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['goes up again after a name'],
    good: ['demo/sub', '--yes'],
  },
  {
    what: 'an empty word',
    args: ['', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['The folder "" cannot be used: it is empty'],
    good: YES,
  },
];

/** root owns `locked`. Next to it is a folder that every user can write. */
function lock(dir: string, locked: string): void {
  mkdirSync(join(dir, locked), { mode: 0o555 });
  mkdirSync(join(dir, 'open'));
  if (process.getuid?.() === 0) chownSync(join(dir, 'open'), NOBODY, NOBODY);
  chmodSync(join(dir, locked), 0o555);
}

const file = (
  what: string,
  content: string | Uint8Array | undefined,
  says: (string | RegExp)[],
  problem: object = { file: 'c.yaml' },
): Case => ({
  what,
  files: { ...(content === undefined ? {} : { 'c.yaml': content }), 'good.yaml': 'tracker: mlflow\n' },
  args: ['demo', '--config', 'c.yaml'],
  exit: 2,
  id: 'E-CONFIG-FILE',
  says: [...says, 'Pass the path of a YAML or JSON file'],
  problems: [problem],
  good: ['demo', '--config', 'good.yaml'],
});

const configs: Case[] = [
  file('a config that is missing', undefined, ['c.yaml: the file does not exist']),
  file('a config that is not YAML', 'tracker: mlflow\ncloud: "local\n', [/c\.yaml:[23]:\d+: it is not valid YAML/]),
  file('a config that is a list', '- tracker\n- mlflow\n', ['c.yaml:1:1: it has no keys']),
  file('a config that is a sentence', 'take the defaults please\n', ['it has no keys']),
  file('a config of 10 MB', big, [/it has \d{8} bytes; a config has at most 1000000/]),
  file('an alias bomb', bomb, ['its aliases cannot be expanded', 'Write the values without aliases']),
  file('an alias of itself', 'models: &m [*m]\n', ['an alias refers to its own anchor']),
  file('an alias without an anchor', 'models: *m\n', ['its aliases cannot be expanded']),
  { ...file('a config that is nested 10,000 deep', nested(10_000), ['it is nested too deeply']), alone: true },
  file('a config that is not UTF-8', Buffer.from('tracker: \xff\xfe\n', 'latin1'), ['it is not UTF-8 text']),
  file('a config in UTF-16', Buffer.from('\ufefftracker: mlflow\n', 'utf16le'), ['it is not UTF-8 text']),
  file('a duplicate key', 'tracker: mlflow\ncloud: local\ntracker: mlflow\n', [/c\.yaml:3:1: .*unique/], {
    file: 'c.yaml',
    line: 3,
    column: 1,
  }),
  file('a key that is not a scalar', 'cloud: local\n{a: b}: c\n', ['c.yaml:2:1: a key is not text'], {
    file: 'c.yaml',
    line: 2,
    column: 1,
  }),
  file('two documents', 'tracker: mlflow\n---\ncloud: local\n', ['c.yaml:2:1: it is not valid YAML']),
  {
    ...file('a config that is a folder', undefined, ['c.yaml: it is not a file']),
    setUp: (dir) => mkdirSync(join(dir, 'c.yaml')),
  },
  {
    ...file('a config with a file name that is too long', undefined, ['it cannot be read: ENAMETOOLONG'], {}),
    args: ['demo', '--config', A_300],
  },
  {
    ...file('a config below a file', 'tracker: mlflow\n', ['it cannot be read: ENOTDIR'], {}),
    args: ['demo', '--config', 'c.yaml/x'],
  },
  {
    ...file('a config without read permission', 'tracker: mlflow\n', ['it cannot be read: EACCES']),
    setUp: (dir) => (chmodSync(join(dir, 'c.yaml'), 0o000), lock(dir, 'locked')),
    good: ['open/demo', '--config', 'good.yaml'],
    asNobody: true,
  },
];

const lines: Case[] = [
  {
    what: 'an unknown flag',
    args: [...YES, '--dryrun'],
    exit: 2,
    id: 'E-ARGS',
    says: ['unknown flag --dryrun; did you mean --dry-run?', 'create-mlops-stack --help'],
    problems: [{ key: '--dryrun', nearest: '--dry-run' }],
    good: [...YES, '--dry-run'],
  },
  {
    what: 'an unknown short flag',
    args: [...YES, '-x'],
    exit: 2,
    id: 'E-ARGS',
    says: ['unknown flag -x.'],
    good: YES,
  },
  {
    what: 'a flag without its value',
    args: ['demo', '--yes', '--config'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--config needs a value'],
    good: YES,
  },
  {
    what: 'a flag with another flag for a value',
    args: ['demo', '--name', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--name needs a value'],
    good: ['demo', '--name', 'demo', '--yes'],
  },
  {
    what: '--modules with another flag for a value',
    args: ['demo', '--modules', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--modules needs a value'],
    good: ['demo', '--modules', NEEDY, '--yes'],
  },
  {
    what: 'a switch with a value',
    args: ['demo', '--yes=no'],
    exit: 2,
    id: 'E-ARGS',
    says: ['--yes takes no value'],
    good: YES,
  },
  {
    what: 'two folders',
    args: ['demo', 'other', '--yes'],
    exit: 2,
    id: 'E-ARGS',
    says: ['create takes one argument, not "demo" "other"'],
    good: YES,
  },
  {
    what: 'a word after plan',
    args: ['plan', 'demo'],
    exit: 2,
    id: 'E-ARGS',
    says: ['plan takes no argument, not "demo"'],
    good: ['plan'],
  },
  {
    what: 'two words after list',
    args: ['list', 'tracker', 'cloud'],
    exit: 2,
    id: 'E-ARGS',
    says: ['list takes one argument'],
    good: ['list', 'tracker'],
  },
  {
    what: 'list with an unknown choice',
    args: ['list', 'traker'],
    exit: 2,
    id: 'E-COMMAND',
    says: ['there is no choice "traker"; did you mean tracker?'],
    problems: [{ value: 'traker', nearest: 'tracker' }],
    good: ['list', 'tracker'],
  },
  {
    what: 'explain without a word',
    args: ['explain'],
    exit: 2,
    id: 'E-COMMAND',
    says: ['explain needs an argument'],
    good: ['explain', 'tracker'],
  },
  {
    what: 'explain with an unknown word',
    args: ['explain', 'prefct'],
    exit: 2,
    id: 'E-COMMAND',
    says: ['"prefct" is not a choice, an option, an error ID or a generated path', 'did you mean prefect?'],
    problems: [{ nearest: 'prefect' }],
    good: ['explain', 'prefect'],
  },
  {
    what: 'explain with an option of two choices',
    args: ['explain', 'mlflow'],
    exit: 2,
    id: 'E-COMMAND',
    says: [/mlflow is an option of more than one choice. Use one of: .*tracker\/mlflow/],
    good: ['explain', 'tracker/mlflow'],
  },
  {
    what: 'a repository command outside a repository',
    args: ['update'],
    exit: 2,
    id: 'E-REPOSITORY',
    says: ['it holds neither mlops-stack.yaml nor .mlops-stack', 'create-mlops-stack DIR'],
    good: ['create', 'update', '--name', 'update-project', '--yes'],
  },
];

/** Commands that write nothing do not accept --dry-run. */
const accepted = (args: readonly string[]): readonly string[] =>
  ['plan', 'list', 'explain'].includes(args[0]!) ? args : [...args, '--dry-run'];

describe.each([
  ['choices', choices],
  ['names', names],
  ['targets', targets],
  ['config files', configs],
  ['command lines', lines],
])('bad input (%s)', (_, cases) => {
  it.concurrent.each(cases.map((entry) => [entry.what, entry] as const))(
    'is rejected with a clear message and writes nothing: %s',
    async (_what, { args, files = {}, setUp, exit, id, says, problems, good, asNobody, alone }) => {
      const cwd = sandbox(files);
      const uid = asNobody && process.getuid?.() === 0 ? NOBODY : undefined;
      const command = (words: readonly string[]) => (alone || uid ? run(words, { cwd, uid }) : warm(words, { cwd }));
      if (uid !== undefined) {
        chmodSync(cwd, 0o755);
        for (const path of Object.keys(files)) chmodSync(join(cwd, path), 0o644);
      }
      setUp?.(cwd);
      const before = snapshot(cwd);

      const refused = await command(args);
      expect(refused.err.split('\n')[0]).toMatch(new RegExp(`^${id}: `));
      for (const part of says) expect(refused.err).toMatch(part);
      expect(refused).toMatchObject({ code: exit, out: '' });
      expect(refused.err).toContain('Nothing was changed.');
      expect(refused.err).not.toMatch(/^ {4}at |Warning:|undefined|\[object/m);

      if (problems) {
        const machine = await command([...args, '--json']);
        expect(machine.code).toBe(exit);
        expect(JSON.parse(machine.out)).toMatchObject({ error: { id, problems } });
      }
      if (good) expect(await command(accepted(good))).toMatchObject({ code: 0 });
      expect(snapshot(cwd)).toEqual(before);
    },
  );
});

describe('without a terminal', () => {
  it('lists the missing flags, and accepts them', async () => {
    const cwd = sandbox();
    const { code, out, err } = await run([], { cwd });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^E-ANSWER-MISSING: /);
    expect(err).toContain('the folder: create-mlops-stack DIR');
    const asked = [...err.matchAll(/^ {2}(\w+): --\1 (\S+) \(default (\S+)\)$/gm)];
    expect(asked.map(([, choice]) => choice)).toEqual(['cloud', 'orchestrator', 'tracker', 'server', 'target']);
    expect(err).toContain('--yes');
    expect(snapshot(cwd)).toEqual({});

    const flags = asked.flatMap(([, choice, options, preset]) => {
      expect(options!.split('|')).toContain(preset!.split(',')[0]);
      return [`--${choice}`, preset!];
    });
    expect(await run(['demo', ...flags, '--dry-run'], { cwd })).toMatchObject({ code: 0, err: '' });
    expect((await run(['demo', ...flags.slice(2), '--dry-run'], { cwd })).err).toMatch(/^ {2}cloud: --cloud/m);
  });

  it('asks only for the folder if --yes answers the rest', async () => {
    const cwd = sandbox();
    const { code, err } = await run(['--yes'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('create-mlops-stack demo --yes');
    expect(err).not.toContain('--cloud');
    expect(await run(['--yes', '--name', 'demo', '--dry-run'], { cwd })).toMatchObject({ code: 0 });
  });

  it('asks no question if CI is set', async () => {
    expect(await run(['demo'], { cwd: sandbox(), env: { CI: 'true' } })).toMatchObject({ code: 2, out: '' });
  });
});
