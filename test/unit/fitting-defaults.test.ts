import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { UserError } from '../../src/core/errors.ts';
import { prepare } from '../../src/core/generate.ts';
import { type FlagValue, readGiven } from '../../src/core/input.ts';
import { loadTemplates } from '../support/stacks.ts';

/** Defaults that do not fit the choices of the user: `narrows` of a choice. Its only example is `protocols`. */
describe('the default of a choice that takes several options', () => {
  let catalogue: Catalogue;
  beforeAll(async () => {
    catalogue = createCatalogue(await loadTemplates());
  });

  /** The chosen protocols, or the hint of the refusal. */
  const protocols = (flags: Readonly<Record<string, string>>, file?: string): unknown => {
    const given = Object.entries(flags).map(([key, text]): FlagValue => ({ key, text, flag: `--${key}` }));
    const read = readGiven(file === undefined ? undefined : { path: 'm.yaml', text: file }, given, catalogue.choices);
    try {
      return prepare(read, catalogue, 'demo').config.choices['protocols'];
    } catch (error) {
      if (error instanceof UserError) return error.hint;
      throw error;
    }
  };

  it.each<[string, Record<string, string>, string | undefined, unknown]>([
    ['has all its options if they fit', {}, undefined, ['rest', 'v2']],
    ['leaves out the options that do not fit', { server: 'mlserver' }, undefined, ['v2']],
  ])('%s', (_, flags, file, expected) => expect(protocols(flags, file)).toEqual(expected));

  it('never replaces options that the user chose', () => {
    expect(protocols({ server: 'mlserver', protocols: 'rest,v2' })).toMatch(/smallest change that resolves it/);
  });

  it('is not narrowed if that would not help', () => {
    expect(protocols({ target: 'lambda', cloud: 'local' })).toMatch(/change/);
  });

  it('is what a fix changes, if a flag over a file does not fit it', () => {
    const file = 'name: demo\nprotocols: [rest, v2]\nserver: fastapi\n';
    expect(protocols({ server: 'mlserver' }, file)).toMatch(/--set protocols=v2$/);
  });
});
