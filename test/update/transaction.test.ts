import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { deflateObject, sha256 } from '../../src/core/lock.ts';
import { openStore } from '../../src/fs/update/store.ts';
import { commitUpdate, findUnfinished, recover } from '../../src/fs/update/transaction.ts';
import { refusal } from '../unit/helpers.ts';
import { expected, look, sceneOf, watched } from './scene.ts';
import { apply, failure, repository, scene, TARGET } from './small.ts';

/**
 * A disk fails or disappears while an update is written. The repository is as before or as after, and the message says
 * which.
 */

const total = ((): number => {
  const fs = watched(() => {});
  apply(repository(), fs);
  return fs.count();
})();

/** The system calls that fail if nothing can be written: data and names that need space. */
const NEEDS_ROOM = ['mkdirSync', 'writeFileSync', 'linkSync'];

function caught(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an update on a disk that refuses one write', () => {
  it.each(['ENOSPC', 'EACCES', 'ENOENT', 'EIO'])('ends with all changes or none if any write fails with %s', (code) => {
    let refused = 0;
    for (let at = 1; at <= total; at++) {
      const dir = repository();
      const before = look(dir, true);
      const error = caught(() =>
        apply(
          dir,
          watched((n) => {
            if (n === at) throw failure(code);
          }),
        ),
      );
      const after = look(dir, true);
      if (error === undefined) {
        // A copy instead of a link, or the cleanup, which the next run does.
        recover(dir, 'forward', nodeFs);
        expect([at, look(dir)]).toEqual([at, expected(scene)]);
        continue;
      }
      refused++;
      // Errors of the target folder are for the user to fix. A hardware fault keeps its own message.
      if (code === 'EIO') expect(error).not.toBeInstanceOf(UserError);
      else if ((error as UserError).id === 'E-UNFINISHED') {
        // Only the journal itself could not be removed.
        expect(recover(dir, 'forward', nodeFs)).toBe('rolled forward');
        expect([at, look(dir)]).toEqual([at, expected(scene)]);
        continue;
      } else expect(error).toMatchObject({ id: 'E-WRITE', exit: 3, problems: [{ file: expect.any(String) }] });
      if (findUnfinished(dir, nodeFs)) expect(recover(dir, 'abort', nodeFs)).toBe('undone');
      expect([at, after['.mlops-stack/journal.json'] ?? 'gone', look(dir, true)]).toEqual([
        at,
        expect.any(String),
        before,
      ]);
    }
    expect(refused).toBeGreaterThan(total / 2);
  });
});

