import { spawnSync } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deflateObject, type Lock, sha256 } from '../../src/core/lock.ts';
import { readLock } from '../../src/core/read-lock.ts';
import { findUnfinished, recover } from '../../src/fs/update/transaction.ts';
import { type Run, run, sandbox, snapshot, warm } from '../cli/harness.ts';
import { refusal } from '../unit/helpers.ts';

/**
 * A malicious lock, base store, journal or link is refused or repaired. Nothing is written outside the repository, and
 * no unknown file is overwritten.
 */

const VERSION = (
  JSON.parse(nodeFs.readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
).version;
const LOCK = '.mlops-stack/lock.json';

let original: string;
let text: string;
beforeAll(async () => {
  original = join(sandbox(), 'demo');
  expect((await run([original, '--yes', '--no-git', '--tracker', 'mlflow'], { cwd: sandbox() })).code).toBe(0);
  text = nodeFs.readFileSync(join(original, LOCK), 'utf8');
});

/** A temporary repository, next to a folder of another user. */
function repository(): { dir: string; outside: string; around: string } {
  const around = sandbox({ 'outside/theirs.txt': 'theirs', 'outside/sub/deep.txt': 'theirs' });
  const dir = join(around, 'demo');
  nodeFs.cpSync(original, dir, { recursive: true });
  return { dir, outside: join(around, 'outside'), around };
}

const update = (cwd: string, ...args: string[]): Promise<Run> => warm(['update', '--yes', ...args], { cwd });
const swap = (cwd: string, ...args: string[]): Promise<Run> => update(cwd, '--set', 'tracker=wandb', ...args);
const put = (dir: string, path: string, content: string | Uint8Array): void => {
  nodeFs.mkdirSync(dirname(join(dir, path)), { recursive: true });
  nodeFs.writeFileSync(join(dir, path), content);
};
const read = (dir: string, path: string): string => nodeFs.readFileSync(join(dir, path), 'utf8');

type Entry = { -readonly [K in keyof Lock['entries'][number]]: Lock['entries'][number][K] };
type Draft = {
  schema: unknown;
  generator: unknown;
  config: Record<string, unknown>;
  settings: unknown;
  entries: Entry[];
};
/** The text of a lock with changed values. */
const altered = (change: (lock: Draft) => void): string => {
  const lock = JSON.parse(text) as Draft;
  change(lock);
  return JSON.stringify(lock);
};
const withPath = (path: string): string => altered((lock) => void (lock.entries[3]!.path = path));

const LOCKS: readonly [string, () => string, string, RegExp][] = [
  ['that is truncated in the middle', () => text.slice(0, text.length >> 1), 'E-LOCK', /truncated/],
  ['that is truncated by one character', () => text.trimEnd().slice(0, -1), 'E-LOCK', /truncated/],
  ['that is empty', () => '', 'E-LOCK', /truncated/],
  ['that is not JSON', () => 'hello', 'E-LOCK', /not JSON/],
  ['that is a list', () => '[]', 'E-LOCK', /not valid/],
  ['that is null', () => 'null', 'E-LOCK', /not valid/],
  [
    'with merge conflict markers',
    () => text.replace('  "entries": [', '<<<<<<< HEAD\n  "entries": [\n=======\n  "entries": [\n>>>>>>> other'),
    'E-LOCK',
    /merge conflict markers/,
  ],
  [
    'with merge conflict markers and CRLF',
    () => text.replace('  "entries": [', '<<<<<<< HEAD\r\n  "entries": [\r\n=======\r\n>>>>>>> other\r'),
    'E-LOCK',
    /merge conflict markers/,
  ],
  ['of a later format', () => altered((lock) => void (lock.schema = 99)), 'E-LOCK-NEWER', /format is 99/],
  ['of a later release', () => altered((lock) => void (lock.generator = '999.0.0')), 'E-LOCK-NEWER', /999\.0\.0/],
  ['of no release', () => altered((lock) => void (lock.generator = '1.0.0; rm -rf /')), 'E-LOCK', /generator/],
  ['with a format that is a word', () => altered((lock) => void (lock.schema = '1')), 'E-LOCK', /schema/],
  ['without entries', () => altered((lock) => void delete (lock as Partial<Draft>).entries), 'E-LOCK', /entries/],
  [
    'with a hash that is a path',
    () => altered((lock) => void (lock.entries[3]!.sha256 = '../../outside/theirs.txt')),
    'E-LOCK',
    /not a SHA-256 hash/,
  ],
  [
    'with a hash in capitals',
    () => altered((lock) => void (lock.entries[3]!.sha256 = 'A'.repeat(64))),
    'E-LOCK',
    /not a SHA-256 hash/,
  ],
  [
    'with an unknown state',
    () => altered((lock) => void (lock.entries[3]!.state = 'gone' as never)),
    'E-LOCK',
    /state/,
  ],
  [
    'with an unknown key',
    () => altered((lock) => void Object.assign(lock.entries[3]!, { run: 'rm' })),
    'E-LOCK',
    /entries\.3/,
  ],
  [
    'with a path that is a number',
    () => altered((lock) => void (lock.entries[3]!.path = 7 as never)),
    'E-LOCK',
    /entries\.3\.path/,
  ],
  ...(
    [
      ['..', '../outside/theirs.txt'],
      ['.. in the middle', 'src/../../outside/theirs.txt'],
      ['an absolute path', '/etc/passwd'],
      ['a drive', 'C:/outside/theirs.txt'],
      ['a backslash', '..\\outside\\theirs.txt'],
      ['a NUL', 'src/a\0.py'],
      ['an empty path', ''],
      ['an empty step', 'src//a.py'],
      ['a device of Windows', 'src/nul.txt'],
      ['a stream of Windows', 'src/a.py:hidden'],
      ['a hook of git', '.git/hooks/pre-commit'],
      ['a hook of git, in capitals', '.GIT/hooks/pre-commit'],
      ['a hook of git, as Windows shortens it', 'GIT~1/hooks/pre-commit'],
      ['the lock itself', '.mlops-stack/lock.json'],
      ['the config', 'mlops-stack.yaml'],
    ] as const
  ).map(([what, path]): [string, () => string, string, RegExp] => [
    `with ${what}`,
    () => withPath(path),
    'E-LOCK',
    /must not be written/,
  ]),
  [
    'with two names that differ only in case',
    () =>
      altered(
        (lock) =>
          void lock.entries.push({ ...lock.entries[3]!, path: lock.entries[3]!.path.toUpperCase(), source: 'other' }),
      ),
    'E-LOCK',
    /differ only in case/,
  ],
  [
    'with a file listed twice',
    () => altered((lock) => void lock.entries.push(lock.entries[3]!)),
    'E-LOCK',
    /listed twice/,
  ],
  [
    'with a kept file outside of kept/',
    () => altered((lock) => void Object.assign(lock.entries[3]!, { state: 'kept', kept: 'src/x.py' })),
    'E-LOCK',
    /not below kept/,
  ],
  [
    'with a kept file that goes up',
    () =>
      altered((lock) => void Object.assign(lock.entries[3]!, { state: 'kept', kept: 'kept/../../outside/theirs.txt' })),
    'E-LOCK',
    /cannot be kept/,
  ],
  [
    'with a place for a file that is not kept',
    () => altered((lock) => void Object.assign(lock.entries[3]!, { kept: 'kept/x.py' })),
    'E-LOCK',
    /state is managed/,
  ],
  [
    'with two files kept in one place',
    () =>
      altered((lock) => {
        for (const entry of lock.entries.slice(3, 5)) Object.assign(entry, { state: 'kept', kept: 'kept/x.py' });
      }),
    'E-LOCK',
    /kept at one path/,
  ],
];

describe('readLock', () => {
  it('reads a lock as it was written', () => {
    const lock = readLock(text, VERSION);
    expect(lock.entries.length).toBeGreaterThan(50);
    expect(lock).toEqual(JSON.parse(text));
    // Checked out with CRLF, and saved by an editor that adds a byte order mark.
    expect(readLock(`\ufeff${text.replaceAll('\n', '\r\n')}`, VERSION)).toEqual(lock);
  });

  it('reads a lock of an older release and entries of every state', () => {
    const older = altered((lock) => {
      lock.generator = '0.0.1';
      Object.assign(lock.entries[3]!, { state: 'kept', kept: 'kept/tracker-mlflow/a.py' });
      lock.entries[4]!.state = 'deleted';
      // The file of a removed module can differ only in case from a file of a new module.
      lock.entries.push({
        ...lock.entries[5]!,
        path: lock.entries[5]!.path.toUpperCase(),
        source: 'other',
        state: 'deleted',
      });
    });
    expect(readLock(older, VERSION).entries.map((entry) => entry.state)).toEqual(
      expect.arrayContaining(['managed', 'kept', 'deleted']),
    );
  });

  it.each(LOCKS)('rejects a lock %s', (_what, make, id, says) => {
    expect(refusal(() => readLock(make(), VERSION))).toMatchObject({
      id,
      exit: 3,
      problems: expect.arrayContaining(
        [{ file: LOCK, message: expect.stringMatching(says) }].map((problem) => expect.objectContaining(problem)),
      ),
    });
  });

  it('reports every problem with its line at once', () => {
    const lines = text.split('\n');
    const rows = lines.flatMap((line, index) => (line.includes('"path":"src/') ? [index] : [])).slice(0, 2);
    for (const row of rows) lines[row] = lines[row]!.replace('"path":"src/', '"path":"../');
    const { problems } = refusal(() => readLock(lines.join('\n'), VERSION));
    expect(problems.map(({ line }) => line)).toEqual(rows.map((row) => row + 1));
    const marked = text.split('\n');
    marked.splice(9, 0, '<<<<<<< HEAD');
    expect(refusal(() => readLock(marked.join('\n'), VERSION)).problems[0]!.line).toBe(10);
  });

  it.each([
    ['..', () => withPath('../outside/theirs.txt')],
    ['truncated', () => text.slice(0, 5000)],
    ['from the future', () => altered((lock) => void (lock.generator = '999.0.0'))],
    ['with markers', () => `<<<<<<< HEAD\n${text}`],
  ] as const)('%s: no command writes a byte', async (_what, make) => {
    const { dir, around } = repository();
    put(dir, LOCK, make());
    const before = snapshot(around);
    for (const args of [
      ['update', '--yes', '--set', 'tracker=wandb'],
      ['update', '--yes', '--set', 'tracker=wandb', '--allow-dirty'],
      ['update', '--dry-run'],
      ['diff'],
      ['check'],
    ]) {
      const done = await run(args, { cwd: dir });
      expect([args, done.code, done.err]).toEqual([args, 3, expect.stringMatching(/^E-LOCK/)]);
    }
    expect(snapshot(around)).toEqual(before);
  });

  it('writes nothing outside the repository for a hostile config', async () => {
    const { dir, around, outside } = repository();
    put(
      dir,
      LOCK,
      altered((lock) => {
        lock.config['name'] = '../../outside';
        lock.config['models'] = [{ name: '../../../outside/x', choices: {} }];
        lock.settings = JSON.parse('{"__proto__": {"polluted": true}, "aws": {"region": "$(touch /tmp/x)"}}');
      }),
    );
    nodeFs.rmSync(join(dir, '.mlops-stack/base'), { recursive: true });
    const before = snapshot(outside);
    const done = await swap(dir);
    expect([0, 3, 4]).toContain(done.code);
    expect(done.err).not.toContain('This is a bug');
    expect(snapshot(outside)).toEqual(before);
    expect(nodeFs.readdirSync(around).sort()).toEqual(['demo', 'outside']);
  });
});

describe('update after the loss of the lock', () => {
  it.each([
    ['the lock', LOCK],
    ['the whole state folder', '.mlops-stack'],
  ])('adopts equal files, keeps edited files and writes a new lock if %s is gone', async (_what, path) => {
    const { dir } = repository();
    put(dir, 'Makefile', 'mine\n');
    nodeFs.rmSync(join(dir, path), { recursive: true });
    const done = await update(dir);
    expect([done.code, read(dir, 'Makefile')]).toEqual([4, 'mine\n']);
    expect(read(dir, 'Makefile.generated')).toBe(read(original, 'Makefile'));
    expect(readLock(read(dir, LOCK), VERSION).entries.length).toBe(readLock(text, VERSION).entries.length);
    const others = Object.fromEntries(
      Object.entries(snapshot(original)).filter(([name]) => !/^Makefile|^\.mlops-stack/.test(name)),
    );
    expect(snapshot(dir)).toMatchObject(others);
  });

  it('reports no conflict if no file was edited', async () => {
    const { dir } = repository();
    nodeFs.rmSync(join(dir, LOCK));
    expect((await update(dir)).code).toBe(0);
    expect(read(dir, LOCK)).toBe(text);
  });
});

describe('update with a damaged base object', () => {
  const adapter = 'src/demo/tracking/__init__.py';
  const objectOf = (path: string): string =>
    `.mlops-stack/base/${readLock(text, VERSION).entries.find((entry) => entry.path === path)!.sha256}`;

  /** Possible faults of a base object. With each of them, an edited file must be kept. */
  it.each([
    [
      'with other content',
      (place: string) => nodeFs.writeFileSync(place, deflateObject(Buffer.from('another base\n'))),
    ],
    ['truncated', (place: string) => nodeFs.truncateSync(place, 5)],
    ['missing', (place: string) => nodeFs.rmSync(place)],
    ['that is a folder', (place: string) => (nodeFs.rmSync(place), nodeFs.mkdirSync(place))],
    [
      'that is a link',
      (place: string) => (nodeFs.renameSync(place, `${place}.moved`), nodeFs.symlinkSync(`${place}.moved`, place)),
    ],
  ])('never overwrites an edited file if the object %s', async (_what, harm) => {
    const { dir, outside } = repository();
    const mine = `${read(dir, adapter)}\n# mine\n`;
    put(dir, adapter, mine);
    harm(join(dir, objectOf(adapter)));
    const before = snapshot(outside);
    const done = await swap(dir);
    expect([0, 3, 4]).toContain(done.code);
    expect(done.err).not.toContain('This is a bug');
    expect(read(dir, adapter)).toContain('# mine');
    expect(snapshot(outside)).toEqual(before);
  });

  it('merges the same edit if the object is intact', async () => {
    const { dir } = repository();
    put(dir, adapter, `${read(dir, adapter)}\n# mine\n`);
    expect((await swap(dir)).code).toBe(0);
    expect(read(dir, adapter)).toMatch(/wandb[^]*# mine/);
  });
});

describe('a symbolic link', () => {
  const adapter = 'src/demo/tracking/mlflow.py';
  /** Moves a path to the folder outside and replaces it with a link to the new location. */
  const link = (dir: string, outside: string, path: string): void => {
    const there = join(outside, basename(path));
    if (nodeFs.existsSync(join(dir, path))) nodeFs.renameSync(join(dir, path), there);
    else nodeFs.mkdirSync(there);
    nodeFs.mkdirSync(dirname(join(dir, path)), { recursive: true });
    nodeFs.symlinkSync(there, join(dir, path));
  };

  it.each([
    ['a file that would be written', 'Makefile'],
    ['a file that would be deleted', adapter],
    ['the folder of a file', 'src/demo/tracking'],
    ['a folder further up', 'src/demo'],
    ['a folder at the top', 'src'],
    ['a folder that would be made', 'kept'],
    ['the state folder', '.mlops-stack'],
    ['the lock', LOCK],
    ['the base store', '.mlops-stack/base'],
    ['the schema', '.mlops-stack/schema.json'],
    ['the config', 'mlops-stack.yaml'],
    ['the pid file', '.mlops-stack/pid'],
    ['the journal', '.mlops-stack/journal.json'],
  ])('is rejected in place of %s, and nothing is written here or at its destination', async (_what, path) => {
    const { dir, outside, around } = repository();
    // So that the file would move to kept/.
    put(dir, adapter, `${read(dir, adapter)}# mine\n`);
    link(dir, outside, path);
    const before = snapshot(around);
    const done = await swap(dir);
    expect([done.code, done.err]).toEqual([
      3,
      expect.stringMatching(/^E-(OBSTACLE|LOCK|UNFINISHED|WRITE)[^]*(link|obstacle)/),
    ]);
    expect(done.err).toContain(path.split('/').at(-1));
    expect(snapshot(around)).toEqual(before);
  });

  it('in place of the staging area is removed, and its destination stays', async () => {
    const { dir, outside } = repository();
    nodeFs.symlinkSync(join(outside, 'sub'), join(dir, '.mlops-stack/staging'));
    const before = snapshot(outside);
    expect((await swap(dir)).code).toBe(0);
    expect(snapshot(outside)).toEqual(before);
    expect(nodeFs.existsSync(join(dir, '.mlops-stack/staging'))).toBe(false);
  });

  it('to the repository itself is accepted', async () => {
    const { dir, around } = repository();
    nodeFs.symlinkSync(dir, join(around, 'here'));
    expect((await swap(join(around, 'here'))).code).toBe(0);
    expect(nodeFs.existsSync(join(dir, 'src/demo/tracking/wandb.py'))).toBe(true);
  });
});

describe('file names that differ only in case', () => {
  it("do not change the user's file beside a generated one", async () => {
    const { dir } = repository();
    put(dir, 'src/demo/tracking/WANDB.py', 'mine\n');
    const isOneFile = nodeFs.existsSync(join(dir, 'src/demo/tracking/wandb.py'));
    const done = await swap(dir);
    expect(done.code).toBe(isOneFile ? 4 : 0);
    expect(read(dir, 'src/demo/tracking/WANDB.py')).toBe('mine\n');
  });
});

describe('a journal that came with a cloned repository', () => {
  const evil = Buffer.from('#!/bin/sh\ntouch owned\n');
  const journal = (path: string, more: object = {}): string =>
    JSON.stringify({ version: 1, steps: [{ path, after: { sha256: sha256(evil), mode: 0o755 } }], made: [], ...more });
  const plant = (dir: string, content: string): void => {
    put(dir, '.mlops-stack/staging/0.after', evil);
    nodeFs.chmodSync(join(dir, '.mlops-stack/staging/0.after'), 0o755);
    put(dir, '.mlops-stack/journal.json', content);
  };

  it.each([
    ['that goes up', () => journal('../outside/new.txt'), /must not be written/],
    ['with an absolute path', () => journal('/etc/cron.d/x'), /must not be written/],
    ['with a hook of git', () => journal('.git/hooks/pre-commit'), /belongs to git/],
    ['that makes a folder outside', () => journal('a.txt', { made: ['../outside/made'] }), /must not be written/],
    ['that is not JSON', () => '{"version": 1', /not JSON/],
    ['of another version', () => journal('a.txt', { version: 2 }), /not a journal of this version/],
    [
      'with rights beyond rwx',
      () => journal('a.txt', { steps: [{ path: 'a.txt', after: { sha256: sha256(evil), mode: 0o4755 } }] }),
      /not a journal of this version/,
    ],
  ])('is rejected in both directions without any write if it is one %s', (_what, make, says) => {
    const { dir, around } = repository();
    spawnSync('git', ['init', '--quiet', dir]);
    plant(dir, make());
    const before = snapshot(around);
    const hooks = nodeFs.readdirSync(join(dir, '.git/hooks')).sort();
    for (const way of ['forward', 'abort'] as const)
      expect(refusal(() => recover(dir, way, nodeFs))).toMatchObject({
        id: 'E-UNFINISHED',
        problems: [{ message: expect.stringMatching(says) }],
        hint: expect.stringContaining('.mlops-stack/journal.json'),
      });
    expect(findUnfinished(dir, nodeFs)).toBe(true);
    expect(snapshot(around)).toEqual(before);
    expect(nodeFs.readdirSync(join(dir, '.git/hooks')).sort()).toEqual(hooks);
  });

  it('is rejected if a path leads through a link, and carried out without the link', () => {
    const { dir, outside } = repository();
    nodeFs.symlinkSync(outside, join(dir, 'way'));
    plant(dir, journal('way/new.txt'));
    const before = snapshot(outside);
    expect(refusal(() => recover(dir, 'forward', nodeFs))).toMatchObject({
      id: 'E-UNFINISHED',
      problems: [{ message: expect.stringContaining('symbolic link') }],
    });
    expect(snapshot(outside)).toEqual(before);
    nodeFs.rmSync(join(dir, 'way'));
    expect(recover(dir, 'forward', nodeFs)).toBe('rolled forward');
    expect(read(dir, 'way/new.txt')).toBe(evil.toString());
  });

  it('is rejected if staged content does not match its hash', () => {
    const { dir, around } = repository();
    plant(dir, journal('new.txt'));
    put(dir, '.mlops-stack/staging/0.after', 'something else');
    const before = snapshot(around);
    expect(refusal(() => recover(dir, 'forward', nodeFs))).toMatchObject({ id: 'E-UNFINISHED' });
    expect(snapshot(around)).toEqual(before);
  });

  it('is rejected if it replaces a file that does not match its record', () => {
    const { dir } = repository();
    plant(
      dir,
      journal('README.md', {
        steps: [
          {
            path: 'README.md',
            before: { sha256: sha256(Buffer.from('x')), mode: 0o644 },
            after: { sha256: sha256(evil), mode: 0o755 },
          },
        ],
      }),
    );
    expect(refusal(() => recover(dir, 'forward', nodeFs))).toMatchObject({
      id: 'E-UNFINISHED',
      problems: [{ file: 'README.md' }],
    });
    expect(read(dir, 'README.md')).toBe(read(original, 'README.md'));
  });
});
