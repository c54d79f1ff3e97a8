import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { AnyPart } from '../../src/core/contract.ts';
import { PartError } from '../../src/core/errors.ts';
import { renderPlan, renderText } from '../../src/core/render.ts';
import { catalogueOf, choice, file, option, part, planOf, refusal } from './helpers.ts';

/** Renders one template of a part with a slot, a pin and a capability. */
function render(template: string, more: AnyPart = {}, path = 'a.txt.ejs'): string {
  const catalogue = catalogueOf({
    choices: [choice('tool', { default: () => 'hammer' })],
    modules: [
      option('tool/hammer', {
        settings: { size: { schema: z.number().default(3), title: 'Size', at: 'generation' } },
        provides: { artifactStore: () => ({ scheme: 'file', roots: {} }) } as never,
      }),
    ],
    parts: [
      part('_base/a', {
        slots: [{ id: 'things', schema: z.any(), sameKey: 'equal', owner: 'managed' }],
        reads: ['things', 'core.choices'],
        needs: { artifactStore: { because: 'x' } } as never,
        pins: { ruff: { version: '1.2', checked: '2026-11-20' } },
        contributes: () => [{ slot: 'things', key: 'k', value: 'v' }],
        ...more,
      }),
    ],
    files: { '_base/a': [file(path, template)] },
  });
  const rendered = renderPlan(planOf(catalogue));
  return Buffer.from(rendered.get(path.replace(/\.ejs$/, ''))!.content).toString();
}

function fault(template: string, more?: AnyPart): PartError {
  try {
    render(template, more);
  } catch (error) {
    expect(error).toBeInstanceOf(PartError);
    return error as PartError;
  }
  throw new Error('it was rendered');
}

describe('renderPlan', () => {
  it('passes the project, settings, facts, slots, pins and quoting helpers to a template', () => {
    expect(
      render(
        '<%= project.name %> <%= project.package %> <%= project.everywhere.join("+") %> <%= ' +
          'cap.artifactStore.scheme %> <%= slots["things"][0].value %> <%= pins.ruff.ref %> <%= q.toml("a\\"b") %>',
      ),
    ).toBe('demo demo local+dev+prod file v ruff==1.2 "a\\"b"\n');
  });

  it('does not escape text for HTML', () =>
    expect(render('<%= "<a href=\'x\'>&amp; \\"q\\" </a>" %>')).toBe('<a href=\'x\'>&amp; "q" </a>\n'));

  it.each([
    ['a name that does not exist', 'one\ntwo <%= nowhere %>\n', ['a/files/a.txt.ejs:2', 'nowhere is not defined']],
    [
      'a part of the project that does not exist',
      '\n\n<%= project.nmae %>\n',
      ['a.txt.ejs:3', 'there is no project.nmae; there are name, package, environments'],
    ],
    [
      'a capability that was not asked for',
      '<%= cap.kubernetes.version %>',
      ['a.txt.ejs:1', 'there is no cap.kubernetes; there are artifactStore'],
    ],
    [
      'a slot that it does not read',
      '<%= slots["other"].length %>',
      ['there is no slots.other; there are things, core.choices'],
    ],
    ['a pin of another part', '<%= pins.mlflow.ref %>', ['there is no pins.mlflow; there are ruff']],
    ['a setting of another module', '<%= settings.size %>', ['there is no settings.size; there are none']],
    ['null', 'a\n<%= null %>', ['a.txt.ejs:2', 'a value is missing (undefined or null)']],
    ['undefined', '<%= slots["things"][0].value.nothing %>', ['a value is missing']],
    ['a model where there is none', '<%= model.name %>', ['a.txt.ejs:1', 'name']],
    ['an object', '<%= {a: 1} %>', ['a value is object, not text; use a quoting helper']],
    ['a function', '<%= q.yaml %>', ['a value is function']],
    ['a global that is not said to be there', '<%= locals.project %>', ['locals']],
    ['a tag that is not closed', '<%= project.name', ['a.txt.ejs']],
  ])('names the template, line and variable in the error for %s', (_, template, says) => {
    const { message } = fault(template);
    expect(message).toContain('The template _base/a/files/a.txt.ejs cannot be rendered');
    for (const part of says) expect(message).toContain(part);
  });

  it('copies a file without template tags unchanged, including tags of other template languages', () => {
    expect(render('${{ x }} <%= project.nope %>\r\nno end', {}, 'a.txt')).toBe(
      '${{ x }} <%= project.nope %>\r\nno end',
    );
  });

  it('ends text with one newline and keeps binary files unchanged', () => {
    expect(render('a\n\n\n')).toBe('a\n');
    expect(render('a')).toBe('a\n');
    const bytes = Buffer.from([0, 255, 10]);
    const plan = planOf(catalogueOf({ parts: [part('_base/a', {})], files: { '_base/a': [file('logo.png', bytes)] } }));
    expect(renderPlan(plan).get('logo.png')!.content).toEqual(bytes);
  });

  it('renders two templates with equal text separately', () => {
    const catalogue = catalogueOf({
      parts: [part('_base/a', {}), part('_base/b', {})],
      files: { '_base/a': [file('a.ejs', '<%= nowhere %>')], '_base/b': [file('b.ejs', '<%= nowhere %>')] },
    });
    expect(() => renderText('<%= nowhere %>', {}, 'first')).toThrow(/template first/);
    expect(() => renderText('<%= nowhere %>', {}, 'second')).toThrow(/template second[^]*second:1/);
    expect(() => renderPlan(planOf(catalogue))).toThrow(/template _base\/a\/files\/a\.ejs/);
  });
});

describe('planFiles', () => {
  it('replaces tokens in paths, plans one file for each model, and records the source of each file', () => {
    const catalogue = catalogueOf({
      parts: [part('_base/a', { per: 'model', owners: { 'params/*': 'tuned', '**/model.py': 'starter' } })],
      files: {
        '_base/a': [
          file('params/__model__.yaml.ejs', '<%= model.name %>'),
          file('src/__package__/__model__/model.py', 'x'),
        ],
      },
    });
    const { files } = planOf(catalogue, { models: 'churn,card-fraud', name: 'my-demo' });
    expect(files.map(({ path, kind, owner, sourceId }) => [path, kind, owner, sourceId])).toEqual(
      [
        ['params/card_fraud.yaml', 'template', 'managed', '_base/a/files/params/__model__.yaml.ejs@card-fraud'],
        ['params/churn.yaml', 'template', 'managed', '_base/a/files/params/__model__.yaml.ejs@churn'],
        [
          'src/my_demo/card_fraud/model.py',
          'copy',
          'starter',
          '_base/a/files/src/__package__/__model__/model.py@card-fraud',
        ],
        ['src/my_demo/churn/model.py', 'copy', 'starter', '_base/a/files/src/__package__/__model__/model.py@churn'],
      ].map((row) => (String(row[0]).startsWith('params') ? [row[0], row[1], 'tuned', row[3]] : row)),
    );
  });

  it('rejects two files with one path, even if only the case differs, and paths outside the folder', () => {
    const two = (a: string, b: string) =>
      refusal(() =>
        planOf(
          catalogueOf({
            parts: [part('_base/a', {}), part('_base/b', {})],
            files: { '_base/a': [file(a, '')], '_base/b': [file(b, '')] },
          }),
        ),
      ).message;
    expect(two('x.md', 'x.md.ejs')).toBe('_base/a/files/x.md and _base/b/files/x.md.ejs both plan the file x.md.');
    expect(two('README.md', 'readme.md')).toContain('both plan the file');
    expect(two('../x', 'y')).toContain('_base/a/files/../x plans the path "../x"');
  });
});