describe('an update on a disk that runs full', () => {
  it('restores every file, because the undo needs no space', () => {
    const plain = sceneOf(20, false);
    for (let at = 1; at <= total; at++) {
      const dir = repository(plain);
      const before = look(dir, true);
      const error = caught(() =>
        apply(
          dir,
          watched((n, name) => {
            if (n >= at && NEEDS_ROOM.includes(name)) throw failure('ENOSPC');
          }),
          plain,
        ),
      );
      if (error === undefined) expect(look(dir)).toEqual(expected(plain));
      else {
        expect(error).toMatchObject({
          id: 'E-WRITE',
          problems: [{ message: expect.stringContaining('the disk is full') }],
        });
        expect([at, look(dir, true)]).toEqual([at, before]);
      }
    }
  });

  it('leaves no state folder if there was none', () => {
    const fresh = { ...scene, was: { lock: undefined, config: scene.was.config } };
    const bare = (): string => {
      const dir = repository();
      nodeFs.rmSync(join(dir, '.mlops-stack'), { recursive: true });
      return dir;
    };
    for (let at = 1; at <= total + 5; at += 3) {
      const dir = bare();
      const before = look(dir, true);
      const error = caught(() =>
        apply(
          dir,
          watched((n) => {
            if (n === at) throw failure('EACCES');
          }),
          fresh,
        ),
      );
      if ((error as UserError | undefined)?.id === 'E-WRITE') expect([at, look(dir, true)]).toEqual([at, before]);
    }
    const dir = bare();
    apply(dir, nodeFs, fresh);
    expect(look(dir)['.mlops-stack/lock.json']).toBe(expected(scene)['.mlops-stack/lock.json']);
  });

  it('reports an unfinished update that the disk does not let it undo, and the next run finishes or undoes it', () => {
    const said = new Set<unknown>();
    for (let at = 1; at <= total; at++) {
      const dir = repository();
      const before = look(dir, true);
      const error = caught(() =>
        apply(
          dir,
          watched((n) => {
            if (n >= at) throw failure('EROFS');
          }),
        ),
      ) as UserError | undefined;
      said.add(error?.id);
      if (error?.id === 'E-UNFINISHED') {
        expect(error.hint).toMatch(/create-mlops-stack update.*--abort/);
        const way = at % 2 === 0 ? 'forward' : 'abort';
        recover(dir, way, nodeFs);
        if (way === 'abort') expect([at, look(dir, true)]).toEqual([at, before]);
        else expect([at, look(dir)]).toEqual([at, expected(scene)]);
      } else if (error) {
        recover(dir, 'forward', nodeFs);
        expect([at, look(dir, true)]).toEqual([at, before]);
      }
    }
    expect(said).toEqual(new Set(['E-WRITE', 'E-UNFINISHED', undefined]));
  });
});

describe('an update of a read-only file', () => {
  it('is rejected by name without any write, and succeeds if the file is writable', () => {
    const dir = repository();
    nodeFs.chmodSync(join(dir, TARGET), 0o444);
    const before = look(dir, true);
    expect(refusal(() => apply(dir))).toMatchObject({
      id: 'E-WRITE',
      exit: 3,
      problems: [{ file: TARGET, message: 'it is read-only.' }],
      hint: expect.stringContaining('chmod u+w'),
    });
    expect(look(dir, true)).toEqual(before);
    nodeFs.chmodSync(join(dir, TARGET), 0o644);
    apply(dir);
    expect(look(dir)).toEqual(expected(scene));
  });

  it('keeps the permissions of a replaced file and adds execute permission only for readers', () => {
    const dir = repository();
    const modeFile = [...scene.files.keys()].find((path) => path.startsWith('bin/mode'))!;
    nodeFs.chmodSync(join(dir, TARGET), 0o600);
    nodeFs.chmodSync(join(dir, modeFile), 0o640);
    apply(dir);
    expect([TARGET, modeFile].map((path) => nodeFs.statSync(join(dir, path)).mode & 0o777)).toEqual([0o600, 0o750]);
  });
});

describe('a folder that vanishes during an update', () => {
  it.each([
    ['the folder of a file', 'src'],
    ['the staging area', '.mlops-stack/staging'],
    ['the state folder', '.mlops-stack'],
    ['the whole repository', '.'],
  ])('causes a clear error and loses no file if it is %s', (_what, victim) => {
    for (let at = 2; at < total; at += 3) {
      const dir = repository();
      const error = caught(() =>
        apply(
          dir,
          watched((n) => {
            if (n === at) nodeFs.rmSync(join(dir, victim), { recursive: true, force: true });
          }),
        ),
      );
      if (error === undefined) continue;
      expect([at, error]).toEqual([at, expect.any(UserError)]);
      expect(['E-WRITE', 'E-UNFINISHED']).toContain((error as UserError).id);
      expect((error as UserError).problems[0]!.message).toMatch(
        /vanished|gone|missing from the staging area|changed|does not have/,
      );
      if (victim === '.') expect(nodeFs.existsSync(dir) ? nodeFs.readdirSync(dir) : []).toEqual([]);
      else expect(nodeFs.readFileSync(join(dir, 'mine.txt'), 'utf8')).toBe('of nobody else\n');
    }
  });
});

