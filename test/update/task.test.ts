import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/core/catalogue.ts';
import { Forge, fileOf, type Repository, textOf } from '../support/repositories.ts';
import { loadTemplates } from '../support/stacks.ts';

const CONTRACT = 'src/demo/models/churn/contract.py';
const PARAMS = 'params/churn.yaml';
const base = { name: 'demo', framework: 'xgboost' };
const regression = { ...base, task: 'regression' };

let forge: Forge;
let catalogue: Catalogue;

beforeAll(async () => {
  catalogue = createCatalogue(await loadTemplates());
  forge = new Forge(catalogue);
});

const read = (repository: Repository, path: string): string => textOf(repository.files.get(path)!);

function edit(repository: Repository, path: string, from: string, to: string): Repository {
  const before = read(repository, path);
  expect(before).toContain(from);
  return { ...repository, files: new Map(repository.files).set(path, fileOf(before.replace(from, to), false)) };
}

describe('a swap of the task of a model', () => {
  it('changes the contract, the parameters, the task file and the model code of the sample', () => {
    const { repository, outcome } = forge.update(forge.create(base), regression);
    expect(outcome.conflicts).toEqual([]);
    expect(read(repository, CONTRACT)).toContain('classes=(),');
    expect(read(repository, 'src/demo/models/churn/task.py')).toContain('TASK: Task = regression');
    expect(read(repository, 'src/demo/models/churn/model.py')).toContain('reg:squarederror');
    expect(read(repository, PARAMS)).toContain('r2: 0.5');
    expect(read(repository, PARAMS)).not.toContain('threshold');
    expect(repository.files.has('src/demo/tasks/binary_classification.py')).toBe(false);
  });

  it('keeps a contract of your own and the values of parameters that both tasks have', () => {
    const own = edit(forge.create(base), CONTRACT, 'entity="customer_id"', 'entity="account"');
    const edited = edit(own, PARAMS, 'min_primary: 0.65', 'min_primary: 0.61');
    const { repository, outcome } = forge.update(edited, regression);
    expect(outcome.conflicts).toEqual([]);
    expect(read(repository, CONTRACT)).toContain('entity="account"');
    expect(read(repository, PARAMS)).toContain('min_primary: 0.61');
  });

  it('is refused by a framework that does not serve the task, with the reason', () => {
    const serving = (predicts: string): string[] =>
      [...createdParts()].filter(({ needs }) => needs?.(predicts) === false).map(({ id }) => id);
    expect(serving('probability')).toEqual([]);
    const frameworks = catalogue.options.get('framework')!.map(({ id }) => `framework/${id}`);
    expect(serving('a sequence')).toEqual(frameworks.sort());
  });
});

function createdParts(): { id: string; needs?: (predicts: string) => boolean }[] {
  return catalogue.parts
    .map(({ id, part }) => ({ id, where: part.needs?.modelTask?.where }))
    .filter(({ where }) => where !== undefined)
    .map(({ id, where }) => ({ id, needs: (predicts: string): boolean => where({ predicts }) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
