import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/core/config.ts';
import { isBinary, LOCK_SCHEMA, type LockEntry, normalise, recordOf, sha256, writeLock } from '../../src/core/lock.ts';
import { renderPlan } from '../../src/core/render.ts';
import { catalogueOf, file, part, planOf } from './helpers.ts';

const config: Config = { name: 'demo', choices: {}, models: [], environments: ['dev'], settings: {}, unmanaged: [] };
const entry = (path: string, source = 's'): LockEntry => ({
  path,
  source,
  sha256: '0'.repeat(64),
  state: 'managed',
  owner: 'managed',
});

describe('writeLock', () => {
  it('writes JSON with one line per entry, sorted by path and source', () => {
    const entries = [
      entry('b'),
      entry('a', 't'),
      entry('a', 's'),
      { ...entry('a/b'), executable: true as const },
      entry('Z'),
    ];
    const text = writeLock({
      schema: LOCK_SCHEMA,
      generator: '1.2.3',
      config,
      settings: { aws: { region: 'x' } },
      entries,
    });
    expect(
      writeLock({
        schema: LOCK_SCHEMA,
        generator: '1.2.3',
        config,
        settings: { aws: { region: 'x' } },
        entries: [...entries].reverse(),
      }),
    ).toBe(text);
    const lock = JSON.parse(text) as { entries: LockEntry[] };
    expect(lock).toMatchObject({ schema: 1, generator: '1.2.3', config, settings: { aws: { region: 'x' } } });
    expect(lock.entries.map(({ path, source }) => [path, source])).toEqual([
      ['Z', 's'],
      ['a', 's'],
      ['a', 't'],
      ['a/b', 's'],
      ['b', 's'],
    ]);
    for (const row of lock.entries)
      expect(text.split('\n').filter((line) => line.trim().replace(/,$/, '') === JSON.stringify(row)).length).toBe(1);
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('writes valid JSON without any entry', () =>
    expect(JSON.parse(writeLock({ schema: 1, generator: 'x', config, settings: {}, entries: [] }))).toMatchObject({
      entries: [],
    }));
});

describe('base objects', () => {
  it('are named by the hash of the content with LF line ends, and equal content is stored once', () => {
    const files = {
      '_base/a': [
        file('a.txt', 'one\r\ntwo\r\n'),
        file('b.txt', 'one\ntwo\n'),
        file('c.bin', Buffer.from([0, 13, 10])),
        file('run.sh', 'x\n', true),
      ],
    };
    const rendered = renderPlan(planOf(catalogueOf({ parts: [part('_base/a', {})], files })));
    const { entries, objects } = recordOf(rendered);
    expect(entries.map(({ path, executable }) => [path, executable ?? false])).toEqual([
      ['a.txt', false],
      ['b.txt', false],
      ['c.bin', false],
      ['run.sh', true],
    ]);
    expect(entries[0]!.sha256).toBe(entries[1]!.sha256);
    expect(objects.size).toBe(3);
    for (const [hash, deflated] of objects)
      expect(createHash('sha256').update(inflateSync(deflated)).digest('hex')).toBe(hash);
    expect(inflateSync(objects.get(entries[0]!.sha256)!).toString()).toBe('one\ntwo\n');
    expect([...inflateSync(objects.get(entries[2]!.sha256)!)]).toEqual([0, 13, 10]);
  });

  it('are normalized only if git considers the content text', () => {
    expect(Buffer.from(normalise(Buffer.from('a\r\nb\rc\n'))).toString()).toBe('a\nb\rc\n');
    expect(isBinary(Buffer.concat([Buffer.alloc(8000, 'a'), Buffer.from([0])]))).toBe(false);
    expect(isBinary(Buffer.concat([Buffer.alloc(7999, 'a'), Buffer.from([0])]))).toBe(true);
    expect(sha256(Buffer.from(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
