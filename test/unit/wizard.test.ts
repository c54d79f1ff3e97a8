import { describe, expect, it } from 'vitest';
import {
  answer,
  back,
  begin,
  onTheWay,
  open,
  type Route,
  toMenu,
  toPreview,
  type WizardState,
} from '../../src/cli/wizard/navigation.ts';
import { showTree } from '../../src/cli/wizard/summary.ts';

const route: Route = {
  first: ['dir', 'cloud'],
  groups: [
    { title: 'Training', questions: ['registry', 'framework'] },
    { title: 'Delivery', questions: ['ci'] },
  ],
};
const walk = (...steps: ((state: WizardState) => WizardState)[]): WizardState =>
  steps.reduce((state, step) => step(state), begin(route));
const say =
  (value: string) =>
  (state: WizardState): WizardState =>
    answer(state, route, value);
const into =
  (title: string) =>
  (state: WizardState): WizardState =>
    open(state, route, title);

describe('the navigation of the wizard', () => {
  it('asks the first round, then shows the menu, then the preview', () => {
    expect(walk().place).toEqual({ kind: 'question', id: 'dir' });
    expect(walk(say('demo')).place).toEqual({ kind: 'question', id: 'cloud' });
    expect(walk(say('demo'), say('aws')).place).toEqual({ kind: 'menu' });
    expect(walk(say('demo'), say('aws'), toPreview).place).toEqual({ kind: 'preview' });
  });

  it('asks all questions of a group and returns to the menu', () => {
    const there = [say('demo'), say('aws'), into('Training')];
    expect(walk(...there).place).toEqual({ kind: 'question', id: 'registry', group: 'Training' });
    expect(walk(...there, say('mlflow')).place).toEqual({ kind: 'question', id: 'framework', group: 'Training' });
    expect(walk(...there, say('mlflow'), say('xgboost')).place).toEqual({ kind: 'menu' });
  });

  it('goes back through the same questions and keeps every answer', () => {
    const end = walk(say('demo'), say('aws'), into('Training'), say('mlflow'), say('xgboost'), toPreview, toMenu);
    const places = ['preview', 'menu', 'framework', 'registry', 'menu', 'cloud', 'dir', 'dir'];
    let state = end;
    for (const place of places) {
      state = back(state);
      expect(state.place.kind === 'question' ? state.place.id : state.place.kind).toBe(place);
      expect(state.answers).toEqual({ dir: 'demo', cloud: 'aws', registry: 'mlflow', framework: 'xgboost' });
    }
  });

  it('applies an answer only to later questions', () => {
    const state = walk(say('demo'), say('aws'), into('Delivery'), say('none'), back, back, back);
    expect(state.place).toEqual({ kind: 'question', id: 'cloud' });
    expect([...onTheWay(state)]).toEqual(['dir']);
    expect([...onTheWay(say('gcp')(state))]).toEqual(['dir', 'cloud']);
  });

  it('starts at the first question without an answer', () => {
    expect(begin({ first: [], groups: route.groups }).place).toEqual({ kind: 'menu' });
    expect(begin({ first: [], groups: [] }).place).toEqual({ kind: 'preview' });
    expect(answer(begin({ first: ['dir'], groups: [] }), { first: ['dir'], groups: [] }, 'demo').place).toEqual({
      kind: 'preview',
    });
  });
});

describe('showTree', () => {
  it('shows a file count for each folder, joins folders with one child, and lists top-level files', () => {
    expect(
      showTree('demo', [
        'src/demo/a.py',
        'src/demo/steps/b.py',
        'src/demo/steps/c.py',
        'Makefile',
        '.gitignore',
        'docs/README.md',
      ]),
    ).toBe(
      ['demo/  6 files', '  docs/      1  README.md', '  src/demo/  3  steps/ a.py', '  .gitignore  Makefile', ''].join(
        '\n',
      ),
    );
  });

  it('uses at most 80 columns and counts every file once', () => {
    const paths = Array.from({ length: 300 }, (_, i) =>
      i % 5 === 0 ? `file-number-${i}.txt` : `folder-${i % 7}/a-rather-long-name-${i}.py`,
    );
    const lines = showTree('demo', paths).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const counted = lines
      .flatMap((line) => (/\/ +(\d+) {2}/.exec(line)?.[1] ? [Number(/\/ +(\d+) {2}/.exec(line)![1])] : []))
      .reduce((a, b) => a + b);
    expect(counted).toBe(240);
    expect(lines.join(' ').match(/file-number-/g)?.length).toBe(60);
  });
});