describe('the verification after an update', () => {
  it('undoes the update if the files differ from what was written', () => {
    const dir = repository();
    const before = look(dir, true);
    const error = refusal(() =>
      apply(
        dir,
        watched((_n, name, args) => {
          // A disk that corrupts the content during the rename.
          if (name === 'renameSync' && args[1] === join(dir, TARGET)) nodeFs.writeFileSync(args[0] as string, 'rot');
        }),
      ),
    );
    expect(error).toMatchObject({ problems: [{ file: TARGET }] });
    expect(nodeFs.readFileSync(join(dir, TARGET), 'utf8')).toBe('rot');
    nodeFs.rmSync(join(dir, TARGET));
    expect(recover(dir, 'abort', nodeFs)).toBe('undone');
    expect(look(dir, true)).toEqual(before);
  });
});

describe('an update on a file system without hard links', () => {
  const unlinked = (more: (n: number) => void = () => {}) =>
    watched((n, name) => {
      if (name === 'linkSync') throw failure('EPERM');
      more(n);
    });

  it('succeeds, and an undo restores the same bytes and permissions', () => {
    const dir = repository();
    apply(dir, unlinked());
    expect(look(dir)).toEqual(expected(scene));
    for (let at = 1; at <= total; at += 5) {
      const again = repository();
      const before = look(again);
      const error = caught(() =>
        apply(
          again,
          unlinked((n) => {
            if (n === at) throw failure('ENOSPC');
          }),
        ),
      );
      if ((error as UserError | undefined)?.id === 'E-WRITE') expect([at, look(again)]).toEqual([at, before]);
    }
  });
});

describe('an update without changes', () => {
  it('writes nothing and reports no changed file', () => {
    const dir = repository();
    apply(dir);
    const before = look(dir, true);
    const fs = watched(() => {});
    const was = { lock: Buffer.from(scene.own.lock), config: Buffer.from(scene.own.config) };
    expect(commitUpdate(dir, { ...scene.outcome, changes: [] }, scene.own, was, fs)).toEqual([]);
    expect(fs.count()).toBe(0);
    expect(look(dir, true)).toEqual(before);
    // A lock and config that were checked out with CRLF count as unchanged.
    const crlf = (text: string | Uint8Array): Buffer => Buffer.from(String(text).replaceAll('\n', '\r\n'));
    expect(
      commitUpdate(
        dir,
        { ...scene.outcome, changes: [] },
        scene.own,
        { lock: crlf(scene.own.lock), config: crlf(scene.own.config) },
        fs,
      ),
    ).toEqual([]);
    expect(fs.count()).toBe(0);
  });

  it('restores missing or damaged base objects and removes unused ones', () => {
    const dir = repository();
    apply(dir);
    const [missing, wrong] = [...scene.outcome.objects.keys()] as [string, string];
    const orphan = sha256(Buffer.from('orphan'));
    const place = (name: string): string => join(dir, '.mlops-stack/base', name);
    nodeFs.rmSync(place(missing));
    nodeFs.writeFileSync(place(wrong), deflateObject(Buffer.from('something else')));
    nodeFs.writeFileSync(place(orphan), deflateObject(Buffer.from('orphan')));
    nodeFs.writeFileSync(place('README'), 'no object');
    const was = { lock: Buffer.from(scene.own.lock), config: Buffer.from(scene.own.config) };
    expect([...commitUpdate(dir, { ...scene.outcome, changes: [] }, scene.own, was, nodeFs)].sort()).toEqual(
      [missing, wrong, orphan].map((name) => `.mlops-stack/base/${name}`).sort(),
    );
    const store = openStore(dir, nodeFs);
    expect([missing, wrong].map((name) => sha256(store.read(name)!))).toEqual([missing, wrong]);
    expect([nodeFs.existsSync(place(orphan)), nodeFs.existsSync(place('README'))]).toEqual([false, true]);
  });
});
