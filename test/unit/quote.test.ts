import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseHcl } from '@cdktn/hcl2json';
import fc from 'fast-check';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { q } from '../../src/core/quote.ts';

/** Tests each helper with the real parser of its language: the parsed value equals the input, for any input. */

const NASTY = [
  '',
  ' ',
  '-',
  '--',
  '- a',
  '? a',
  ': ',
  'a: b',
  'a #b',
  '#',
  "it's",
  'say "hi"',
  '`id`',
  '$(id)',
  '$HOME',
  '${{ secrets.X }}',
  '{{ x }}',
  '<% x %>',
  '%',
  '!',
  '!!str',
  '&a',
  '*a',
  '@a',
  '|',
  '>',
  '[a, b]',
  '{a: b}',
  'a, b',
  'a]b',
  'yes',
  'no',
  'on',
  'OFF',
  'y',
  'N',
  'true',
  'Null',
  '~',
  '1',
  '1e3',
  '0x1f',
  '0o7',
  '1_000',
  '12:30:45',
  '2026-11-21',
  '.inf',
  '=',
  '<<',
  '---',
  '...',
  '\\',
  '\\\\',
  'a\\',
  'a\\#b',
  '\\n',
  'a\nb',
  'a\n',
  '\r\n',
  '\t',
  'a\tb',
  ' a',
  'a ',
  '\u0000'.slice(1),
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  'naïve',
  '日本',
  '😀',
  '*?[a-z]',
  '~/x',
  'a=b',
  'é\u0301',
  'x'.repeat(300),
  'word '.repeat(40),
];
const anyText = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 4 }).map((list) => list.join('')),
);
/** Characters that Make cannot represent, in a variable or elsewhere. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;
const RUNS = { numRuns: 400, seed: 20261121, examples: NASTY.map((text) => [text] as [string]) };
const SHORT = { ...RUNS, numRuns: 250 };
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    anyText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** Collects the values of a property for a parser in another process, which starts only once. */
function samples<T>(arbitrary: fc.Arbitrary<T>, extra: readonly T[] = [], count = 400): T[] {
  return [...extra, ...fc.sample(arbitrary, { numRuns: count, seed: 20261121 })];
}
const has = (command: string): boolean => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

describe('q.yaml', () => {
  it('writes text that reads back in YAML 1.1 and 1.2, in a value, a flow list and a nested block', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const source = q.yaml(text);
        expect(source).not.toMatch(/[\n\r]/);
        for (const version of ['1.1', '1.2'] as const) {
          expect(parse(`key: ${source}\nlist:\n  - ${source}\nflow: [ ${source}, ${source} ]\n`, { version })).toEqual({
            key: text,
            list: [text],
            flow: [text, text],
          });
        }
      }),
      RUNS,
    );
  });

  it('writes any value in one line that reads back as the same value', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const source = q.yaml(value);
        expect(source).not.toMatch(/[\n\r]/);
        const document = parseDocument(`a:\n  b: ${source}\n`, { uniqueKeys: true });
        expect(document.errors).toEqual([]);
        expect(document.toJS()).toEqual({ a: { b: value } });
      }),
      { numRuns: 400, seed: 20261121 },
    );
  });

  it('does not quote plain words', () => {
    expect(['churn', 'scikit-learn', 'src/demo', 'v1.2.x', 'two words'].map(q.yaml)).toEqual([
      'churn',
      'scikit-learn',
      'src/demo',
      'v1.2.x',
      'two words',
    ]);
    expect(q.yaml(['rest', 'v2'])).toBe('[ rest, v2 ]');
  });
});

describe('q.toml and q.json', () => {
  it('write text that reads back as the same value', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseToml(`key = ${q.toml(text)}\nlist = ${q.toml([text, 'x'])}\n`)).toEqual({
          key: text,
          list: [text, 'x'],
        });
        expect(JSON.parse(q.json({ [text]: text }))).toEqual({ [text]: text });
      }),
      RUNS,
    );
    expect(parseToml(`a = ${q.toml(true)}\nb = ${q.toml(-3)}\nc = ${q.toml(0.5)}\n`)).toEqual({
      a: true,
      b: -3,
      c: 0.5,
    });
  });
});

