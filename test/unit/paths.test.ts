import { describe, expect, it } from 'vitest';
import { isWindowsDevice } from '../../src/core/names.ts';
import { whyUnsafePath, whyUnusableFolder } from '../../src/core/paths.ts';

describe('whyUnsafePath', () => {
  it.each(['a', 'a/b.txt', '.github/workflows/ci.yml', 'src/demo/__init__.py', 'console/x'])('accepts %s', (path) =>
    expect(whyUnsafePath(path)).toBeUndefined(),
  );
  it.each([
    '',
    '/a',
    '//a',
    'C:/a',
    'c:a',
    '..',
    'a/../b',
    'a/..',
    './a',
    'a//b',
    'a/',
    'a\\b',
    'a\0b',
    'con',
    'a/NUL.txt',
    'a/aux',
    'a:b',
    'a?',
    'a*',
    'a ',
    'a.',
    'a |b',
    '"a"',
    '<a>',
  ])('rejects %j', (path) => expect(whyUnsafePath(path)).toBeTypeOf('string'));
  it('recognizes Windows devices in any case and with any extension', () => {
    expect(['CON', 'Con.txt', 'com1.tar.gz'].map(isWindowsDevice)).toEqual([true, true, true]);
    expect(['cons', 'com', 'com10'].map(isWindowsDevice)).toEqual([false, false, false]);
  });
});

describe('whyUnusableFolder', () => {
  it.each(['/a', '/a b/c ', '/100%', '/.github/a', '/a.git', '/ä'])('accepts %j', (path) =>
    expect(whyUnusableFolder(path)).toBeUndefined(),
  );
  it.each(['/a\ufffd/b', '/a/.git', '/a/.git/modules/b', '/a\nb', '/a:b'])('rejects %j', (path) =>
    expect(whyUnusableFolder(path)).toBeTypeOf('string'),
  );
});
