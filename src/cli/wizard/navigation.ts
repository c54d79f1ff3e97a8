/** The place in the wizard. A question with a group is offered after the first round. */
export type Place =
  | { readonly kind: 'question'; readonly id: string; readonly group?: string }
  | { readonly kind: 'menu' }
  | { readonly kind: 'preview' };
export type Answer = string | readonly string[];
export type WizardState = {
  readonly place: Place;
  readonly past: readonly Place[];
  readonly answers: Readonly<Record<string, Answer>>;
};

/** The questions: the first round in order, and the others by group. */
export type Route = {
  readonly first: readonly string[];
  readonly groups: readonly { readonly title: string; readonly questions: readonly string[] }[];
};

export const begin = (route: Route, answers: WizardState['answers'] = {}): WizardState => ({
  place: afterFirst(route, -1),
  past: [],
  answers,
});

/** Records the answer and goes to the next question of the round or group, or to the menu at its end. */
export function answer(state: WizardState, route: Route, value: Answer): WizardState {
  const { place } = state;
  if (place.kind !== 'question') return state;
  const next =
    place.group === undefined
      ? afterFirst(route, route.first.indexOf(place.id))
      : afterInGroup(route, place.group, place.id);
  return { place: next, past: [...state.past, place], answers: { ...state.answers, [place.id]: value } };
}

/** Goes from the menu to the first question of a group. */
export function open(state: WizardState, route: Route, title: string): WizardState {
  return go(state, afterInGroup(route, title, undefined));
}

export const toPreview = (state: WizardState): WizardState => go(state, { kind: 'preview' });
export const toMenu = (state: WizardState): WizardState => go(state, { kind: 'menu' });

/** Goes back to the previous place and keeps the answers. At the first question it stays there. */
export function back(state: WizardState): WizardState {
  const place = state.past.at(-1);
  return place ? { ...state, place, past: state.past.slice(0, -1) } : state;
}

/** Questions answered on the way to this place. An answer after this place is kept but does not constrain others. */
export const onTheWay = ({ past }: WizardState): ReadonlySet<string> =>
  new Set(past.flatMap((place) => (place.kind === 'question' ? [place.id] : [])));

const go = (state: WizardState, place: Place): WizardState => ({ ...state, place, past: [...state.past, state.place] });

function afterFirst(route: Route, index: number): Place {
  const id = route.first[index + 1];
  return id === undefined ? { kind: route.groups.length > 0 ? 'menu' : 'preview' } : { kind: 'question', id };
}

function afterInGroup(route: Route, title: string, id: string | undefined): Place {
  const questions = route.groups.find((group) => group.title === title)?.questions ?? [];
  const next = questions[id === undefined ? 0 : questions.indexOf(id) + 1];
  return next === undefined ? { kind: 'menu' } : { kind: 'question', id: next, group: title };
}
