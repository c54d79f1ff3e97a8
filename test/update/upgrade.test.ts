import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editConfig } from '../../src/core/config-edit.ts';
import type { AnyModule } from '../../src/core/contract.ts';
import type { Lock } from '../../src/core/lock.ts';
import { MIGRATIONS, type Migration, migrateConfig, migrateLock } from '../../src/core/migrations.ts';
import { readLock } from '../../src/core/read-lock.ts';
import { renderPlan } from '../../src/core/render.ts';
import { planUpdate } from '../../src/core/update/plan-update.ts';
import { nextLock } from '../../src/core/update/result.ts';
import { targetStateOf } from '../../src/core/update/target-state.ts';
import type { Outcome } from '../../src/core/update/types.ts';
import { openDisk } from '../../src/fs/update/disk.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { commitUpdate } from '../../src/fs/update/transaction.ts';
import { run, sandbox } from '../cli/harness.ts';
import { catalogueOf, choice, file, given, option } from '../unit/helpers.ts';
import { emptyFolders, look } from './scene.ts';

/**
 * A new release: 0.0.9 generated test/fixtures/upgrade/repository, and a user edited it. After that, the release
 * renamed a choice and all its sources, added a choice, changed template texts, renamed a file and removed two.
 */
const VERSION = '0.1.0';
const REPOSITORY = join(import.meta.dirname, '../fixtures/upgrade/repository');

