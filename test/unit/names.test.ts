import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageName, whyBadName } from '../../src/core/names.ts';
import { whyUnsafePath } from '../../src/core/paths.ts';

describe('whyBadName', () => {
  it.each(['churn', 'a', 'churn-scoring', 'a1', 'x-1-y', 'a'.repeat(40), 'on', 'yes', 'model'])('accepts %s', (name) =>
    expect(whyBadName(name)).toBeUndefined(),
  );

  it.each([
    ['', 'empty'],
    ['a'.repeat(41), 'the limit is 40'],
    ['a'.repeat(300), 'has 300 characters'],
    ...[
      '-x',
      'x-',
      '1a',
      'A',
      'aB',
      'a b',
      'a_b',
      'a.b',
      'a/b',
      '..',
      '.',
      'a\n',
      '\na',
      "it's",
      '"',
      '`',
      '${{',
      '{{',
      '<%',
      '$(id)',
      'é',
      'ａ',
      'а',
      '\u0000',
      'a\u200b',
      '😀',
      '~',
      '%41',
      'a\\b',
      'C:',
    ].map((name) => [name, 'must start with a letter']),
    ...['con', 'prn', 'aux', 'nul', 'com1', 'lpt9'].map((name) => [name, 'Windows']),
    ...['class', 'def', 'none', 'true', 'async', 'match'].map((name) => [name, 'Python keyword']),
    ...['json', 'typing', 'logging', 'string', 'zoneinfo'].map((name) => [name, 'standard library']),
    ['tests', 'a folder of that name'],
  ])('rejects %j because %s', (name, why) => expect(whyBadName(name)).toContain(why));

  it('rejects the import names of installed packages', () => {
    const installed = new Set(['mlflow', 'scikit_learn']);
    expect(whyBadName('mlflow', installed)).toBe('its package would hide mlflow, which the stack installs');
    expect(whyBadName('scikit-learn', installed)).toContain('hide scikit_learn');
    expect(whyBadName('mlflow-x', installed)).toBeUndefined();
  });

  it('accepts only names that are valid on every operating system, in Python and in an image registry', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 45 }), fc.stringMatching(/^[a-z0-9-]{0,42}$/)), (name) => {
        if (whyBadName(name) !== undefined) return;
        expect(name).toMatch(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/);
        expect(packageName(name)).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(whyUnsafePath(name)).toBeUndefined();
      }),
      { seed: 20261121 },
    );
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'knows the keywords and the standard library of the installed Python',
    () => {
      const { stdout } = spawnSync(
        'python3',
        [
          '-c',
          'import json, keyword, sys; print(json.dumps([w for w in {*keyword.kwlist, *keyword.softkwlist, ' +
            '*sys.stdlib_module_names} if not w.startswith("_")]))',
        ],
        { encoding: 'utf8' },
      );
      const plain = (JSON.parse(stdout) as string[]).filter((word) => /^[a-z][a-z0-9]*$/.test(word));
      expect(plain.filter((word) => whyBadName(word) === undefined)).toEqual([]);
      expect(plain.length).toBeGreaterThan(200);
    },
  );
});
