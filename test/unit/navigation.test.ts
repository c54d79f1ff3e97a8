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
