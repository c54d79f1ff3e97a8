import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/core/catalogue.ts';
import { prepare } from '../../src/core/generate.ts';
import { renderPlan } from '../../src/core/render.ts';
import { differsInLayoutOnly } from '../../src/core/update/layout.ts';
import { sandbox } from '../cli/harness.ts';
import { givenOf } from '../support/cases.ts';
import { loadTemplates } from '../support/stacks.ts';
import { open, type Project, project } from './project.ts';
import { reformat, STYLE_COUNT } from './reformat.ts';

const catalogue = createCatalogue(await loadTemplates());
const files = (): [string, string][] => {
  const { plan } = prepare(givenOf({ label: 'demo', values: { name: 'demo', cloud: 'aws' } }), catalogue, 'demo');
  return [...renderPlan(plan)].map(([path, { content }]) => [path, Buffer.from(content).toString('utf8')]);
};
describe('a repository in the layout of other formatters', () => {
  const styled = new Map<number, Promise<Project>>();
  const reformatted = async (style: number): Promise<Project> => {
    const made = await project();
    for (const path of made
      .git('ls-files')
      .split('\n')
      .filter((each) => each && !each.startsWith('.mlops-stack/')))
      if (path !== 'mlops-stack.yaml') {
        const text = await reformat(path, made.read(path), style);
        if (text !== undefined) made.write(path, text);
      }
    made.commit();
    return made;
  };
  const inStyle = async (style: number): Promise<Project> => {
    if (!styled.has(style)) styled.set(style, reformatted(style));
    const dir = join(sandbox(), 'demo');
    cpSync((await styled.get(style)!).dir, dir, { recursive: true, preserveTimestamps: true });
    return open(dir);
  };

  it.each([0, 1, 2])('swaps its tools without a conflict, and nothing is kept as an edit: style %i', async (style) => {
    const made = await inStyle(style);
    for (const change of ['tracker=wandb', 'orchestrator=dagster', 'monitoring=none']) {
      const { code, out, err } = await made.command('update', '--yes', '--set', change);
      expect([code, err]).toEqual([0, '']);
      expect(out).not.toMatch(/^ +(?:park|conflict) /m);
      made.commit();
    }
    expect(await made.command('check')).toMatchObject({ code: 0 });
  });

  it('has every file in the generated layout or in that of the formatter, and says when to format again', async () => {
    const made = await inStyle(1);
    expect(await made.command('update', '--yes')).toMatchObject({ code: 0, out: 'Nothing to do.\n' });
    const { out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    const named = /^Run your formatter again\. These files have the generated layout: (.*)$/m
      .exec(out)![1]!
      .split(', ');
    expect(named).toContain('README.md');
    expect(out).not.toMatch(/^ +keep /m);
    expect(out).toMatch(/^ {2}make lock setup\n {2}make check test$/m);
    const direct = await project();
    await direct.command('update', '--yes', '--set', 'tracker=wandb');
    for (const path of named) expect([path, made.read(path)]).toEqual([path, direct.read(path)]);
  });

  it('names make format if Python files have the generated layout', async () => {
    const made = await inStyle(1);
    const { out } = await made.command('update', '--yes', '--set', 'task=regression');
    expect(out).toMatch(/^Run your formatter again\..*\.py/m);
    expect(out).toContain('  make setup\n  make format\n  make check test\n');
  });

  it.each<[string, string, string]>([
    ['.prettierrc.yaml', 'printWidth: 60\n', 'npx prettier --write'],
    ['package.json', '{\n  "prettier": { "printWidth": 60 }\n}\n', 'npx prettier --write'],
    ['.mdformat.toml', 'wrap = 60\n', 'mdformat'],
  ])(
    'keeps its layout where %s configures a formatter, and names the command for the new lines',
    async (file, text, command) => {
      const made = await inStyle(1);
      made.write(file, text);
      made.commit();
      const before = made.read('README.md');
      const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
      expect(code).toBe(0);
      const named =
        /^Run your formatter again\. The lines that changed in these files have the generated layout: (.*)$/m
          .exec(out)![1]!
          .split(', ');
      expect(named).toContain('README.md');
      expect(out).toMatch(new RegExp(`^  ${command} .*README\\.md`, 'm'));
      expect(out).toMatch(/^ {2}make setup\n|^ {2}make lock setup\n/m);
      // Lines stay, and the content is the generated one.
      const now = made.read('README.md').split('\n');
      const direct = await project();
      await direct.command('update', '--yes', '--set', 'tracker=wandb');
      const generated = direct.read('README.md').split('\n');
      const kept = before.split('\n').filter((line) => now.includes(line) && !generated.includes(line));
      expect(kept.length).toBeGreaterThan(10);
      for (const path of named.filter((each) => each !== 'mlops-stack.yaml'))
        expect([path, differsInLayoutOnly(path, made.read(path), direct.read(path))]).toEqual([path, true]);
      // The formatter then gives all of them one layout.
      made.write('README.md', (await reformat('README.md', made.read('README.md'), 1))!);
      expect(made.read('README.md')).toBe(await reformat('README.md', direct.read('README.md'), 1));
    },
  );

  it('keeps an edit of a line that a formatter and the generator changed', async () => {
    const made = await inStyle(1);
    made.edit('README.md', (text) => text.replace(/^# .*$/m, (title) => `${title}\n\nOurs.`));
    made.commit();
    const { code, out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    expect([code, out]).toEqual([0, expect.not.stringMatching(/^ +conflict /m)]);
    expect(made.read('README.md')).toContain('Ours.');
    expect(made.read('README.md')).toMatch(/wandb|Weights/i);
  });

  it('has a lock of which make reads the version, in every layout', async () => {
    const made = await project();
    const { generator } = JSON.parse(made.read('.mlops-stack/lock.json')) as { generator: string };
    for (const indent of [0, 1, '\t']) {
      made.edit('.mlops-stack/lock.json', (text) => JSON.stringify(JSON.parse(text), undefined, indent));
      const { stdout } = spawnSync('make', ['--dry-run', 'ci-choices'], { cwd: made.dir, encoding: 'utf8' });
      expect(stdout).toContain(`create-mlops-stack@${generator} check`);
    }
    made.edit('.mlops-stack/lock.json', (text) => text.replace(generator, '1; touch x'));
    expect(spawnSync('make', ['ci-choices'], { cwd: made.dir, encoding: 'utf8' }).stderr).toContain(
      'has no generator version',
    );
  });

  it('follows a reformatted file that the user moves', async () => {
    const made = await inStyle(1);
    // A long table: the formatter changes each of its lines.
    made.git('mv', 'docs/versions.md', 'docs/pins.md');
    expect(await made.command('update', '--yes', '--follow-moves', '--allow-dirty')).toMatchObject({ code: 0 });
    expect(JSON.parse(made.read('.mlops-stack/lock.json'))).toMatchObject({
      entries: expect.arrayContaining([
        expect.objectContaining({ path: 'docs/pins.md', state: 'managed' }),
      ]) as unknown[],
    });
  });

  it('keeps a comment that was added to a reformatted file', async () => {
    const made = await inStyle(0);
    made.edit('src/demo/tracking/mlflow.py', (text) => `${text}\n# ours\n`);
    made.commit();
    const { out } = await made.command('update', '--yes', '--set', 'tracker=wandb');
    expect(out).toMatch(/^ +park +src\/demo\/tracking\/mlflow\.py/m);
    expect(made.read('kept/_base-mlflow-tracking/src/demo/tracking/mlflow.py')).toContain('# ours');
  });
});

describe('the layout of a file', () => {
  it('is what formatters change, in every generated file of a stack', async () => {
    const missed: string[] = [];
    let changed = 0;
    for (const [path, text] of files())
      for (let index = 0; index < STYLE_COUNT; index++) {
        const other = await reformat(path, text, index);
        if (other === undefined || other === text) continue;
        changed++;
        if (!differsInLayoutOnly(path, text, other)) missed.push(`${path} in style ${index}`);
      }
    expect(changed).toBeGreaterThan(200);
    expect(missed).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    ['a comment', 'a.py', 'x = 1\n', 'x = 1  # one\n'],
    ['another comment', 'a.py', '# one\nx = 1\n', '# two\nx = 1\n'],
    ['a docstring', 'a.py', 'def f():\n    """One."""\n', 'def f():\n    """Two."""\n'],
    ['parentheses that matter', 'a.py', 'x = a + b * c\n', 'x = (a + b) * c\n'],
    ['a tuple of one', 'a.py', 'x = (1)\n', 'x = (1,)\n'],
    ['another level', 'a.py', 'if a:\n    b()\n    c()\n', 'if a:\n    b()\nc()\n'],
    ['a raw string', 'a.py', 'x = "\\d"\n', 'x = r"\\d"\n'],
    ['a string with other spaces', 'a.py', 'x = "a b"\n', 'x = "a  b"\n'],
    ['the order of statements', 'a.py', 'a()\nb()\n', 'b()\na()\n'],
    ['code that does not parse', 'a.py', 'x = 1\n', 'x = = 1\n'],
    ['a number', 'a.json', '{"a": 1}', '{"a": 2}'],
    ['the order of keys', 'a.json', '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'],
    ['a comment', 'a.yaml', 'a: 1\n', '# why\na: 1\n'],
    ['a type', 'a.yaml', 'a: 1\n', 'a: "1"\n'],
    ['the order of keys', 'a.yaml', 'a: 1\nb: 2\n', 'b: 2\na: 1\n'],
    ['an anchor', 'a.yaml', 'a: &x 1\nb: *x\n', 'a: 1\nb: 1\n'],
    ['a block', 'a.yaml', 'a: |\n  x\n  y\n', 'a: |\n  x y\n'],
    ['a table', 'a.toml', '[a]\nx = 1\n', '[b]\nx = 1\n'],
    ['a comment', 'a.toml', 'x = 1\n', 'x = 1 # why\n'],
    ['two keys on one line', 'a.toml', 'x = 1\ny = 2\n', 'x = 1 y = 2\n'],
    ['a string', 'a.toml', 'x = "a  b"\n', 'x = "a b"\n'],
    ['a cell', 'a.md', '| a | b |\n|---|---|\n| 1 | 2 |\n', '| a | b |\n|---|---|\n| 1 | 3 |\n'],
    ['Python code', 'a.md', '```python\nf(1)\n```\n', '```python\nf(2)\n```\n'],
    ['code', 'a.md', '```\na  b\n```\n', '```\na b\n```\n'],
    ['a word in code', 'a.md', 'Use `a_b`.\n', 'Use `a*b`.\n'],
    ['a level of a list', 'a.md', '- a\n- b\n', '- a\n  - b\n'],
    ['a paragraph', 'a.md', 'one\ntwo\n', 'one\n\ntwo\n'],
    ['a line that ends', 'a.md', 'one  \ntwo\n', 'one\ntwo\n'],
    ['an item of a list', 'a.md', '- one\n- two\n', '- one\n  two\n'],
    ['a heading', 'a.md', '# one\ntwo\n', '# one two\n'],
    ['a file of another kind', 'Makefile', 'a:\n\tb\n', 'a:\n\n\tb\n'],
  ])('is not the content: %s in %s', (_, path, a, b) => {
    expect(differsInLayoutOnly(path, a, b)).toBe(false);
    expect(differsInLayoutOnly(path, b, a)).toBe(false);
  });

  it.each<[string, string, string]>([
    ['a.py', 'x = f(a, b)\n', 'x = f(\n    a,\n    b,\n)\n'],
    ['a.py', "x = 'it'\n", 'x = "it"\n'],
    ['a.py', 'x = "a" "b"\n', 'x = "ab"\n'],
    ['a.py', 'return_ = a and b\n', 'return_ = (\n    a\n    and b\n)\n'],
    ['a.md', 'one two *three\nfour* `five six`\n', 'one\ntwo _three four_ `five\nsix`\n'],
    ['a.md', '```python\nf(a, "b")  # why\n```\n', "```python\nf(\n    a, 'b'\n)  # why\n```\n"],
    ['a.md', '- one\n  two\n- three\n', '* one two\n* three\n'],
    ['a.toml', 'x = [1, 2]\n', 'x = [\n  1,\n  2,\n]\n'],
    ['a.toml', '[a]\nx=1\n', '\n[a]\n\nx = 1\n'],
  ])('of %s does not count', (path, a, b) => expect(differsInLayoutOnly(path, a, b)).toBe(true));
});
