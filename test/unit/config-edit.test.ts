import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { readConfig } from '../../src/core/config.ts';
import { editConfig } from '../../src/core/config-edit.ts';
import { writeConfig } from '../../src/core/config-file.ts';
import { type FlagValue, readGiven } from '../../src/core/input.ts';
import { loadTemplates } from '../support/stacks.ts';

let catalogue: Catalogue;
let fresh: string;
beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
  fresh = writeConfig(readConfig(readGiven(undefined, [], catalogue.choices), catalogue, 'demo').config, catalogue);
});

const flag = (key: string, text: string): FlagValue => ({ key, text, flag: `--set ${key}` });

/** The file after applying flags. `migrate` replaces a migration between reading and writing. */
function edit(
  text: string,
  flags: readonly FlagValue[],
  migrate = (values: Record<string, unknown>): Record<string, unknown> => values,
): string {
  const given = readGiven({ path: 'mlops-stack.yaml', text }, flags, catalogue.choices);
  const { config } = readConfig({ ...given, values: given.values }, catalogue, 'demo');
  return editConfig(config, catalogue, { ...given, values: migrate({ ...given.values }) });
}

describe('editConfig', () => {
  it('returns the same bytes if no value changed', () => {
    for (const text of [
      fresh,
      fresh.replaceAll('\n', '\r\n'),
      `${fresh}\n\n# the end`,
      fresh.replace('tracker: mlflow', '\'tracker\':   "mlflow"   # ours'),
    ])
      expect(edit(text, [])).toBe(text);
  });

  it('changes only the value that was set', () => {
    const text = fresh.replace('tracker: mlflow', '# we chose it in May\n"tracker":   mlflow   # not for long');
    expect(edit(text, [flag('tracker', 'wandb')])).toBe(text.replace('mlflow   # not', 'wandb   # not'));
    expect(edit(text.replaceAll('\n', '\r\n'), [flag('tracker', 'wandb')])).toBe(
      text.replace('mlflow   # not', 'wandb   # not').replaceAll('\n', '\r\n'),
    );
  });

  it('keeps the style of a list and the comments inside it', () => {
    expect(
      edit(fresh.replace(/^protocols: .*$/m, 'protocols: [rest,v2] # both'), [flag('protocols', 'rest')]),
    ).toContain('protocols: [rest] # both\n');
    expect(edit(fresh.replace(/^protocols: .*$/m, 'protocols: [ rest, v2 ]'), [flag('protocols', 'v2')])).toContain(
      'protocols: [ v2 ]\n',
    );
    const block = fresh.replace(/^protocols: .*$/m, 'protocols:\n  - rest # for people\n  - v2 # for machines');
    const after = edit(block, [flag('protocols', 'rest,sagemaker')]);
    expect(after).toContain('# for people');
    expect(parse(after)).toEqual({ ...(parse(block) as object), protocols: ['rest', 'sagemaker'] });
  });

  it('appends missing keys at the end of the file', () => {
    const text = fresh.replace(/^tracker: .*\n/m, '').trimEnd();
    expect(edit(text, [])).toBe(`${text}\ntracker: mlflow\n`);
    expect(edit('', [flag('tracker', 'wandb')])).toMatch(/^name: demo\n(.*\n)*tracker: wandb\n/);
  });

  it('renames a migrated key on its own line', () => {
    const text = fresh.replace('tracker: mlflow', '# of last year\nrecorder: mlflow # ours');
    const given = readGiven({ path: 'mlops-stack.yaml', text }, [], catalogue.choices);
    const { recorder, ...rest } = given.values as Record<string, unknown>;
    const values = { ...rest, tracker: recorder };
    const { config } = readConfig({ ...given, values }, catalogue, 'demo');
    expect(editConfig(config, catalogue, { ...given, values })).toBe(text.replace('recorder', 'tracker'));
  });

  it('rewrites the file and keeps its comments if a value cannot be edited in place', () => {
    const text = fresh
      .replace('tracker: mlflow', '# above\ntracker: &t mlflow # beside\nregistry: *t')
      .replace(/^registry: mlflow$/m, '# registry is below tracker');
    const after = edit(text, [flag('tracker', 'wandb')]);
    expect(parse(after)).toMatchObject({ tracker: 'wandb', registry: 'mlflow' });
    expect(after).toContain('# above');
  });
});