const MOVES: readonly Migration[] = [
  {
    to: '0.1.0',
    because: 'alerts can be sent; who had none has none',
    config: (values) => ({ alerts: 'none', ...values }),
  },
  {
    to: '0.0.10',
    because: 'tracking is called tracker',
    config: ({ tracking, ...rest }) => ({ ...(tracking !== undefined && { tracker: tracking }), ...rest }),
    source: (source) => source.replace(/^tracking\//, 'tracker/'),
  },
  { to: '0.0.9', because: 'done already', config: () => ({ broken: true }) },
];

const catalogue = catalogueOf({
  choices: [choice('tracker', { default: () => 'acme' }), choice('alerts', { default: () => 'mail', order: 2 })],
  modules: [
    option('tracker/acme', {
      owners: { 'params/**': 'tuned', 'src/model.py': 'starter' } as AnyModule['owners'],
      moved: { 'docs/acme.md': 'docs/tools/acme.md' },
    }),
    option('alerts/none'),
    option('alerts/mail'),
  ],
  files: {
    'tracker/acme': [
      file('src/track.py', 'import acme.v2\n\n\ndef start():\n    acme.begin()\n\n\ndef stop():\n    acme.v2.end()\n'),
      file('docs/tools/acme.md', '# Acme\n\nHow it is run.\n\nWhat it costs: nothing.\n'),
      file('params/acme.yaml', 'rate: 2 # a second\nburst: 9\nretry: 3\n'),
      file('bin/run.sh', '#!/bin/sh\nexec acme --v2\n', true),
      file('src/model.py', 'model = "new"\n'),
      file('notes.txt', 'new notes\n'),
      file('src/same.py', 'same = True\n'),
    ],
    'alerts/mail': [file('src/mail.py', 'mail = True\n')],
  },
});

function repository(): string {
  const dir = join(sandbox(), 'demo');
  nodeFs.cpSync(REPOSITORY, dir, { recursive: true });
  // git keeps the executable bit, but not every way to copy a repository does.
  nodeFs.chmodSync(join(dir, 'bin/run.sh'), 0o755);
  return dir;
}

/** The effect of the command, with the migrations of this test. */
function upgrade(dir: string): { outcome: Outcome; changed: readonly string[]; notices: readonly string[] } {
  const lockBytes = nodeFs.readFileSync(join(dir, '.mlops-stack/lock.json'));
  const configBytes = nodeFs.readFileSync(join(dir, 'mlops-stack.yaml'));
  const lock = readLock(lockBytes.toString(), VERSION, undefined, MOVES);
  const read = given(catalogue, configBytes.toString());
  const migrated = { ...read, values: migrateConfig(read.values, lock.generator, MOVES) };
  const target = targetStateOf(migrated, lock, catalogue, 'demo');
  const outcome = planUpdate({
    lock,
    disk: openDisk(dir, nodeFs),
    base: openStore(dir, nodeFs),
    next: renderPlan(target.prepared.plan),
    unmanaged: [],
    conflict: 'markers',
    restore: [],
    moved: target.moved,
  });
  const state = {
    lock: nextLock(target, VERSION, outcome.entries),
    config: editConfig(target.prepared.config, catalogue, migrated),
    schema: '{}\n',
  };
  return {
    outcome,
    changed: commitUpdate(dir, outcome, state, { lock: lockBytes, config: configBytes }, nodeFs),
    notices: target.notices,
  };
}

describe('an update of a repository of an older release', () => {
  const dir = repository();
  const { outcome, notices } = upgrade(dir);
  const read = (path: string): string => nodeFs.readFileSync(join(dir, path), 'utf8');

  it('merges the new texts with the edits', () => {
    expect(outcome.conflicts).toEqual([]);
    expect(read('src/track.py')).toBe(
      'import acme.v2\n\n\ndef start():\n    acme.begin(name="mine")\n\n\ndef stop():\n    acme.v2.end()\n',
    );
    expect(read('bin/run.sh')).toContain('--v2');
    expect(nodeFs.statSync(join(dir, 'bin/run.sh')).mode & 0o111).not.toBe(0);
  });

  it('moves a renamed file with its edit', () => {
    expect(read('docs/tools/acme.md')).toBe(
      '# Acme\n\nHow it is run. At ours: on Mondays.\n\nWhat it costs: nothing.\n',
    );
    expect(nodeFs.existsSync(join(dir, 'docs/acme.md'))).toBe(false);
  });

  it('keeps tuned values and starter files, and does not restore a deleted file', () => {
    expect(read('params/acme.yaml')).toBe('rate: 7 # a second, measured\nburst: 9\nretry: 3\n');
    expect(read('src/model.py')).toBe('model = "mine"\n');
    expect(nodeFs.existsSync(join(dir, 'notes.txt'))).toBe(false);
  });

  it('deletes an unedited file that is no longer generated, and keeps an edited one', () => {
    expect(nodeFs.existsSync(join(dir, 'docs/plain.md'))).toBe(false);
    expect(read('kept/tracker-acme/docs/edited.md')).toBe('# Edited\n\nBy a person.\n');
    expect(emptyFolders(dir)).toEqual([]);
  });

  it('migrates the config, keeps its comments, and adds a new choice without another change', () => {
    const config = read('mlops-stack.yaml');
    for (const line of [
      '# Ours.',
      'tracker: acme # because it is there',
      'alerts: none',
      'name: demo',
      'models: [churn]',
    ])
      expect(config).toContain(line);
    expect(config).not.toContain('tracking');
    expect(nodeFs.existsSync(join(dir, 'src/mail.py'))).toBe(false);
    expect(notices.filter((notice) => /no module of this version/.test(notice))).toEqual([]);
  });

  it('leaves nothing to do for a second run', () => {
    const lock = readLock(read('.mlops-stack/lock.json'), VERSION, undefined, MOVES);
    expect(lock.generator).toBe(VERSION);
    expect(lock.config.choices).toEqual({ tracker: 'acme', alerts: 'none' });
    expect(new Set(lock.entries.map(({ source }) => source.split('/')[0]))).toEqual(new Set(['tracker']));
    expect(openStore(dir, nodeFs).names()).toEqual([...new Set(lock.entries.map((entry) => entry.sha256))].sort());
    const before = look(dir, true);
    expect(upgrade(dir).changed).toEqual([]);
    expect(look(dir, true)).toEqual(before);
  });

  it('parks the edits without the migration', () => {
    const other = repository();
    const text = nodeFs.readFileSync(join(other, '.mlops-stack/lock.json'), 'utf8');
    const lock = readLock(text, VERSION, undefined, []);
    const target = targetStateOf(given(catalogue, undefined, {}), lock, catalogue, 'demo');
    const { actions } = planUpdate({
      lock,
      disk: openDisk(other, nodeFs),
      base: openStore(other, nodeFs),
      next: renderPlan(target.prepared.plan),
      unmanaged: [],
      conflict: 'markers',
      restore: [],
      moved: target.moved,
    });
    expect(actions.filter(({ action }) => action === 'park').map(({ path }) => path)).toContain('src/track.py');
  });
});

describe('the command on a repository of an older release', () => {
  it('checks an older release apart from a changed config, and updates it to this release', async () => {
    const dir = join(sandbox(), 'demo');
    expect((await run([dir, '--yes', '--no-git'], { cwd: sandbox() })).code).toBe(0);
    const place = join(dir, '.mlops-stack/lock.json');
    const now = nodeFs.readFileSync(place, 'utf8');
    nodeFs.writeFileSync(place, now.replace(/"generator": "[^"]*"/, '"generator": "0.0.1"'));
    const checked = await run(['check', '--json'], { cwd: dir });
    expect([checked.code, JSON.parse(checked.out)]).toMatchObject([
      5,
      { ok: false, differences: [{ kind: 'version' }] },
    ]);
    expect((await run(['update', '--yes'], { cwd: dir })).code).toBe(0);
    expect(nodeFs.readFileSync(place, 'utf8')).toBe(now);
    expect((await run(['check'], { cwd: dir })).code).toBe(0);
  });

  it('keeps the edits of files that now come from another part at the same path', async () => {
    const dir = join(sandbox(), 'demo');
    expect((await run([dir, '--yes', '--no-git'], { cwd: sandbox() })).code).toBe(0);
    const place = join(dir, '.mlops-stack/lock.json');
    const now = nodeFs.readFileSync(place, 'utf8');
    const then = now.replace(/_base\/image(\/files\/(?:\.dockerignore|deploy\/Dockerfile)\.ejs)/g, 'target/compose$1');
    expect(then.split('target/compose/files/deploy/Dockerfile.ejs').length).toBe(2);
    nodeFs.writeFileSync(place, then);
    const dockerfile = join(dir, 'deploy/Dockerfile');
    const edited = `${nodeFs.readFileSync(dockerfile, 'utf8')}LABEL team="ours"\n`;
    nodeFs.writeFileSync(dockerfile, edited);
    expect((await run(['update', '--yes'], { cwd: dir })).code).toBe(0);
    expect(nodeFs.readFileSync(dockerfile, 'utf8')).toBe(edited);
    expect(nodeFs.existsSync(join(dir, 'kept'))).toBe(false);
    expect(nodeFs.readFileSync(place, 'utf8')).toBe(now);
  });
});

describe('migrations', () => {
  const lock = readLock(
    nodeFs.readFileSync(join(REPOSITORY, '.mlops-stack/lock.json'), 'utf8'),
    VERSION,
    undefined,
    [],
  );

  it('are applied in order if they are due, without changing their input', () => {
    const values = Object.freeze({ tracking: 'acme' });
    expect(migrateConfig(values, '0.0.9', MOVES)).toEqual({ tracker: 'acme', alerts: 'none' });
    expect(migrateConfig(values, '0.0.10', MOVES)).toEqual({ tracking: 'acme', alerts: 'none' });
    expect(migrateConfig(values, '0.1.0', MOVES)).toEqual(values);
    expect(migrateConfig({ tracking: 'acme', tracker: 'other', alerts: 'mail' }, '0.0.9', MOVES)).toEqual({
      tracker: 'other',
      alerts: 'mail',
    });
  });

  it('rename choices, models, settings and sources in the lock', () => {
    const old: Lock = {
      ...lock,
      config: {
        ...lock.config,
        models: [
          { name: 'a', choices: {} },
          { name: 'b', choices: { framework: 'xgboost' } },
        ],
        settings: { acme: { rate: 1 } },
      },
      settings: { acme: { rate: 1, burst: 2 } },
    };
    const renamed: Migration = {
      to: '0.0.10',
      because: 'a test',
      config: ({ acme, ...rest }) => ({ ...rest, ...(acme !== undefined && { acme2: acme }) }),
    };
    const now = migrateLock(old, [...MOVES, renamed]);
    expect(now.config).toEqual({
      ...old.config,
      choices: { tracker: 'acme', alerts: 'none' },
      settings: { acme2: { rate: 1 } },
    });
    expect(now.settings).toEqual({ acme2: { rate: 1, burst: 2 } });
    expect(now.entries.every(({ source }) => source.startsWith('tracker/'))).toBe(true);
    expect(migrateLock(old, [])).toBe(old);
  });

  it('name one release each, with a reason', () => {
    expect(new Set(MIGRATIONS.map(({ to }) => to)).size).toBe(MIGRATIONS.length);
    for (const { to, because } of MIGRATIONS)
      expect([to, because]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/), expect.stringMatching(/\S/)]);
  });
});
