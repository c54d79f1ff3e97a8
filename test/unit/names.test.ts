import { spawnSync } from 'node:child_process';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { otherName, packageName, whyBadEnvironmentName, whyBadName, whyBadProjectName } from '../../src/core/names.ts';
import { whyUnsafePath } from '../../src/core/paths.ts';
import { importNames } from '../../src/core/slots.ts';
import { loadTemplates } from '../support/stacks.ts';

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
  ])('rejects %j because %s', (name, why) => {
    expect(whyBadName(name)).toContain(why);
    expect(whyBadProjectName(name)).toContain(why);
  });

  // The package of a model is below that of the project, so Python never mistakes it for another one.
  it.each(['load', 'names', 'json', 'test', 'site', 'audit', 'data', 'dist', 'build', 'reports', 'numpy', 'tests'])(
    'accepts the model %s',
    (name) => expect(whyBadName(name)).toBeUndefined(),
  );

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
          'import json, keyword, os, pkgutil, sys; print(json.dumps([w for w in {*keyword.kwlist, *keyword.softkwlist, ' +
            '*sys.stdlib_module_names, *(m.name for m in pkgutil.iter_modules([os.path.dirname(os.__file__)]))} ' +
            'if not w.startswith("_")]))',
        ],
        { encoding: 'utf8' },
      );
      const plain = (JSON.parse(stdout) as string[]).filter((word) => /^[a-z][a-z0-9]*$/.test(word));
      expect(plain.filter((word) => whyBadProjectName(word) === undefined)).toEqual([]);
      expect(plain.length).toBeGreaterThan(200);
    },
  );
});

describe('whyBadProjectName', () => {
  it.each([
    ...['json', 'typing', 'logging', 'string', 'zoneinfo', 'test', 'site'].map((name) => [name, 'standard library']),
    ...['numpy', 'pandas', 'mlflow', 'yaml', 'click', 'scikit-learn'].map((name) => [name, 'the Python package']),
    // Dependencies of dependencies.
    ...['httpx', 'anyio', 'h11', 'botocore', 'threadpoolctl', 'jinja2'].map((name) => [name, `package ${name}, which`]),
    // Modules of packages with another name.
    ['yaml', 'the Python package pyyaml, which tools of the stack install, has a module yaml'],
    ['sklearn', 'scikit-learn'],
    ['git', 'gitpython'],
    ['dateutil', 'python-dateutil'],
    ['google', 'a module google'],
    ['tests', 'a folder of that name'],
    ['scratch', 'the empty image'],
    ['churn--scoring', '"--"'],
  ])('rejects %s because of %s', (name, why) => expect(whyBadProjectName(name)).toContain(why));

  it.each(['churn', 'audit', 'data', 'dist', 'build', 'reports', 'load', 'churn-scoring'])('accepts %s', (name) =>
    expect(whyBadProjectName(name)).toBeUndefined(),
  );

  it('rejects every pinned package of the templates and its modules: npm run packages lists them', async () => {
    const { parts } = createCatalogue(await loadTemplates());
    const modules = [...importNames(parts)].map((name) => name.toLowerCase());
    const pins = parts.flatMap(({ part }) =>
      Object.entries(part.pins ?? {}).flatMap(([name, pin]) =>
        [pin].flat().some(({ kind = 'python' }) => kind === 'python') ? [name] : [],
      ),
    );
    expect(pins.length).toBeGreaterThan(40);
    const names = [...modules.filter((name) => !name.includes('.')), ...pins].map((name) => name.replaceAll('_', '-'));
    expect(names.filter((name) => whyBadProjectName(name) === undefined)).toEqual([]);
  });

  it('rejects the import names of other packages that the stack installs', () => {
    const installed = new Set(['acme', 'acme_client']);
    expect(whyBadProjectName('acme', installed)).toBe(
      'the Python package acme, which tools of the stack install, has that name',
    );
    expect(whyBadProjectName('acme-client', installed)).toContain('acme-client');
    expect(whyBadProjectName('acme-x', installed)).toBeUndefined();
  });

  it('rejects the folders of the templates that hold Python code', () => {
    const templates = join(import.meta.dirname, '../../templates');
    const files = (readdirSync(templates, { recursive: true }) as string[]).map((path) => path.split(sep).join('/'));
    const folders = new Set(
      files.flatMap((path) => /\/files\/([^/]+)\/(?:.*\/)?[^/]+\.py(?:\.ejs)?$/.exec(path)?.[1] ?? []),
    );
    expect(folders.size).toBeGreaterThan(4);
    expect([...folders].filter((name) => whyBadProjectName(name) === undefined)).toEqual([]);
  });
});

describe('whyBadEnvironmentName', () => {
  it('rejects the folders of .mlops/ that commands of the templates use', () => {
    const templates = join(import.meta.dirname, '../../templates');
    const files = (readdirSync(templates, { recursive: true, withFileTypes: true }) as Dirent[])
      .filter((entry) => entry.isFile() && /\.(py|mk|sh|ts)(\.ejs)?$/.test(entry.name))
      .filter(({ parentPath }) => !/[/\\](?:tests|proofs)(?:[/\\]|$)/.test(parentPath))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    // The roots of `runs` and `registry` derive from the store, and the folder of a tool holds the files of that tool.
    const folders = new Set(
      files.flatMap((text) =>
        [...text.matchAll(/\.mlops(?:\/|" \/ ")(?:\{own\})?([a-z]+)(?=["'/\s])/g)].map(([, name]) => name!),
      ),
    );
    expect([...folders]).toEqual(expect.arrayContaining(['carried', 'demo', 'drift', 'policies', 'rollout']));
    const choices = readdirSync(templates).filter((choice) => choice !== '_base');
    const tools = new Set(choices.flatMap((choice) => readdirSync(join(templates, choice))));
    expect([...folders].filter((name) => !tools.has(name) && !whyBadEnvironmentName(name))).toEqual([]);
  });

  it.each(['dev', 'prod', 'staging', 'test', 'qa', 'eu-west-1'])('accepts %s', (name) =>
    expect(whyBadEnvironmentName(name)).toBeUndefined(),
  );
});

describe('otherName', () => {
  it.each([
    ['httpx', 'httpx-project'],
    ['json', 'json-project'],
    ['class', 'class-project'],
    ['My App', 'my-app'],
    ['churn__model', 'churn-model'],
    ['2fast', 'fast'],
    ['a--b', 'a-b'],
    ['Größe', 'gro-e'],
    ['', 'my-project'],
    ['..', 'my-project'],
    ['httpx'.padEnd(300, 'x'), 'httpx'.padEnd(40, 'x')],
  ])('offers another name than %s', (name, other) => expect(otherName(name, 'project', whyBadProjectName)).toBe(other));

  it('returns a valid name for every name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: 'grapheme' }), (name) => {
        expect(whyBadProjectName(otherName(name, 'project', whyBadProjectName))).toBeUndefined();
      }),
      { seed: 20261121 },
    );
  });
});

describe('the package of the models', () => {
  it('defines no name, so that no folder of a model can hide one', () => {
    const file = '_base/package/files/src/__package__/models/__init__.py';
    const text = readFileSync(join(import.meta.dirname, '../../templates', file), 'utf8');
    expect(text.replace(/^"""[\s\S]*?"""\n$/, '')).toBe('');
  });
});