describe('q.hcl', () => {
  it('writes text that Terraform reads back, without starting a template', async () => {
    const texts = samples(anyText, NASTY).filter((text) => !/\p{Surrogate}/u.test(text));
    const source = texts.map((text, index) => `v${index} = ${q.hcl(text)}\n`).join('');
    const read = await parseHcl('a.tfvars', source);
    // If the text has an escaped template marker, the parser returns the source text between the quotes.
    const plain = (text: unknown): string => String(text).replace(/([$%])\1\{/g, '$1{');
    expect(texts.map((_, index) => plain(read[`v${index}`]))).toEqual(
      texts.map((text) => plain(text).normalize('NFC')),
    );
  });

  it('writes lists, maps and numbers as HCL expressions', async () => {
    const value = { a: [1, 'x', true, null], 'b c': { d: 0.5 } };
    expect(q.hcl(value)).toBe('{ a = [1, "x", true, null], "b c" = { d = 0.5 } }');
    expect(await parseHcl('a.tfvars', `v = ${q.hcl(value)}\n`)).toEqual({ v: value });
  });
});

describe.skipIf(!has('python3'))('q.py and q.toml in Python', () => {
  it('write text that reads back as the same value', () => {
    const values = samples<unknown>(anyValue, NASTY);
    const texts = samples(anyText, NASTY);
    const code = `
import ast, json, sys, tomllib
values, texts = json.load(sys.stdin)
bad = [[source, value] for source, value in values if ast.literal_eval(source) != value or "\\n" in source]
bad += [[source, text] for source, text in texts if tomllib.loads("a = " + source)["a"] != text]
print(json.dumps(bad))
`;
    const input = JSON.stringify([
      values.map((value) => [q.py(value), value]),
      texts.map((text) => [q.toml(text), text]),
    ]);
    const { stdout, stderr } = spawnSync('python3', ['-c', code], {
      input,
      encoding: 'utf8',
      env: { ...process.env, PYTHONUTF8: '1' },
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([]);
  });
});

describe('q.shell', () => {
  it('writes one shell word that holds the text', () => {
    const texts = samples(anyText, NASTY).map((text) => text.replaceAll('\0', ''));
    const script = texts.map((text) => `printf '%s\\0' ${q.shell(text)}\n`).join('');
    const { stdout, stderr } = spawnSync('sh', [], { input: script, encoding: 'utf8', cwd: '/' });
    expect(stderr).toBe('');
    expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
  });
});

describe.skipIf(!has('make'))('q.make', () => {
  it('writes text that Make reads back as the value of a variable', () => {
    const texts = samples(anyText, NASTY, 200).map((text) => text.replaceAll(CONTROL, ''));
    const dir = mkdtempSync(join(tmpdir(), 'mlops-make-'));
    try {
      writeFileSync(
        join(dir, 'Makefile'),
        `${texts.map((text, index) => `V${index} := ${q.make(text)}\n`).join('')}${texts.map((_, index) => `$(info <$(V${index})>)\n`).join('')}all:;@:\n`,
      );
      const { stdout, stderr } = spawnSync('make', ['-s'], { cwd: dir, encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.split('\n').slice(0, texts.length)).toEqual(
        texts.map((text) => `<${text.replace(/[\r\n]+/g, ' ')}>`),
      );
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('q.md and q.docker', () => {
  it('escape every Markdown character and stay on one line', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const source = q.md(text);
        expect(source.replaceAll(/\\[\\`*_{}[\]<>#|&~]/g, '')).not.toMatch(/[\\`*_{}[\]<>#|&~\n]/);
        expect(source.replaceAll(/\\(.)/gs, '$1')).toBe(text.replaceAll('\n', ' '));
      }),
      SHORT,
    );
  });

  it('write one quoted word for a Dockerfile, without variable expansion', () => {
    for (const text of ['a b', 'say "hi"', '$HOME', '${X}', 'a\\b'])
      expect(q.docker(text)).toMatch(/^"(?:[^"\\$]|\\["\\$])*"$/);
  });
});

describe('q.pyFit', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `argument_${index}`);

  it('keeps code that fits into 100 columns on one line', () => {
    expect(q.pyFit('call(', ['a', 'b'], ')', 4)).toBe('call(a, b)');
    expect(q.pyFit('x = [', [], ']')).toBe('x = []');
  });

  it('counts the indentation', () => {
    const items = names(8);
    expect(q.pyFit('function(', items, ')', 2)).toBe(`function(\n      ${items.join(', ')}\n  )`);
    expect(q.pyFit('function(', items, ')', 3)).toBe(
      `function(\n${items.map((item) => `       ${item},`).join('\n')}\n   )`,
    );
  });

  it('puts long arguments together on the next line, and each item of a literal on its own line', () => {
    const items = names(8);
    expect(q.pyFit('def function(', items, '):')).toBe(`def function(\n    ${items.join(', ')}\n):`);
    expect(q.pyFit('values = [', items, ']')).toBe(`values = [\n${items.map((item) => `    ${item},`).join('\n')}\n]`);
  });

  it('puts each argument on its own line if one of them takes several lines', () => {
    expect(q.pyFit('f(', ['a', 'b=[\n        1,\n    ]'], ')')).toBe('f(\n    a,\n    b=[\n        1,\n    ],\n)');
  });
});
