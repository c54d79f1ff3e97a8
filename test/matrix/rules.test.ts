import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { lineAt } from '../support/checks/check.ts';
import { loadTemplates, TEMPLATES } from '../support/stacks.ts';

/** A module reads facts, not option names, and only the folder of a tool names it. */

const SRC = join(TEMPLATES, '../src');

/** Words that are an option's id and also have another meaning, with that meaning. */
const WORDS: Readonly<Record<string, string>> = {
  none: 'the empty answer of every choice that allows it',
  local: 'the environment that always exists',
  env: 'a kind of check of the doctor',
};

type Text = { readonly path: string; readonly text: string };

function filesOf(root: string, accepts: (path: string) => boolean): Text[] {
  return (readdirSync(root, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(root, file).split(sep).join('/'), file }))
    .filter(({ path }) => accepts(path))
    .map(({ path, file }) => ({ path, text: readFileSync(file, 'utf8') }));
}

const blank = (text: string, pattern: RegExp): string => text.replace(pattern, (match) => match.replace(/[^\n]/g, ' '));
const withoutComments = (text: string): string => blank(blank(text, /\/\*[\s\S]*?\*\//g), /(?<!:)\/\/[^\n]*/g);
/**
 * Names that do not select an option: of a slot, of a pin and its imports, of a Python file of the part; the vendor of
 * an account; and `when`, the only field that can select one.
 */
const withoutNames = (text: string): string =>
  [
    /\bwhen: \{[^}]*\}/g,
    /\bvendor(?:: | === )(['"]).*?\1/g,
    /\b(?:slots|pins)\[(['"]).*?\1\]/g,
    /\bslot: (['"]).*?\1/g,
    /\bdefineSlot(?:<[^(]*>)?\(\{\s*id: (['"]).*?\1/g,
    /\bmodule: (['"]).*?\1/g,
    /\b(?:reads|imports): \[[^\]]*\]/g,
    /(['"])[\w-]+\1: (?:\{|\[)/g,
  ].reduce(blank, text);

/** The places where code names one of the ids as a string. */
function named(text: string, ids: ReadonlySet<string>, own: string): string[] {
  return [...text.matchAll(/(['"`])([a-z][\w-]*)\1/g)]
    .filter((match) => ids.has(match[2]!) && match[2] !== own)
    .map((match) => `line ${lineAt(text, match.index)}: ${match[0]}`);
}

/** The code of a template, with everything else blanked out. */
const tagsOf = (text: string): string => {
  let from = 0;
  let code = '';
  for (const match of text.matchAll(/<%(?!#)[\s\S]*?%>/g)) {
    code += text.slice(from, match.index).replace(/[^\n]/g, ' ') + match[0];
    from = match.index + match[0].length;
  }
  return code;
};

const ownId = (path: string): string => path.split('/')[1] ?? '';

describe('the rule that modules know facts and not names', () => {
  let catalogue: Catalogue;
  let ids: ReadonlySet<string>;

  beforeAll(async () => {
    catalogue = createCatalogue(await loadTemplates());
    ids = new Set(
      [...catalogue.options.values()]
        .flat()
        .map((module) => module.id)
        .filter((id) => !(id in WORDS)),
    );
  });

  const faults = (texts: readonly Text[], read: (text: string) => string, own: (path: string) => string): string[] =>
    texts.flatMap(({ path, text }) => named(read(text), ids, own(path)).map((fault) => `${path}: ${fault}`));

  it('holds in every template', () => {
    const templates = filesOf(TEMPLATES, (path) => path.endsWith('.ejs'));
    expect(faults(templates, (text) => withoutNames(tagsOf(text)), ownId)).toEqual([]);
  });

  it('holds in every module and part, except in `when`', () => {
    const declarations = filesOf(TEMPLATES, (path) => /^[^/]+\/[^/]+\/(?:module|part)\.ts$/.test(path));
    expect(declarations.length).toBeGreaterThan(0);
    expect(faults(declarations, (text) => withoutNames(withoutComments(text)), ownId)).toEqual([]);
  });

  it('holds in every file of the generator except the migrations', () => {
    expect(
      faults(
        // A migration of a new choice names the option that changes nothing for an older repository.
        filesOf(SRC, (path) => path.endsWith('.ts') && path !== 'core/migrations.ts'),
        withoutComments,
        () => '',
      ),
    ).toEqual([]);
  });

  it('holds for models in files that models share', () => {
    const perModel = new Set(
      [...catalogue.parts]
        .filter(
          ({ part, module }) =>
            part.per === 'model' ||
            catalogue.choices.some((choice) => choice.per === 'model' && choice.id === module?.choice),
        )
        .map(({ id }) => id.split('#')[0]!),
    );
    const shared = filesOf(
      TEMPLATES,
      (path) =>
        path.endsWith('.ejs') && !path.includes('__model__') && perModel.has(path.split('/').slice(0, 2).join('/')),
    );
    expect(
      shared
        .filter(({ text }) => /(?<![\w.])model\b(?! *=>)/.test(tagsOf(text).replace(/\(model\) =>[^%]*/g, '')))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('is checked: a name is found, and an allowed name is not reported', () => {
    const one = new Set(['acme']);
    const inTemplate = (text: string): string[] => named(withoutNames(tagsOf(text)), one, 'other');
    expect(inTemplate(`<% if (project.tracker === 'acme') { -%>`)).toHaveLength(1);
    expect(inTemplate(`<%= ["acme"].includes(cap.x.module) ? 1 : 2 %>`)).toHaveLength(1);
    expect(inTemplate(`'acme' <%= slots['acme'].length %>`)).toHaveLength(0);
    const inModule = (text: string): string[] => named(withoutNames(withoutComments(text)), one, 'other');
    expect(inModule(`needs: { trackerClient: { where: (x) => x.module === 'acme' } }`)).toHaveLength(1);
    expect(
      inModule(`parts: { glue: { when: { tracker: 'acme' } } }, // 'acme'\npins: { 'acme': { version: '1' } }`),
    ).toHaveLength(0);
    expect(named(`id: 'acme'`, one, 'acme')).toHaveLength(0);
  });
});
