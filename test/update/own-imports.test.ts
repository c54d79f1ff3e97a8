import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRenamedImports, renamedModules } from '../../src/core/update/renamed-imports.ts';
import { sandbox } from '../cli/harness.ts';
import { unpackRelease } from '../support/releases.ts';
import { open, project } from './project.ts';

/** Imports of modules that an update moves, in files that it leaves to the user. */

const RENAMES = new Map([
  ['shop', 'store'],
  ['shop.settings', 'store.platform.settings'],
  ['demo.settings', 'demo.platform.settings'],
  ['demo.champion', 'demo.platform.transfer'],
]);
const found = (text: string, path = 'src/demo/mine.py'): string[] =>
  findRenamedImports(path, text, RENAMES).map(({ line, module, now }) => `${line}: ${module} -> ${now}`);

describe('findRenamedImports', () => {
  it.each<[string, string, string[]]>([
    ['a module', 'import demo.settings\n', ['1: demo.settings -> demo.platform.settings']],
    ['an alias', 'import os, demo.settings as s\n', ['1: demo.settings -> demo.platform.settings']],
    [
      'a name of a module',
      'from demo.settings import load\n',
      ['1: demo.settings.load -> demo.platform.settings.load'],
    ],
    ['a module of a package', 'from demo import settings\n', ['1: demo.settings -> demo.platform.settings']],
    ['all names', 'from demo.settings import *\n', ['1: demo.settings -> demo.platform.settings']],
    ['a relative module', 'from .settings import load\n', ['1: demo.settings.load -> demo.platform.settings.load']],
    ['a relative package', 'from . import champion as c\n', ['1: demo.champion -> demo.platform.transfer']],
    [
      'names on several lines, with comments',
      'from demo import (\n    contract,  # not this\n    settings as s,\n    champion,\n)\n',
      ['3: demo.settings -> demo.platform.settings', '4: demo.champion -> demo.platform.transfer'],
    ],
    ['a continued line', 'from demo \\\n    import settings\n', ['2: demo.settings -> demo.platform.settings']],
    ['a renamed package', 'import shop\n', ['1: shop -> store']],
    ['the rest of a renamed package', 'from shop.steps import train\n', ['1: shop.steps.train -> store.steps.train']],
    ['the longest known name', 'from shop.settings import a\n', ['1: shop.settings.a -> store.platform.settings.a']],
    [
      'an import inside of code',
      'def f():\n    try:\n        import shop.x\n    except ImportError: pass\n',
      ['3: shop.x -> store.x'],
    ],
    ['CRLF line ends', 'import os\r\nimport shop\r\n', ['2: shop -> store']],
  ])('finds %s', (_, text, wanted) => expect(found(text)).toEqual(wanted));

  it.each([
    ['a string', 'x = "import shop"\n'],
    ['a comment', '# import shop\n'],
    ['a longer name', 'import shopping, demo.settings_more\n'],
    ['another module of the package', 'from demo import steps\nfrom .steps import train\n'],
    ['the new name', 'from demo.platform.settings import load\n'],
    ['an import above the top', 'from .... import settings\n'],
    ['a text that is no Python', 'import ((\n'],
  ])('does not find %s', (_, text) => expect(found(text)).toEqual([]));

  it('resolves relative imports from the folder of the file', () => {
    const text = 'from ..settings import load\n';
    expect(found(text, 'src/demo/own/a.py')).toEqual(['1: demo.settings.load -> demo.platform.settings.load']);
    expect(found(text, 'src/demo/own/deep/a.py')).toEqual([]);
    expect(found('from . import settings\n', 'src/demo/__init__.py')).toHaveLength(1);
  });
});

describe('renamedModules', () => {
  it('names modules whose path changed, and packages by their folder', () => {
    const entry = (source: string, path: string) =>
      ({ source, path, sha256: '', state: 'managed', owner: 'managed' }) as const;
    const before = [entry('a', 'src/x/__init__.py'), entry('b', 'src/x/s.py'), entry('c', 'pipelines/p.py')];
    const after = [entry('a', 'src/y/__init__.py'), entry('B', 'src/y/platform/s.py'), entry('c', 'pipelines/p.py')];
    expect([...renamedModules(before, after, new Map([['b', 'B']]))]).toEqual([
      ['x', 'y'],
      ['x.s', 'y.platform.s'],
    ]);
  });
});

describe('update', () => {
  const REPORT = 'Your files import modules that moved. Change these imports, which update leaves as they are:';
  const listed = (out: string): string[] => {
    const lines = out.split('\n');
    const from = lines.indexOf(REPORT);
    const rest = lines.slice(from + 1);
    return from < 0
      ? []
      : rest.slice(
          0,
          rest.findIndex((line) => !/^ {2}\S+:\d+: /.test(line)),
        );
  };

  it('lists imports of a renamed package in files of the user, and edits no such file', async () => {
    const made = await project();
    mkdirSync(join(made.dir, 'notebooks'));
    const text = '"""Ours."""\n\nfrom demo.platform.settings import load_settings\n\nprint(load_settings)\n';
    made.write('notebooks/explore.py', text);
    made.write('src/demo/mine.py', 'from .platform import models\n\nprint(models)\n');
    // An edited file moves with its package, so its relative imports stay valid.
    made.edit(
      'src/demo/models/churn/features.py',
      (was) => `${was}\nimport demo.contract\nfrom ...contract import Field\n`,
    );
    made.commit();
    const { code, out } = await made.command('update', '--yes', '--set', 'name=other');
    expect(code).toBe(0);
    expect(listed(out)).toEqual([
      '  notebooks/explore.py:3: demo.platform.settings.load_settings is now other.platform.settings.load_settings',
      '  src/demo/mine.py:1: demo.platform.models is now other.platform.models',
      expect.stringMatching(/^ {2}src\/other\/models\/churn\/features\.py:\d+: demo\.contract is now other\.contract$/),
    ]);
    expect(made.read('notebooks/explore.py')).toBe(text);
  });

  it('lists them before it writes, also as JSON, and nothing if the package stays', async () => {
    const made = await project();
    made.write('own.py', 'import demo.contract\n');
    made.commit();
    const { out } = await made.command('update', '--dry-run', '--json', '--set', 'name=other');
    expect(JSON.parse(out)).toMatchObject({
      imports: [{ path: 'own.py', line: 1, module: 'demo.contract', now: 'other.contract' }],
    });
    const stays = await made.command('update', '--dry-run', '--models', '[churn, fraud]');
    expect(stays.out).not.toContain(REPORT);
  });

  it('lists imports of modules that a release moved', async () => {
    const folder = sandbox();
    unpackRelease(folder);
    const made = open(join(folder, 'default-stack'));
    made.git('init', '--quiet');
    made.write('own.py', 'from default_stack.settings import load\nfrom default_stack import champion\n');
    made.commit();
    const { out } = await made.command('update', '--yes');
    expect(listed(out)).toEqual([
      '  own.py:1: default_stack.settings.load is now default_stack.platform.settings.load',
      '  own.py:2: default_stack.champion is now default_stack.platform.transfer',
    ]);
  });
});
