import { describe, expect, it } from 'vitest';
import type { SlotEntry } from '../../src/core/contract.ts';
import { trainingSteps } from '../../templates/_base/package/steps.ts';
import { orderSteps } from '../../templates/_base/pipeline/order.ts';
import { type ParsedStep, type PipelineStep, pipelineStep } from '../../templates/_base/pipeline/part.ts';

const entry = (key: string, value: unknown, from = 'tool/acme'): SlotEntry<ParsedStep> => ({
  key,
  value: pipelineStep.slot.schema.parse(value) as ParsedStep,
  from,
});
const usual = trainingSteps([]).map(({ key, value }) => entry(key, value, '_base/package'));
const order = (...more: SlotEntry<ParsedStep>[]) =>
  orderSteps([...usual, ...more].sort((a, b) => (a.key < b.key ? -1 : 1)));
const names = (...more: SlotEntry<ParsedStep>[]): string[] => order(...more).map(({ key }) => key);
const report: PipelineStep = {
  title: 'A report.',
  inputs: ['metrics'],
  outputs: { summary: { path: 'summary.json', title: 'It.' } },
  minutes: 1,
};
const changed = (key: string, change: object): SlotEntry<ParsedStep>[] =>
  usual.map((step) => (step.key === key ? { ...step, value: { ...step.value, ...change } } : step));

describe('orderSteps', () => {
  it('puts each step after those that make its inputs, whatever their names', () => {
    expect(names()).toEqual([
      'ingest',
      'validate',
      'split',
      'train',
      'export',
      'evaluate',
      'register',
      'gate',
      'promote',
    ]);
  });

  it('puts a contributed step after its input, and before a step that it names', () => {
    const found = names(entry('zebra', { ...report, before: ['register'] }));
    expect(found.indexOf('zebra')).toBe(found.indexOf('register') - 1);
    expect(found[found.indexOf('zebra') - 1]).toBe('evaluate');
  });

  it('puts a check before every other reader of its input', () => {
    const check = {
      ...report,
      inputs: ['test'],
      outputs: { balance: { path: 'balance.json', title: 'It.', asset: null } },
      checks: 'balanced',
    };
    const found = names(entry('weigh', check));
    expect(found.indexOf('weigh')).toBeLessThan(found.indexOf('export'));
  });

  it('puts steps that run for every version before the branch', () => {
    expect(names(entry('zebra', { ...report, inputs: ['decision'] })).slice(-2)).toEqual(['zebra', 'promote']);
  });

  it('fills in flags, and the asset that exists only for an accepted version', () => {
    const { files, assets } = order().find(({ key }) => key === 'promote')!.value;
    expect(files).toEqual([
      { name: 'decision', flag: '--decision', path: 'decision.json', asset: 'approval' },
      { name: 'promotion', flag: '--out-promotion', path: 'promotion.json', asset: 'champion' },
    ]);
    expect(assets).toEqual({ makes: ['champion'], reads: ['approval'], waits: [] });
  });

  it('makes a step wait for an asset if it reads a file that is not an asset', () => {
    const { assets } = order(entry('audit', { ...report, inputs: ['lineage', 'validation'] })).find(
      ({ key }) => key === 'audit',
    )!.value;
    expect(assets).toEqual({ makes: ['summary'], reads: [], waits: ['version', 'data'] });
  });

  it('makes a step after the decision wait for the approval if it reads no other asset of the accepted version', () => {
    const { assets } = order(entry('announce', { ...report, when: 'accepted' })).find(
      ({ key }) => key === 'announce',
    )!.value;
    expect(assets).toEqual({ makes: ['summary'], reads: ['metrics'], waits: ['approval'] });
  });

  it.each([
    ['a cycle', { before: ['ingest'] }, /zebra \(tool\/acme\).*wait for each other/],
    ['an input that no step makes', { inputs: ['nothing'] }, /zebra \(tool\/acme\) reads nothing, which no step makes/],
    ['a step that is not there', { after: ['nobody'] }, /zebra \(tool\/acme\) names nobody, which is no step/],
    [
      'a second maker of a file',
      { outputs: { summary: { path: 'metrics.json', title: 'It.' } } },
      /evaluate \(_base\/package\) and zebra \(tool\/acme\) both make the file metrics\.json/,
    ],
    ['a flag of no file', { flags: { other: '--other' } }, /zebra \(tool\/acme\) has a flag for other/],
    [
      'an output of the branch that is read outside of it',
      { inputs: ['promotion'] },
      /reads promotion, which exists only for an accepted version/,
    ],
    ['a check with two inputs', { inputs: ['train', 'test'], checks: 'balanced' }, /is a check, so it has one input/],
    ['a second step that decides', { decides: { output: 'summary', asset: 'yes' } }, /one step must decide/],
    [
      'an asset named after a step',
      { outputs: { split: { path: 'split.json', title: 'It.' } } },
      /makes the asset split, which is the name of a step/,
    ],
  ])('refuses %s, and names the part at fault', (_what, change, says) => {
    expect(() => order(entry('zebra', { ...report, ...change }))).toThrow(says);
  });

  it('refuses a pipeline in which no step decides', () => {
    expect(() => orderSteps(changed('gate', { decides: undefined }))).toThrow('there are 0: none');
  });
});
